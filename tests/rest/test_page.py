import gzip
import json
import re
from dataclasses import replace
from typing import Any
from urllib.parse import urljoin

import pytest
from chalice.app import Request
from chalice.test import Client

import app
from chalicelib.imaging import recipe
from chalicelib.page_content import MEDIA_TYPES, WEB
from chalicelib.rest import page
from chalicelib.settings import Settings
from tests.rest.test_response import request as made_request

#: Bytes of what the first view loads, and of everything, compressed.
FIRST_VIEW, ALL = 30_000, 60_000


def request(path: str) -> Request:
    """Return a request to which API Gateway has given this path."""
    made = made_request()
    made.context["path"] = path
    return made


def served() -> list[str]:
    """List the files that a browser may load. Nobody loads a licence to see the page."""
    return [path.name for path in WEB.iterdir() if path.suffix in MEDIA_TYPES and path.suffix != ".txt"]


def first_view() -> set[str]:
    """Return the files that the page loads at once: what a module imports when it starts, from app.js on."""
    found, left = {"index.html", "page.css", "icon.svg"}, ["app.js"]
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += re.findall(r'from "\./([\w-]+\.js)"', (WEB / name).read_text())
    return found


def compressed(names: Any) -> int:
    return sum(len(gzip.compress((WEB / name).read_bytes())) for name in names)


def test_the_first_view_and_the_whole_page_are_small() -> None:
    assert {"develop.js", "preact.js"} <= first_view()
    assert not {"scrub.js", "client-zip.js", "sample.jpg"} & first_view()
    assert compressed(first_view()) <= FIRST_VIEW
    assert compressed(served()) <= ALL


def test_everybody_gets_the_page_on_every_stage(client: Client) -> None:
    answer = client.http.get("/")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert b'src="/web/app.js"' in answer.body


def test_a_page_that_is_published_elsewhere_is_there(settings: Settings) -> None:
    answer = page.web_page(request("/api/"), replace(settings, page_url="https://d111.cloudfront.net/"))
    assert (answer.status_code, answer.headers["Location"]) == (307, "https://d111.cloudfront.net/")


@pytest.mark.parametrize("path", ["/", "/api", "/api/"])
def test_addresses_are_right_with_and_without_a_slash(settings: Settings, path: str) -> None:
    text = str(page.web_page(request(path), settings).body)
    prefix = "/api/" if "api" in path else "/"
    assert {urljoin(path, each) for each in re.findall(r'(?:src|href)="([^"]+)"', text)} == {
        f"{prefix}web/{name}" for name in re.findall(r'web/([\w.]+)"', text)
    }
    config = json.loads(str(page.web_file(request(f"{prefix}web/config.json"), settings, "config.json", OPENAPI).body))
    assert config["api"] == prefix


OPENAPI = app.OPENAPI.read_text()


@pytest.mark.parametrize("path", ["/", "/web/config.json", "/web/app.js", "/web/page.css"])
def test_a_browser_that_has_a_file_gets_304(client: Client, path: str) -> None:
    first = client.http.get(path)
    etag = first.headers["ETag"]
    again = client.http.get(path, headers={"If-None-Match": etag})
    assert (first.status_code, again.status_code, again.body, again.headers["ETag"]) == (200, 304, b"", etag)
    assert client.http.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_every_answer_names_no_referrer_and_its_type(client: Client) -> None:
    for name in served():
        answer = client.http.get(f"/web/{name}", headers={"Accept": "image/jpeg" if name.endswith("jpg") else "*/*"})
        assert answer.status_code == 200, name
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.body == (WEB / name).read_bytes()


@pytest.mark.parametrize("name", ["nothing.js", "preact.d.ts", "..%2Fsettings.py", "page.py"])
def test_a_name_that_is_no_file_of_the_page_is_a_404(client: Client, name: str) -> None:
    answer = client.http.get(f"/web/{name}")
    assert (answer.status_code, answer.json_body["code"]) == (404, "route_not_found")


def test_the_page_says_of_each_preset_what_it_makes() -> None:
    said = dict(re.findall(r'^  (\w+): "([^"]+)",$', (WEB / "options.js").read_text(), re.MULTILINE))
    assert set(said) == set(recipe.PRESETS)
    for name, words in said.items():
        assert str(recipe.parse({"preset": name}).width) in words


def test_no_file_of_the_page_names_another_host() -> None:
    own = [path for path in WEB.iterdir() if path.suffix in {".js", ".css", ".html"} and path.name != "client-zip.js"]
    found = {path.name: re.findall(r"https?://[\w.]+", path.read_text()) for path in own}
    # preact names a namespace, and a comment where the format of a placeholder is described.
    assert {host for hosts in found.values() for host in hosts} <= {"http://www.w3.org", "https://evanw.github.io"}


def test_each_vendored_module_has_its_licence_beside_it() -> None:
    names = {path.name for path in WEB.glob("*.LICENSE.txt")}
    assert names == {"htm.LICENSE.txt", "preact.LICENSE.txt", "client-zip.LICENSE.txt"}
