"""Serve the page: its files, its configuration, and the headers that keep everything else out.

The files are in chalicelib/web. Nothing here decodes a photo or calls AWS.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from chalice.app import Request, Response

from chalicelib import __version__
from chalicelib.aws.presign import Endpoint
from chalicelib.rest.problems import problem
from chalicelib.settings import Auth, Settings

WEB = Path(__file__).parent.parent / "web"
INDEX, CONFIG = "index.html", "config.json"
#: The media type of each kind of file, by its suffix. Any other file is not served.
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".jpg": "image/jpeg",
    ".svg": "image/svg+xml",
    ".js": "text/javascript; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
}
#: What the page needs to know of each option of POST /images.
_RULES = ("type", "enum", "minimum", "maximum", "maxLength", "pattern", "default", "examples")


def web_page(request: Request, settings: Settings) -> Response:
    """Answer with the page. Its addresses are right with and without a slash behind the stage."""
    text = _read(INDEX).replace('"web/', f'"{_root(request)}web/')
    headers = {"Content-Security-Policy": content_security_policy(settings), "X-Frame-Options": "DENY"}
    return _cacheable(request, text, MEDIA_TYPES[".html"], headers)


def web_file(request: Request, settings: Settings, name: str, openapi: str) -> Response:
    """Answer with a file of the page, or with its configuration. An unknown name is a 404."""
    if name == CONFIG:
        return _cacheable(request, json.dumps(configuration(request, settings, openapi)), "application/json", {})
    path = WEB / name
    if name not in _names() or path.suffix not in MEDIA_TYPES:
        return problem(404, "route_not_found", f"The page has no file {name[:80]!r}.")
    content: str | bytes = path.read_bytes() if path.suffix == ".jpg" else _read(name)
    return _cacheable(request, content, MEDIA_TYPES[path.suffix], {})


def configuration(request: Request, settings: Settings, openapi: str) -> dict[str, Any]:
    """Return what the page needs to know of its stage. It holds nothing secret: everybody may read it."""
    return {
        "api": _root(request),
        "version": __version__,
        "stage": settings.stage,
        "auth": settings.auth.value,
        "login_url": settings.login_url if settings.auth is Auth.COGNITO else "",
        "client_id": settings.login_client_id if settings.auth is Auth.COGNITO else "",
        "body_bytes": settings.limits.body_bytes,
        "object_bytes": settings.limits.object_bytes,
        "link_seconds": settings.link_seconds,
        "images_bucket": settings.images_bucket,
        "landing_bucket": settings.landing_bucket,
        "endpoint_url": settings.endpoint_url,
        "options": _option_rules(openapi, settings),
    }


def content_security_policy(settings: Settings) -> str:
    """Return the page's policy: nothing from another host but pictures and calls to the buckets and the login."""
    # The stage's topics are in its region. Asking boto3 for the region would import it at the first view.
    endpoint = Endpoint(settings.images_topic.split(":")[3], settings.endpoint_url)
    buckets = (settings.images_bucket, settings.landing_bucket, settings.destination_bucket)
    stores = " ".join(source for name in buckets for source in _sources(endpoint.object_url(name, "")))
    login = f" {settings.login_url}" if settings.auth is Auth.COGNITO and settings.login_url else ""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            f"img-src 'self' blob: {stores}",
            f"connect-src 'self' {stores}{login}",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


def _sources(address: str) -> tuple[str, ...]:
    """Return a bucket's address as sources of a policy: with a path, one for the bucket and one for its objects."""
    parts = urlsplit(address)
    origin, path = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
    return (f"{origin}{path}", f"{origin}{path}/") if path else (origin,)


def _root(request: Request) -> str:
    """Return the path of the API, with its stage or its base path, and a slash at the end.

    API Gateway names the path that the browser sees; a custom domain need not have the stage in it.
    """
    path = str(request.context.get("path") or "/")
    return re.sub(r"(/web/[^/]*)?/*$", "", path) + "/"


def _option_rules(openapi: str, settings: Settings) -> dict[str, dict[str, Any]]:
    """Return the options of POST /images with their values and limits as the API describes them: the page has none."""
    document = json.loads(openapi)
    parameters, schemas = document["components"]["parameters"], document["components"]["schemas"]
    named = [each["$ref"].rpartition("/")[2] for each in document["paths"]["/images"]["post"]["parameters"]]
    rules = {
        parameters[name]["name"]: {rule: schemas[name][rule] for rule in _RULES if rule in schemas[name]}
        for name in named
        if name.startswith("Option") and name != "OptionFilename"
    }
    rules["preset"]["default"] = settings.default_preset
    return rules


def _cacheable(request: Request, content: str | bytes, media_type: str, headers: Mapping[str, str]) -> Response:
    """Answer with a file and its ETag, or 304 if the browser has it (RFC 9110, 13). A browser asks each time."""
    data = content.encode() if isinstance(content, str) else content
    etag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache", "Referrer-Policy": "no-referrer", **headers}
    known = {each.strip().removeprefix("W/") for each in str(request.headers.get("if-none-match", "")).split(",")}
    if known & {etag, "*"}:
        return Response("", dict(headers), 304)
    return Response(content, {**headers, "Content-Type": media_type})


@cache
def _names() -> frozenset[str]:
    """Return the names of the page's files. A name from a request is never used as a path before it is found here."""
    return frozenset(path.name for path in WEB.iterdir())


@cache
def _read(name: str) -> str:
    return (WEB / name).read_text(encoding="utf-8")
