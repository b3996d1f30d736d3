"""The Postman collection, run from top to bottom against the app on moto.

The runner knows four forms of script lines. It refuses any other line, so that no check is skipped silently.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from chalice.test import Client, HTTPResponse

from app import app
from chalicelib.imaging import recipe
from tests.conftest import ROOT
from tests.rest.test_form import Part, form

COLLECTION = ROOT / "docs" / "darkroom.postman_collection.json"
DOCUMENT: dict[str, Any] = json.loads(COLLECTION.read_text())
JSON_AT = r'pm\.response\.json\(\)((?:\.\w+|\[\d+\]|\["[^"]+"\])+)'
TESTED = re.compile(r'pm\.test\("[^"]+", \(\) => (.+)\);')
STATUS = re.compile(r"pm\.response\.to\.have\.status\((\d+)\)")
EQUAL = re.compile(rf"pm\.expect\({JSON_AT}\)\.to\.eql\((.+)\)")
VARIABLE = re.compile(r'pm\.collectionVariables\.get\("(\w+)"\)')
CAPTURE = re.compile(rf'pm\.collectionVariables\.set\("(\w+)", {JSON_AT}\);')

Variables = dict[str, Any]


class Call(NamedTuple):
    """One request of the collection, with the lines of its test script."""

    name: str
    request: dict[str, Any]
    script: list[str]


def calls() -> Iterator[Call]:
    """Yield the requests in their order."""
    for folder in DOCUMENT["item"]:
        for item in folder["item"]:
            script = [line for event in item["event"] for line in event["script"]["exec"]]
            yield Call(f"{folder['name']}: {item['name']}", item["request"], script)


def test_the_collection_runs_from_top_to_bottom(client: Client) -> None:
    variables: Variables = {each["key"]: each["value"] for each in DOCUMENT["variable"]}
    for call in calls():
        response = send(client, call.request, variables)
        for line in call.script:
            failure = run(line, response, variables)
            assert not failure, f"{call.name}: {failure}; the answer: {response.body[:500]!r}"


def test_every_request_checks_the_status() -> None:
    unchecked = [call.name for call in calls() if not any(STATUS.search(line) for line in call.script)]
    assert not unchecked


def test_every_route_has_a_request() -> None:
    requested = {(call.request["method"], pattern("/".join(call.request["url"]["path"]))) for call in calls()}
    routed = {(method, pattern(path.strip("/"))) for path, methods in app.routes.items() for method in methods}
    assert {(method, path) for method, path in routed if method != "HEAD"} <= requested


def test_every_option_is_in_a_request() -> None:
    assert {*recipe.OPTION_NAMES, "filename"} <= {name for call in calls() for name in options(call.request)}


def test_the_collection_has_the_format_that_postman_imports() -> None:
    assert DOCUMENT["info"]["schema"].endswith("/collection/v2.1.0/collection.json")
    for call in calls():
        url = call.request["url"]
        query = "&".join(f"{each['key']}={each['value']}" for each in url.get("query", []))
        assert url["raw"] == "/".join((*url["host"], *url["path"])) + (f"?{query}" if query else "")


def test_the_runner_refuses_an_unknown_script_line() -> None:
    with pytest.raises(ValueError, match="not a line"):
        run("pm.environment.set('a', 1);", HTTPResponse(b"{}", {}, 200), {})


def send(client: Client, request: dict[str, Any], variables: Variables) -> HTTPResponse:
    """Send one request, with its variables replaced by their values."""
    url, body = request["url"], request.get("body", {"mode": "none"})
    query = "&".join(f"{each['key']}={quote(fill(each['value'], variables))}" for each in url.get("query", []))
    path = fill("/" + "/".join(url["path"]), variables) + (f"?{query}" if query else "")
    headers = {each["key"]: fill(each["value"], variables) for each in request["header"]}
    data = (COLLECTION.parent / body["file"]["src"]).read_bytes() if body["mode"] == "file" else b""
    if body["mode"] == "raw":
        data = fill(body["raw"], variables).encode()
    if body["mode"] == "formdata":
        data, headers["Content-Type"] = form(*(part(each) for each in body["formdata"]))
    return client.http.request(request["method"], path, headers=headers, body=data)


def options(request: dict[str, Any]) -> set[str]:
    """Return the names in the query, the form and the JSON of a request."""
    body = request.get("body", {})
    is_json = {"key": "Content-Type", "value": "application/json"} in request["header"] and "raw" in body
    members = re.findall(r'"(\w+)":', body["raw"]) if is_json else []
    return {each["key"] for each in (*request["url"].get("query", []), *body.get("formdata", []))} | set(members)


def part(field: dict[str, str]) -> Part:
    """Return a part of a form: a file from the folder of the collection, or a text."""
    if field["type"] == "file":
        return field["key"], (field["src"], (COLLECTION.parent / field["src"]).read_bytes())
    return field["key"], (None, field["value"].encode())


def run(line: str, response: HTTPResponse, variables: Variables) -> str:
    """Run one line of a script. Return the failure as a sentence, or an empty text."""
    if capture := CAPTURE.fullmatch(line):
        variables[capture[1]] = at(response, capture[2])
        return "" if variables[capture[1]] else f"there is no {capture[2]}"
    tested = TESTED.fullmatch(line)
    check = tested[1] if tested else ""
    if status := STATUS.fullmatch(check):
        return "" if response.status_code == int(status[1]) else f"answers {response.status_code}, not {status[1]}"
    if equal := EQUAL.fullmatch(check):
        variable = VARIABLE.fullmatch(equal[2])
        wanted = variables[variable[1]] if variable else json.loads(equal[2])
        found = at(response, equal[1])
        return "" if found == wanted else f"{equal[1]} is {found!r}, not {wanted!r}"
    raise ValueError(f"not a line that this runner supports: {line}")


def at(response: HTTPResponse, place: str) -> Any:
    """Return the value at a path such as `.items[0].id` of a JSON answer."""
    value = response.json_body
    for name, index, quoted in re.findall(r'\.(\w+)|\[(\d+)\]|\["([^"]+)"\]', place):
        value = value[int(index)] if index else value[name or quoted]
    return value


def fill(text: str, variables: Variables) -> str:
    """Replace each `{{name}}` by the value of its variable."""
    return re.sub(r"\{\{(\w+)\}\}", lambda match: str(variables[match[1]]), text)


def pattern(path: str) -> str:
    """Replace the variable parts of a path by a star, so that paths of the collection and of the app are equal."""
    return re.sub(r"\{+\w+\}+|\b[0-9a-f]{32}\b", "*", path)
