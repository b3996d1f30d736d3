"""What the page consists of: its files, its configuration and its policy.

The app serves them, and a deployment publishes them. The files are in chalicelib/web. Nothing here calls AWS.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from chalicelib import __version__
from chalicelib.aws.presign import Endpoint
from chalicelib.settings import Auth, Settings, origin_of

WEB = Path(__file__).parent / "web"
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


@cache
def names() -> frozenset[str]:
    """Return the names of the page's files. A name from a request is never used as a path before it is found here."""
    return frozenset(path.name for path in WEB.iterdir() if path.suffix in MEDIA_TYPES)


@cache
def read(name: str) -> str:
    """Return the text of a file of the page."""
    return (WEB / name).read_text(encoding="utf-8")


def configuration(api: str, settings: Settings, openapi: str, page: str = "") -> dict[str, Any]:
    """Return what the page needs to know of its stage. It holds nothing secret: everybody may read it.

    `api` is the address of the API, with a slash at its end. `page` is that of a page which the API does not serve.
    """
    signs_in = can_sign_in(settings, page)
    return {
        "api": api,
        "version": __version__,
        "stage": settings.stage,
        "auth": settings.auth.value,
        "login_url": settings.login_url if signs_in else "",
        "client_id": settings.login_client_id if signs_in else "",
        "body_bytes": settings.limits.body_bytes,
        "object_bytes": settings.limits.object_bytes,
        "link_seconds": settings.link_seconds,
        "images_bucket": settings.images_bucket,
        "landing_bucket": settings.landing_bucket,
        "endpoint_url": settings.endpoint_url,
        "options": _option_rules(openapi, settings),
    }


def can_sign_in(settings: Settings, page: str = "") -> bool:
    """Return whether people sign in on Cognito's login page. It sends nobody to a page that came by HTTP."""
    return settings.auth is Auth.COGNITO and bool(settings.login_url) and not page.startswith("http:")


def content_security_policy(settings: Settings, api: str = "", page: str = "") -> str:
    """Return the page's policy: nothing from another host but pictures and calls to the buckets and the login.

    A page that the API does not serve has an address, `page`, and may also call `api`.
    """
    # The stage's topics are in its region. Asking boto3 for the region would import it at the first view.
    endpoint = Endpoint(settings.images_topic.split(":")[3], settings.endpoint_url)
    buckets = (settings.images_bucket, settings.landing_bucket, settings.destination_bucket)
    stores = [source for name in buckets for source in _sources(endpoint.object_url(name, ""))]
    others = " ".join([*([origin_of(api)] if api else []), *stores])
    login = f" {settings.login_url}" if can_sign_in(settings, page) else ""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            f"img-src 'self' blob: {others}",
            f"connect-src 'self' {others}{login}",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


def _sources(address: str) -> Iterator[str]:
    """Yield a bucket's address as sources of a policy: with a path, one for the bucket and one for its objects."""
    path = urlsplit(address).path.rstrip("/")
    yield f"{origin_of(address)}{path}"
    if path:
        yield f"{origin_of(address)}{path}/"


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
