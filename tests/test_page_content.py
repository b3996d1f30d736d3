"""What the page may load, and what it knows of its stage, served by the app or published elsewhere."""

from dataclasses import replace

import pytest

from chalicelib import page_content
from chalicelib.imaging import recipe
from chalicelib.settings import Auth, Settings

OPENAPI = (page_content.WEB.parent / "rest" / "openapi.json").read_text()
LOGIN = "https://darkroom.auth.eu-west-1.amazoncognito.com"


def directives(policy: str) -> dict[str, str]:
    """Return the sources of each directive."""
    return dict(each.split(" ", 1) for each in policy.split("; "))


def test_the_policy_allows_the_page_the_buckets_and_nothing_else(settings: Settings) -> None:
    aws = replace(settings, endpoint_url=None, images_topic="arn:aws:sns:eu-west-1:123456789012:images")
    parts = dict(each.split(" ", 1) for each in page_content.content_security_policy(aws).split("; "))
    names = (settings.images_bucket, settings.landing_bucket, settings.destination_bucket)
    buckets = " ".join(f"https://{name}.s3.eu-west-1.amazonaws.com" for name in names)
    assert parts == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": f"'self' blob: {buckets}",
        "connect-src": f"'self' {buckets}",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }


def test_a_stage_with_users_names_its_login_page(settings: Settings) -> None:
    login = "https://darkroom.auth.eu-west-1.amazoncognito.com"
    users = replace(settings, auth=Auth.COGNITO, login_url=login, login_client_id="abc")
    assert f" {login};" in page_content.content_security_policy(users)
    config = page_content.configuration("/", users, OPENAPI)
    assert (config["auth"], config["login_url"], config["client_id"]) == ("cognito", login, "abc")


def test_the_configuration_has_the_limits_and_the_words_of_the_api(settings: Settings) -> None:
    config = page_content.configuration("/", settings, OPENAPI)
    assert config["body_bytes"] == settings.limits.body_bytes
    assert set(config["options"]["preset"]["enum"]) == set(recipe.PRESETS)
    assert config["options"]["width"]["maximum"] == 16383
    assert config["options"]["preset"]["default"] == settings.default_preset
    assert set(config["options"]) == recipe.OPTION_NAMES


def test_the_configuration_names_the_preset_of_the_stage(settings: Settings) -> None:
    config = page_content.configuration("/", replace(settings, default_preset="web"), OPENAPI)
    assert config["options"]["preset"]["default"] == "web"


def test_a_page_that_is_published_elsewhere_may_call_the_api_and_show_its_pictures(settings: Settings) -> None:
    api = "https://abc.execute-api.eu-west-1.amazonaws.com"
    own = directives(page_content.content_security_policy(settings))
    elsewhere = directives(
        page_content.content_security_policy(settings, f"{api}/api/", "https://d111.cloudfront.net/")
    )
    changed = {name for name in own if own[name] != elsewhere[name]}
    assert changed == {"connect-src", "img-src"}
    assert all(api in elsewhere[name].split() for name in changed)


@pytest.mark.parametrize(
    ("page", "signs_in"), [("", True), ("https://d111.cloudfront.net/", True), ("http://a/", False)]
)
def test_nobody_signs_in_on_a_page_that_came_by_http(settings: Settings, page: str, *, signs_in: bool) -> None:
    users = replace(settings, auth=Auth.COGNITO, login_url=LOGIN, login_client_id="abc")
    config = page_content.configuration("https://api.test/api/", users, OPENAPI, page)
    assert (config["login_url"], config["client_id"]) == ((LOGIN, "abc") if signs_in else ("", ""))
    assert (LOGIN in page_content.content_security_policy(users, config["api"], page)) is signs_in


def test_every_file_of_the_page_has_a_media_type() -> None:
    names = page_content.names()
    assert {"index.html", "app.js", "page.css", "sample.jpg", "icon.svg", "htm.LICENSE.txt"} < names
    assert not {name for name in names if name.endswith(".ts")}
