"""Serve the page: its files, its configuration, and the headers that keep everything else out.

Nothing here decodes a photo or calls AWS.
"""

import hashlib
import json
import re
from collections.abc import Mapping

from chalice.app import Request, Response

from chalicelib import page_content
from chalicelib.page_content import CONFIG, INDEX, MEDIA_TYPES, WEB
from chalicelib.rest.problems import problem
from chalicelib.settings import Settings


def web_page(request: Request, settings: Settings) -> Response:
    """Answer with the page, or with its address if it is published elsewhere.

    Its addresses are right with and without a slash behind the stage.
    """
    if settings.page_url:
        return Response("", {"Location": settings.page_url, "Cache-Control": "no-cache"}, 307)
    text = page_content.read(INDEX).replace('"web/', f'"{_root(request)}web/')
    policy = page_content.content_security_policy(settings)
    headers = {"Content-Security-Policy": policy, "X-Frame-Options": "DENY"}
    return _cacheable(request, text, MEDIA_TYPES[".html"], headers)


def web_file(request: Request, settings: Settings, name: str, openapi: str) -> Response:
    """Answer with a file of the page, or with its configuration. An unknown name is a 404."""
    if name == CONFIG:
        config = page_content.configuration(_root(request), settings, openapi)
        return _cacheable(request, json.dumps(config), "application/json", {})
    if name not in page_content.names():
        return problem(404, "route_not_found", f"The page has no file {name[:80]!r}.")
    path = WEB / name
    content: str | bytes = path.read_bytes() if path.suffix == ".jpg" else page_content.read(name)
    return _cacheable(request, content, MEDIA_TYPES[path.suffix], {})


def _root(request: Request) -> str:
    """Return the path of the API, with its stage or its base path, and a slash at the end.

    API Gateway names the path that the browser sees; a custom domain need not have the stage in it.
    """
    path = str(request.context.get("path") or "/")
    return re.sub(r"(/web/[^/]*)?/*$", "", path) + "/"


def _cacheable(request: Request, content: str | bytes, media_type: str, headers: Mapping[str, str]) -> Response:
    """Answer with a file and its ETag, or 304 if the browser has it (RFC 9110, 13). A browser asks each time."""
    data = content.encode() if isinstance(content, str) else content
    etag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache", "Referrer-Policy": "no-referrer", **headers}
    known = {each.strip().removeprefix("W/") for each in str(request.headers.get("if-none-match", "")).split(",")}
    if known & {etag, "*"}:
        return Response("", dict(headers), 304)
    return Response(content, {**headers, "Content-Type": media_type})
