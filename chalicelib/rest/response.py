"""Shaping responses: records as JSON, locations, and the headers that every answer carries."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from chalice.app import CORSConfig, Request, Response

from chalicelib import telemetry
from chalicelib.aws.dog_uploads import DogUpload
from chalicelib.aws.storage import PresignedPost
from chalicelib.flows.images import Shown
from chalicelib.imaging.metadata import Finding
from chalicelib.records import VariantName
from chalicelib.rest.problems import problem_from_chalice
from chalicelib.rest.request import write_position

_EXPOSED = ("Location", "ETag", "X-Request-Id", "Retry-After", "Preference-Applied")
#: What a record keeps for Darkroom's own use.
_INTERNAL = frozenset({"claim", "attempt", "source"})
#: Which variant's key is the image's: what was made, else the original.
_KEY_ORDER = (VariantName.PROCESSED.value, VariantName.SANITIZED.value, VariantName.ORIGINAL.value)


def cors(origin: str) -> CORSConfig:
    """Allow one origin, or * for all; API Gateway answers the preflight by it, so that it can name no other."""
    return CORSConfig(
        allow_origin=origin, allow_headers=["Prefer", "Idempotency-Key"], expose_headers=_EXPOSED, max_age=600
    )


def finish(response: Response, request: Request, origin: str) -> Response:
    """Give an answer, an error in Chalice's own words included, what every answer carries."""
    finished = problem_from_chalice(response)
    request_id = getattr(request.lambda_context, "aws_request_id", "")
    if finished.body != "":
        finished.headers.setdefault("Content-Type", "application/json")
    finished.headers.update(cors(origin).get_access_control_headers())
    finished.headers.update({"X-Request-Id": request_id, "X-Content-Type-Options": "nosniff"})
    if finished.status_code >= 400:
        finished.body = finished.body | {"request_id": request_id}
    if finished.status_code >= 500:
        # To Lambda an answer is a success, whatever its status: its own count of errors has none of these.
        telemetry.count("ApiFaults", reason=finished.body["code"])
    return finished


def image(shown: Shown) -> Response:
    """Answer with a record; it holds links, so no cache may keep it."""
    return Response(_document(shown), {"Cache-Control": "no-store"})


def image_posted(shown: Shown, *, asynchronous: bool) -> Response:
    """Answer a post: 200 with what was made, or 202 for what will be."""
    response = image(shown)
    response.headers["Location"] = _location(shown)
    if asynchronous:
        response.status_code = 202
        response.headers["Preference-Applied"] = "respond-async"
    return response


def upload_created(shown: Shown, form: PresignedPost) -> Response:
    """Answer with the form for a presigned upload: post it to `url` with `fields` first and the file last."""
    body = _document(shown) | {"url": form.url, "fields": form.fields}
    return Response(body, {"Cache-Control": "no-store", "Location": _location(shown)}, 201)


def images(page: Sequence[Shown], position: str | None) -> Response:
    """Answer with a page of a list."""
    body = {"items": [_document(shown) for shown in page], "next_token": write_position(position)}
    return Response(body, {"Cache-Control": "no-store"})


def dogs(page: Sequence[DogUpload], position: str | None) -> Response:
    """Answer with a page of the list of dogs."""
    body = {"items": [asdict(upload) for upload in page], "next_token": write_position(position)}
    return Response(body, {"Cache-Control": "no-store"})


def findings(found: Sequence[Finding]) -> Response:
    """Answer with what metadata a photo carries; each summary is safe to show."""
    return Response({"findings": [asdict(finding) for finding in found]}, {"Cache-Control": "no-store"})


def see_other(link: str) -> Response:
    """Send the caller to a presigned link."""
    return Response("", {"Location": link, "Cache-Control": "no-store"}, 303)


def no_content() -> Response:
    """Answer 204; the empty text keeps Chalice from writing `null`."""
    return Response("", {}, 204)


def _location(shown: Shown) -> str:
    """Point to the record, relative to /images and /uploads alike: API Gateway puts the stage before every path."""
    return f"images/{shown.record.id}"


def _document(shown: Shown) -> dict[str, Any]:
    record = shown.record
    fields = {name: value for name, value in asdict(record).items() if name not in _INTERNAL}
    known = [record.variants[name] for name in _KEY_ORDER if name in record.variants]
    for variant in fields["variants"].values():
        del variant["bucket"], variant["etag"]
    return fields | {"status": shown.status.value, "key": known[0].key if known else None, "links": dict(shown.links)}
