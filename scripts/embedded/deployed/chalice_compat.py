"""A WSGI middleware in front of moto: it rewrites Chalice's deployment calls, and serves the APIs that were deployed.

AWS accepts three things from Chalice's deployer that moto answers with a 500: notification filter rules that are named
`Prefix` or are empty, an API described in Swagger 2.0 without `info.description`, and mock integrations without `uri`
and `httpMethod`. A binary media type is added to an API by a path; moto reads a value that AWS does not need.
"""

import io
import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from scripts.embedded.deployed import execute_api

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

_NOTIFICATION = re.compile(r"(^|&)notification(=|&|$)")
_REST_API = re.compile(r"/restapis(/[^/]+)?/?")
_EMPTY_RULE = re.compile(rb"<FilterRule><Name>\w+</Name><Value\s*(/>|></Value>)</FilterRule>")
_EMPTY_FILTER = re.compile(rb"<Filter><S3Key\s*(/>|></S3Key>)</Filter>")


class ChaliceCompat:
    """A WSGI application that wraps moto's."""

    def __init__(self, moto: Application) -> None:
        self._moto = moto

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a call of a deployed API; pass every other request to moto, rewritten where moto needs it."""
        path, method = environ.get("PATH_INFO", ""), environ["REQUEST_METHOD"]
        if path.startswith("/execute-api/"):
            return execute_api.handle(environ, start_response)
        if method == "PUT" and _NOTIFICATION.search(environ.get("QUERY_STRING", "")):
            _rewrite(environ, fix_notification)
        elif method == "PATCH" and _REST_API.fullmatch(path):
            _rewrite(environ, value_media_types)
        elif method in ("POST", "PUT") and _REST_API.fullmatch(path):
            _rewrite(environ, to_openapi3)
        return self._moto(environ, start_response)


def fix_notification(body: bytes) -> bytes:
    """Write the names of filter rules in lower case, and remove rules without a value."""
    for name in (b"Prefix", b"Suffix"):
        body = body.replace(b"<Name>" + name + b"</Name>", b"<Name>" + name.lower() + b"</Name>")
    return _EMPTY_FILTER.sub(b"", _EMPTY_RULE.sub(b"", body))


def value_media_types(body: bytes) -> bytes:
    """Give each operation that adds a binary media type the type in its path as its value."""
    document = json.loads(body or b"{}")
    for each in document.get("patchOperations", []):
        _, _, encoded = each["path"].partition("/binaryMediaTypes/")
        if encoded and each["op"] == "add":
            each["value"] = encoded.replace("~1", "/").replace("~0", "~")
    return json.dumps(document).encode()


def to_openapi3(body: bytes) -> bytes:
    """Turn a Swagger 2.0 description into OpenAPI 3, as far as moto reads it; return any other body unchanged."""
    document = json.loads(body or b"{}")
    if "swagger" not in document:
        return body
    del document["swagger"]
    document["openapi"] = "3.0.1"
    document["info"].setdefault("description", document["info"]["title"])
    for methods in document["paths"].values():
        for method in methods.values():
            integration = method.get("x-amazon-apigateway-integration", {})
            if integration.get("type") == "mock":
                integration.update({"uri": "mock", "httpMethod": "POST"})
    return json.dumps(document).encode()


def _rewrite(environ: Environ, change: Callable[[bytes], bytes]) -> None:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = change(environ["wsgi.input"].read(length))
    environ["wsgi.input"], environ["CONTENT_LENGTH"] = io.BytesIO(body), str(len(body))
