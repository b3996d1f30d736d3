"""The objects of a published page: the files of chalicelib/web, and what tells the page its API."""

import gzip
import hashlib
import html
import json
from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib import page_content
from chalicelib.settings import Settings
from scripts.deployment.web import choice
from scripts.project import PROJECT

OPENAPI = PROJECT / "chalicelib" / "rest" / "openapi.json"
#: A browser asks each time whether it has the newest version. CloudFront may keep a module for a day, since the
#: deployment tells it to forget; it asks S3 for the other two each time.
_ASK, _ASK_CLOUDFRONT = "no-cache", "public, max-age=0, s-maxage=86400"
_CHARSET = '<meta charset="utf-8">'


@dataclass(frozen=True)
class WebObject:
    """An object of the bucket, and the headers with which S3 sends it."""

    key: str
    data: bytes
    media_type: str
    cache_control: str
    encoding: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """Return the parameters of PutObject that become headers."""
        encoding = {"ContentEncoding": self.encoding} if self.encoding else {}
        return {"ContentType": self.media_type, "CacheControl": self.cache_control} | encoding

    @property
    def digest(self) -> str:
        """Return a digest of the object and its headers, by which a deployment knows what it need not send again."""
        return hashlib.sha256(json.dumps(self.headers, sort_keys=True).encode() + self.data).hexdigest()


def objects(web: str, settings: Settings, api: str) -> Iterator[WebObject]:
    """Yield every object of the page of a stage with WEB=`web`. The page itself is the last one.

    So a browser never gets a page whose modules are not there yet. `api` is the address of the API.
    """
    for name in sorted(page_content.names() - {page_content.INDEX}):
        path = page_content.WEB / name
        yield _object(web, f"web/{name}", path.read_bytes(), page_content.MEDIA_TYPES[path.suffix], _ASK_CLOUDFRONT)
    config = page_content.configuration(api, settings, OPENAPI.read_text(), settings.page_url)
    yield _object(web, f"web/{page_content.CONFIG}", json.dumps(config).encode(), "application/json", _ASK)
    page = page_content.read(page_content.INDEX)
    if web == choice.S3:
        page = with_policy(page, policy(settings, api))
    yield _object(web, page_content.INDEX, page.encode(), page_content.MEDIA_TYPES[".html"], _ASK)


def policy(settings: Settings, api: str) -> str:
    """Return the Content-Security-Policy of the published page."""
    return page_content.content_security_policy(settings, api, settings.page_url)


def with_policy(page: str, policy: str) -> str:
    """Return the page with its policy in it: S3 sends no such header. A page cannot say who may frame it."""
    directives = [each for each in policy.split("; ") if not each.startswith("frame-ancestors")]
    content = html.escape("; ".join(directives), quote=True)
    meta = f'<meta http-equiv="Content-Security-Policy" content="{content}">'
    return page.replace(_CHARSET, f"{_CHARSET}\n    {meta}", 1)


def _object(web: str, key: str, data: bytes, media_type: str, cache_control: str) -> WebObject:
    """Return an object. S3 compresses nothing by itself, and every browser takes gzip; CloudFront compresses."""
    if web == choice.S3 and media_type != "image/jpeg":
        return WebObject(key, gzip.compress(data, mtime=0), media_type, cache_control, "gzip")
    return WebObject(key, data, media_type, cache_control)
