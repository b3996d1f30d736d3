"""Check CORS_ORIGIN, which browsers compare with the origin of a page letter by letter, and Cognito's client gets."""

import re
from collections.abc import Iterator

#: The default: the pages of every origin may call the API.
ANY = "*"
#: A host as browsers send it: in lower case, without user and path. RFC 6454, 6.2.
_HOST = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*"
_ORIGIN = re.compile(rf"(https?)://({_HOST})(?::([1-9]\d{{0,4}}))?")
#: A browser leaves these ports out.
_DEFAULT_PORTS = {"https": "443", "http": "80"}
_EXAMPLE = "such as https://photos.example.com"


def findings(origin: str, *, signs_in: bool) -> Iterator[str]:
    """Report an origin that no browser sends; with `signs_in`, also one that Cognito's login page refuses."""
    if origin == ANY:
        return
    found = _ORIGIN.fullmatch(origin)
    if not found or not _is_port(found[3]) or found[3] == _DEFAULT_PORTS[found[1]]:
        yield (
            f"CORS_ORIGIN is {origin!r}, which is no origin. Use {ANY}, or one origin: https:// and the host in lower "
            f"case, with a port only if it is not the usual one, and without a path, {_EXAMPLE}."
        )
    elif signs_in and found[1] == "http" and found[2] != "localhost":
        yield (
            f"CORS_ORIGIN is {origin}, and Cognito's login page sends nobody to http. Use an origin with https, "
            f"{_EXAMPLE}, or http://localhost with its port for a page on your machine."
        )


def advice(origin: str, *, signs_in: bool) -> Iterator[str]:
    """Say that no page can sign its users in, if the stage has users and names no origin."""
    if signs_in and origin == ANY:
        yield (
            "The login page sends the browser back to the API only. If a page of yours signs people in, set "
            f"CORS_ORIGIN to its origin, {_EXAMPLE}: {ANY} names none."
        )


def _is_port(text: str | None) -> bool:
    return text is None or int(text) <= 65535
