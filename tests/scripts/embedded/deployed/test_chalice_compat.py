"""Chalice's deployment calls reach moto in a form that moto accepts; other requests reach it unchanged."""

import io
import json
from collections.abc import Iterable
from typing import Any

import pytest

from scripts.embedded.deployed.chalice_compat import ChaliceCompat, fix_notification, to_openapi3

SWAGGER = {
    "swagger": "2.0",
    "info": {"title": "darkroom", "version": "1.0"},
    "paths": {
        "/health": {
            "get": {"x-amazon-apigateway-integration": {"type": "aws_proxy", "uri": "arn:of:lambda"}},
            "options": {"x-amazon-apigateway-integration": {"type": "mock"}},
        }
    },
}


class Moto:
    """Stands for moto's application, and keeps the body of each request."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    def __call__(self, environ: dict[str, Any], _start_response: Any) -> Iterable[bytes]:
        self.bodies.append(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        return [b"from moto"]


def send(method: str, path: str, query: str = "", body: bytes = b"") -> bytes:
    """Send a request through the middleware; return the body that moto received."""
    moto = Moto()
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    assert list(ChaliceCompat(moto)(environ, print)) == [b"from moto"]
    [received] = moto.bodies
    return received


def filter_rule(name: str, value: str) -> bytes:
    return f"<FilterRule><Name>{name}</Name><Value>{value}</Value></FilterRule>".encode()


def test_filter_rules_are_named_in_lower_case() -> None:
    body = filter_rule("Prefix", "uploads/Prefix/") + filter_rule("Suffix", ".jpg")
    assert fix_notification(body) == filter_rule("prefix", "uploads/Prefix/") + filter_rule("suffix", ".jpg")


@pytest.mark.parametrize("empty", [filter_rule("Prefix", ""), b"<FilterRule><Name>Suffix</Name><Value /></FilterRule>"])
def test_an_empty_filter_rule_is_removed(empty: bytes) -> None:
    kept = filter_rule("prefix", "uploads/")
    assert fix_notification(b"<Filter><S3Key>" + empty + kept + b"</S3Key></Filter>") == (
        b"<Filter><S3Key>" + kept + b"</S3Key></Filter>"
    )
    assert fix_notification(b"<Event/><Filter><S3Key>" + empty + b"</S3Key></Filter>") == b"<Event/>"


def test_swagger_becomes_openapi_3_with_what_moto_requires() -> None:
    converted = json.loads(to_openapi3(json.dumps(SWAGGER).encode()))
    assert "swagger" not in converted
    assert converted["openapi"] == "3.0.1"
    assert converted["info"]["description"] == "darkroom"
    methods = converted["paths"]["/health"]
    mock = methods["options"]["x-amazon-apigateway-integration"]
    assert mock == {"type": "mock", "uri": "mock", "httpMethod": "POST"}
    assert methods["get"]["x-amazon-apigateway-integration"]["uri"] == "arn:of:lambda"


@pytest.mark.parametrize("body", [b"", b"{}", b'{"name": "darkroom"}'])
def test_a_body_that_is_not_swagger_is_unchanged(body: bytes) -> None:
    assert to_openapi3(body) == body


def test_the_calls_of_chalice_s_deployer_are_rewritten() -> None:
    rule = filter_rule("Prefix", "uploads/")
    assert send("PUT", "/photos", "notification", rule) == filter_rule("prefix", "uploads/")
    for method, path in (("POST", "/restapis"), ("PUT", "/restapis/abc123")):
        assert json.loads(send(method, path, body=json.dumps(SWAGGER).encode()))["openapi"] == "3.0.1"


@pytest.mark.parametrize(
    ("method", "path", "query"),
    [
        ("PUT", "/photos/a.xml", ""),
        ("PUT", "/photos", "prefix=notifications"),
        ("GET", "/photos", "notification"),
        ("PUT", "/restapis/abc123/resources", ""),
    ],
)
def test_other_requests_are_unchanged(method: str, path: str, query: str) -> None:
    body = filter_rule("Prefix", "uploads/")
    assert send(method, path, query, body) == body


def test_a_binary_media_type_is_the_value_of_its_operation() -> None:
    operations = [
        {"op": "add", "path": "/binaryMediaTypes/*~1*"},
        {"op": "add", "path": "/binaryMediaTypes/image~1jpeg"},
        {"op": "replace", "path": "/minimumCompressionSize", "value": "1024"},
    ]
    received = json.loads(send("PATCH", "/restapis/abc", body=json.dumps({"patchOperations": operations}).encode()))
    assert [each.get("value") for each in received["patchOperations"]] == ["*/*", "image/jpeg", "1024"]
