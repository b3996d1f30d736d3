"""Answers: status, body and headers of each kind, and what every answer has in common."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

import pytest
from chalice.app import Request, Response
from chalice.local import LambdaContext

from chalicelib.aws.storage import PresignedPost
from chalicelib.dog_records import DogUpload
from chalicelib.flows.images import ImageView
from chalicelib.imaging.metadata import Finding, Kind
from chalicelib.records import Attempt, Claim, ImageRecord, Status, Variant, VariantName
from chalicelib.rest import response
from chalicelib.rest.problems import problem
from chalicelib.rest.request import read_page

ORIGIN = "https://example.test"
ORIGINAL = Variant("images", "uploads/a/original.jpg", "JPEG", 9, etag="e")
PROCESSED = Variant("images", "processed/a.png", "PNG", 7, 5, 4)
RECORD = ImageRecord(
    "0a" * 16,
    "ann",
    Status.COMPLETED,
    "2026-03-01T12:00:00.123Z",
    source="uploads/a/original.jpg",
    claim=Claim("fingerprint", 1),
    attempt=Attempt("request", 1),
)
DOG = DogUpload("html/pug-1.png", "https://example.test/1", "2026-03-01T12:00:00.123Z", "png", alert_triggered=True)
POSITION = f"{RECORD.timestamp}#{RECORD.id}"


def request(query: dict[str, list[str]] | None = None) -> Request:
    event = {
        "multiValueQueryStringParameters": query,
        "headers": {},
        "pathParameters": {},
        "requestContext": {"httpMethod": "GET", "resourcePath": "/images"},
        "stageVariables": {},
        "body": None,
        "isBase64Encoded": False,
    }
    return Request(event, LambdaContext("darkroom-test", 128, 29_000))


def view(*names: VariantName) -> ImageView:
    known = {VariantName.ORIGINAL: ORIGINAL, VariantName.PROCESSED: PROCESSED}
    variants = {name.value: known[name] for name in names}
    return ImageView(
        replace(RECORD, variants=variants), Status.COMPLETED, "0123456789abcdef", {"processed": "https://link.test"}
    )


def test_a_record_is_answered_without_what_is_internal() -> None:
    body = response.image(view(VariantName.PROCESSED)).body

    assert body["id"] == RECORD.id
    assert body["status"] == "completed"
    assert body["links"] == {"processed": "https://link.test"}
    assert not {"claim", "attempt", "source"} & set(body)
    assert body["variants"]["processed"] == {
        "key": PROCESSED.key,
        "format": "PNG",
        "size": 7,
        "width": 5,
        "height": 4,
    }


def test_the_key_is_that_of_the_result_or_else_of_the_original() -> None:
    both = view(VariantName.ORIGINAL, VariantName.PROCESSED)

    assert response.image(both).body["key"] == PROCESSED.key
    assert response.image(view(VariantName.ORIGINAL)).body["key"] == ORIGINAL.key
    assert response.image(view()).body["key"] == RECORD.source
    assert response.image(replace(view(), record=replace(RECORD, source=""))).body["key"] is None


@dataclass(frozen=True)
class RecordWithNewField(ImageRecord):
    """A record as it will be after somebody adds a field."""

    secret: str = "of the record"


@dataclass(frozen=True)
class VariantWithNewField(Variant):
    """A variant as it will be after somebody adds a field."""

    secret: str = "of the variant"


def test_a_new_field_is_internal_until_it_is_listed() -> None:
    variants = {"processed": VariantWithNewField(**vars(PROCESSED))}
    record = RecordWithNewField(**{**vars(RECORD), "variants": variants})
    shown = replace(view(), record=record)

    body = response.image(shown).body

    assert "secret" not in json.dumps(body)
    assert body == response.image(view(VariantName.PROCESSED)).body


def test_a_record_shows_nothing_that_is_not_listed() -> None:
    body = response.image(view(VariantName.PROCESSED)).body

    assert set(body) == response.SHOWN | {"owner", "status", "variants", "expires_at", "key", "links", "srcset"}
    internal = {field.name for field in fields(ImageRecord)} - set(body)
    assert {"claim", "attempt", "source", "source_object", "rev", "token", "writing", "removing", "due_at"} <= internal


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ({}, None),
        ({"upload_until": 5, "due_at": 6}, 5),
        ({"delete_after": 7}, 7),
        ({"superseded_at": 1, "due_at": 8}, 8),
        ({"due_at": 6}, None),
    ],
)
def test_the_end_of_an_upload_or_of_an_overwritten_photo_is_shown(times: dict[str, Any], expected: int | None) -> None:
    shown = replace(view(), record=replace(RECORD, **times))

    assert response.image(shown).body["expires_at"] == expected


def test_the_status_is_the_one_at_this_instant() -> None:
    expired = replace(view(), status=Status.EXPIRED)
    assert response.image(expired).body["status"] == "expired"


@pytest.mark.parametrize(
    "answer",
    [
        lambda: response.image(view()),
        lambda: response.image_posted(view(), asynchronous=True),
        lambda: response.upload_created(view(), PresignedPost("https://bucket.test", {})),
        lambda: response.images([view()], None),
        lambda: response.dogs([DOG], None),
        lambda: response.findings([]),
        lambda: response.see_other("https://link.test"),
    ],
    ids=["image", "posted", "upload", "images", "dogs", "findings", "link"],
)
def test_no_cache_may_keep_an_answer_with_links_or_findings(answer: Callable[[], Response]) -> None:
    assert answer().headers["Cache-Control"] == "no-store"


def test_a_completed_post_is_a_200_and_an_asynchronous_one_a_202() -> None:
    completed, accepted = (response.image_posted(view(), asynchronous=later) for later in (False, True))

    assert (completed.status_code, accepted.status_code) == (200, 202)
    assert completed.headers["Location"] == accepted.headers["Location"] == f"images/{RECORD.id}"
    assert "Preference-Applied" not in completed.headers
    assert accepted.headers["Preference-Applied"] == "respond-async"


def test_a_created_upload_has_the_record_and_the_form() -> None:
    answer = response.upload_created(view(), PresignedPost("https://bucket.test", {"key": "a"}))

    assert (answer.status_code, answer.headers["Location"]) == (201, f"images/{RECORD.id}")
    assert (answer.body["id"], answer.body["url"], answer.body["fields"]) == (
        RECORD.id,
        "https://bucket.test",
        {"key": "a"},
    )


def test_the_token_of_a_page_is_read_as_the_position_of_the_next() -> None:
    body = response.images([view(), view()], POSITION).body

    assert len(body["items"]) == 2
    assert read_page(request({"next_token": [body["next_token"]]})).before == POSITION
    assert response.images([], None).body == {"items": [], "next_token": None}


def test_a_page_of_dogs_has_every_field_of_each_upload() -> None:
    [item] = response.dogs([DOG], None).body["items"]
    assert item == vars(DOG)


def test_each_finding_is_answered_with_its_summary() -> None:
    [item] = response.findings([Finding(Kind.GPS, "APP1", 12, "a position", allowed=False)]).body["findings"]
    assert (item["kind"], item["summary"], item["allowed"]) == ("gps", "a position", False)


def test_a_redirect_has_the_link_and_no_body() -> None:
    answer = response.see_other("https://link.test")
    assert (answer.status_code, answer.headers["Location"], answer.body) == (303, "https://link.test", "")


def test_an_answer_without_content_has_an_empty_text_and_no_type() -> None:
    answer = response.finish(response.no_content(), request(), ORIGIN)

    assert (answer.status_code, answer.body) == (204, "")
    assert "Content-Type" not in answer.headers


def test_every_answer_has_the_common_headers() -> None:
    answer = response.finish(Response({"status": "ok"}), request(), ORIGIN)

    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert re.fullmatch(r"[0-9a-f-]{36}", str(answer.headers["X-Request-Id"]))


def test_a_problem_gets_the_request_id_and_keeps_its_content_type() -> None:
    answer = response.finish(problem(404, "image_not_found", "It is not there."), request(), ORIGIN)

    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.body["request_id"] == answer.headers["X-Request-Id"]


def test_an_error_that_chalice_wrote_is_answered_as_a_problem() -> None:
    written = Response({"Code": "MethodNotAllowedError", "Message": "Unsupported method: PUT"}, {"Allow": "GET"}, 405)
    answer = response.finish(written, request(), ORIGIN)

    assert (answer.body["code"], answer.headers["Allow"]) == ("method_not_allowed", "GET, OPTIONS")


def test_answers_with_4xx_and_5xx_are_counted_apart(capsys: pytest.CaptureFixture[str]) -> None:
    response.finish(Response({}), request(), ORIGIN)
    assert capsys.readouterr().out == ""

    response.finish(problem(404, "image_not_found", "It is not there."), request(), ORIGIN)
    line = capsys.readouterr().out.replace(" ", "")
    assert "ApiFaults" not in line
    assert '"ApiRejections":1' in line
    assert '"reason":"image_not_found"' in line

    response.finish(problem(500, "backend_unavailable", "S3 did not answer."), request(), ORIGIN)
    line = capsys.readouterr().out.replace(" ", "")
    assert "ApiRejections" not in line
    assert '"ApiFaults":1' in line
    assert '"reason":"backend_unavailable"' in line


def test_cors_allows_the_headers_that_a_page_needs() -> None:
    headers = response.cors(ORIGIN).get_access_control_headers()

    assert {"Prefer", "Idempotency-Key"} <= set(headers["Access-Control-Allow-Headers"].split(","))
    assert headers["Access-Control-Max-Age"] == "600"
    assert {"Location", "X-Request-Id", "Retry-After"} <= set(headers["Access-Control-Expose-Headers"].split(","))
