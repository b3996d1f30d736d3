"""What stands before moto's server: Chalice's deployments in words that moto reads, and the APIs that it deployed.

moto answers 500 to what AWS takes from Chalice's own deployer: filter rules that are named `Prefix` or are empty,
an API's description in Swagger 2.0 without `info.description`, and mock integrations without `uri` and `httpMethod`.
"""

import io
import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from scripts.embedded.deployed.execute_api import answer

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

_NOTIFICATION = re.compile(r"(^|&)notification(=|&|$)")
_REST_API = re.compile(r"/restapis(/[^/]+)?/?")
_EMPTY_RULE = re.compile(rb"<FilterRule><Name>\w+</Name><Value\s*(/>|></Value>)</FilterRule>")
_EMPTY_FILTER = re.compile(rb"<Filter><S3Key\s*(/>|></S3Key>)</Filter>")


class Front:
    """A WSGI application before moto's own."""

    def __init__(self, moto: Application) -> None:
        self._moto = moto

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer an API's call, or hand the request on in moto's words."""
        path, method = environ.get("PATH_INFO", ""), environ["REQUEST_METHOD"]
        if path.startswith("/execute-api/"):
            return answer(environ, start_response)
        if method == "PUT" and _NOTIFICATION.search(environ.get("QUERY_STRING", "")):
            _rewrite(environ, notification)
        elif method in ("POST", "PUT") and _REST_API.fullmatch(path):
            _rewrite(environ, api_description)
        return self._moto(environ, start_response)


def notification(body: bytes) -> bytes:
    """Name filter rules in lower case, and leave out those without a value."""
    for name in (b"Prefix", b"Suffix"):
        body = body.replace(b"<Name>" + name + b"</Name>", b"<Name>" + name.lower() + b"</Name>")
    return _EMPTY_FILTER.sub(b"", _EMPTY_RULE.sub(b"", body))


def api_description(body: bytes) -> bytes:
    """Say an API in OpenAPI 3, as far as moto reads it; what is no description stays as it is."""
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
