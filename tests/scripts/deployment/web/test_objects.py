"""What is published: the files of the page with the headers that the app would send, and what tells it its API."""

import gzip
import html
import json
import re
from dataclasses import replace

import pytest

from chalicelib import page_content
from chalicelib.settings import Settings
from scripts.deployment.web.objects import WebObject, objects, policy

API = "https://abc.execute-api.us-east-1.amazonaws.com/api/"
PAGE = {"s3": "http://bucket.s3-website.us-east-1.amazonaws.com/", "cloudfront": "https://d111.cloudfront.net/"}


@pytest.fixture(params=["s3", "cloudfront"])
def web(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def published(web: str, settings: Settings) -> dict[str, WebObject]:
    return {each.key: each for each in objects(web, replace(settings, page_url=PAGE[web]), API)}


def text(each: WebObject) -> str:
    return (gzip.decompress(each.data) if each.encoding == "gzip" else each.data).decode()


def test_every_file_and_the_configuration_are_published_and_the_page_is_the_last(web: str, settings: Settings) -> None:
    found = published(web, settings)
    files = page_content.names() - {"index.html"}
    assert set(found) == {"index.html", "web/config.json", *(f"web/{name}" for name in files)}
    assert list(found)[-2:] == ["web/config.json", "index.html"]
    assert found["web/sample.jpg"].data == (page_content.WEB / "sample.jpg").read_bytes()
    assert text(found["web/app.js"]) == page_content.read("app.js")


def test_every_address_in_the_page_is_that_of_an_object(web: str, settings: Settings) -> None:
    found = published(web, settings)
    named = re.findall(r'(?:src|href)="([^"]+)"', text(found["index.html"]))
    assert "web/app.js" in named
    assert set(named) < set(found)


def test_headers_are_those_of_the_app_and_say_how_long_who_may_keep_a_file(web: str, settings: Settings) -> None:
    found = published(web, settings)
    for key, each in found.items():
        suffix = f".{key.rpartition('.')[2]}"
        assert each.media_type == page_content.MEDIA_TYPES.get(suffix, "application/json")
        asks = key in ("index.html", "web/config.json")
        assert each.cache_control == ("no-cache" if asks else "public, max-age=0, s-maxage=86400")


def test_s3_gets_files_that_are_compressed_already(settings: Settings) -> None:
    encodings = {each.key: each.encoding for each in published("s3", settings).values()}
    assert {key for key, encoding in encodings.items() if encoding != "gzip"} == {"web/sample.jpg"}
    assert {each.encoding for each in published("cloudfront", settings).values()} == {""}


def test_the_configuration_names_the_api(web: str, settings: Settings) -> None:
    config = json.loads(text(published(web, settings)["web/config.json"]))
    openapi = (page_content.WEB.parent / "rest" / "openapi.json").read_text()
    assert config == page_content.configuration(API, settings, openapi, PAGE[web])
    assert config["api"] == API


def test_s3_sends_no_headers_so_the_page_has_its_policy_in_it(settings: Settings) -> None:
    [meta] = re.findall(
        r'http-equiv="Content-Security-Policy" content="([^"]*)"', text(published("s3", settings)["index.html"])
    )
    sent = policy(replace(settings, page_url=PAGE["s3"]), API)
    # Browsers ignore frame-ancestors there, and say so in the console.
    assert html.unescape(meta) == sent.replace("; frame-ancestors 'none'", "")
    assert html.unescape(meta) != sent
    assert "Content-Security-Policy" not in text(published("cloudfront", settings)["index.html"])


def test_an_equal_object_has_an_equal_digest_and_a_header_changes_it(web: str, settings: Settings) -> None:
    first, second = published(web, settings), published(web, settings)
    assert {key: each.digest for key, each in first.items()} == {key: each.digest for key, each in second.items()}
    page = first["index.html"]
    assert replace(page, cache_control="max-age=60").digest != page.digest
    assert replace(page, data=page.data + b" ").digest != page.digest
