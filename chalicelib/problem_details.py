"""The body of an error answer: problem details (RFC 9457). Which error has which status is decided elsewhere.

The app, API Gateway's own answers and the local gateway share it, so that a client reads one form.
"""

from http import HTTPStatus

MEDIA_TYPE = "application/problem+json"
#: The page that has an entry for each code, from the root of the project: it has no other public address.
REFERENCE = "/docs/reference.md"


def body(status: int, code: str, detail: str, **members: int | str) -> dict[str, int | str]:
    """Return the members of a problem, in the order in which clients see them; `members` come last."""
    title = HTTPStatus(status).phrase
    fixed: dict[str, int | str] = {"type": f"{REFERENCE}#{code}", "title": title, "status": status}
    return fixed | {"detail": detail, "code": code} | members
