"""Write answers: records as JSON, locations, and the headers that every answer has."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from chalice.app import CORSConfig, Request, Response

from chalicelib import telemetry
from chalicelib.aws.storage import PresignedPost
from chalicelib.dog_records import DogCounts, DogUpload
from chalicelib.flows.dog_stats import DogStats
from chalicelib.flows.images import ImageView
from chalicelib.records import ImageRecord, Variant, VariantName
from chalicelib.rest.problems import problem_from_chalice
from chalicelib.rest.request import write_position
from chalicelib.rest.srcset import srcset

if TYPE_CHECKING:
    from chalicelib.imaging.metadata import Finding

_EXPOSED = ("Location", "ETag", "X-Request-Id", "Retry-After", "Preference-Applied")
#: The fields of a record that a client sees as they are. A new field is internal until it is named here.
SHOWN = frozenset(
    {
        "id",
        "timestamp",
        "filename",
        "s3_path",
        "size",
        "format",
        "source_size",
        "source_format",
        "width",
        "height",
        "sha256",
        "recipe",
        "report",
        "lost",
        "placeholder",
        "error",
    }
)
#: The same for a variant.
SHOWN_OF_VARIANT = frozenset({"key", "format", "size", "width", "height"})
#: The image's `key` is that of the first of these variants that exists.
_KEY_ORDER = (VariantName.PROCESSED.value, VariantName.SANITIZED.value, VariantName.ORIGINAL.value)


def cors(origin: str) -> CORSConfig:
    """Return the CORS settings for one origin, or `*`. API Gateway's preflight answer can name only one."""
    return CORSConfig(
        allow_origin=origin, allow_headers=["Prefer", "Idempotency-Key"], expose_headers=_EXPOSED, max_age=600
    )


def finish(response: Response, request: Request, origin: str) -> Response:
    """Add the common headers to an answer. Turn Chalice's own errors into problems, and count errors."""
    finished = problem_from_chalice(response)
    request_id = getattr(request.lambda_context, "aws_request_id", "")
    if finished.body != "":
        finished.headers.setdefault("Content-Type", "application/json")
    location = finished.headers.get("Location")
    if str(request.context.get("path", "")).endswith("/") and str(location).startswith("images/"):
        finished.headers["Location"] = f"../{location}"  # it is relative to the path of the request
    finished.headers.update(cors(origin).get_access_control_headers())
    finished.headers.update({"X-Request-Id": request_id, "X-Content-Type-Options": "nosniff"})
    if finished.status_code >= 400:
        finished.body = finished.body | {"request_id": request_id}
    if finished.status_code >= 500:
        # Lambda's own metric of errors does not count these: for Lambda, every returned answer is a success.
        telemetry.count("ApiFaults", reason=finished.body["code"])
    elif finished.status_code >= 400:
        # API Gateway counts these with the requests that it refuses itself.
        telemetry.count("ApiRejections", reason=finished.body["code"])
    return finished


def image(view: ImageView) -> Response:
    """Answer with a record. No cache may keep it, since its links expire."""
    return Response(_document(view), {"Cache-Control": "no-store"})


def image_posted(view: ImageView, *, asynchronous: bool) -> Response:
    """Answer a post of a photo: 200 if the image is completed, 202 if it will be processed later."""
    response = image(view)
    response.headers["Location"] = _location(view)
    if asynchronous:
        response.status_code = 202
        response.headers["Preference-Applied"] = "respond-async"
    return response


def upload_created(view: ImageView, form: PresignedPost) -> Response:
    """Answer 201 with the form of a presigned upload: a client posts `fields` to `url`, with the file last."""
    body = _document(view) | {"url": form.url, "fields": form.fields}
    return Response(body, {"Cache-Control": "no-store", "Location": _location(view)}, 201)


def images(page: Sequence[ImageView], position: str | None) -> Response:
    """Answer with one page of images."""
    body = {"items": [_document(view) for view in page], "next_token": write_position(position)}
    return Response(body, {"Cache-Control": "no-store"})


def dogs(page: Sequence[DogUpload], position: str | None) -> Response:
    """Answer with one page of dog uploads."""
    body = {"items": [asdict(upload) for upload in page], "next_token": write_position(position)}
    return Response(body, {"Cache-Control": "no-store"})


def dog_stats(stats: DogStats) -> Response:
    """Answer with the counts of the dog uploads, the most frequent type and breed first."""

    def ordered(counter: Counter[str]) -> dict[str, int]:
        return dict(sorted(counter.items(), key=lambda each: (-each[1], each[0])))

    def numbers(counts: DogCounts) -> dict[str, int]:
        return {name: getattr(counts, name) for name in ("uploads", "alerts", "unexpected_types")}

    body: dict[str, Any] = {"since": stats.since.isoformat(), "until": stats.until.isoformat(), **numbers(stats.total)}
    body |= {"types": ordered(stats.total.types), "breeds": ordered(stats.total.breeds)}
    body["days"] = [{"day": day, **numbers(counts)} for day, counts in stats.days.items()]
    return Response(body, {"Cache-Control": "no-store"})


def findings(found: "Sequence[Finding]", details: Mapping[str, Any] | None = None) -> Response:
    """Answer with the findings in a photo, and with the values of its metadata if there are `details`.

    A summary of a finding never holds a value.
    """
    body = {"findings": [asdict(finding) for finding in found]} | ({"details": details} if details else {})
    return Response(body, {"Cache-Control": "no-store"})


def document(request: Request, text: str) -> Response:
    """Answer with a JSON document that changes only with the deployment, or 304 if the client has it (RFC 9110, 13)."""
    etag = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
    headers: dict[str, str | list[str]] = {"ETag": etag, "Cache-Control": "no-cache"}
    known = {each.strip().removeprefix("W/") for each in str(request.headers.get("if-none-match", "")).split(",")}
    if known & {etag, "*"}:
        return Response("", headers, 304)
    return Response(text, headers | {"Content-Type": "application/json"})


def see_other(link: str) -> Response:
    """Answer 303 with a presigned link."""
    return Response("", {"Location": link, "Cache-Control": "no-store"}, 303)


def no_content() -> Response:
    """Answer 204. With None instead of "", Chalice would write `null`."""
    return Response("", {}, 204)


def _location(view: ImageView) -> str:
    """Return the record's path, relative to /images and /uploads: API Gateway puts the stage before each path."""
    return f"images/{view.record.id}"


def _document(view: ImageView) -> dict[str, Any]:
    record = view.record
    stored = [record.variants[name] for name in _KEY_ORDER if name in record.variants]
    return _only(SHOWN, record) | {
        "variants": {name: _only(SHOWN_OF_VARIANT, variant) for name, variant in record.variants.items()},
        "owner": view.owner,
        "status": view.status.value,
        "key": stored[0].key if stored else record.source or None,
        "expires_at": _expires_at(record),
        "links": dict(view.links),
        "srcset": srcset(view),
    }


def _only(names: frozenset[str], stored: ImageRecord | Variant) -> dict[str, Any]:
    return {name: value for name, value in asdict(stored).items() if name in names}


def _expires_at(record: ImageRecord) -> int | None:
    """Return when an unused upload expires, or an image whose photo was overwritten in S3."""
    if record.superseded_at is not None:
        return record.due_at
    return record.upload_until or record.delete_after
