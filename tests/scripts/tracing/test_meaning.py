"""Each state of a photo has words, and says what to do."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.backends import Backends
from chalicelib.records import Attempt, Fault, ImageRecord, Status, Variant
from scripts.replay import DeadLetter
from scripts.tracing.facts import Facts
from scripts.tracing.meaning import explain

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SOON = int(NOW.timestamp()) + 60
ID = "a" * 32
RECORD = ImageRecord(ID, "ann", Status.COMPLETED, "2026-03-01T12:00:00.000Z", attempt=Attempt("one", 1))
LETTER = DeadLetter("darkroom-test-resize_image", {}, "RuntimeError", "r")


def said(backends: Backends, record: ImageRecord | None, key: str = "uploads/a.jpg", **known: Any) -> str:
    bucket = known.pop("bucket", backends.settings.images_bucket)
    facts = Facts(bucket, key, record, known.pop("size", None), known.pop("letters", ()), ())
    return explain(facts, backends.settings, NOW)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "Nothing is wrong"),
        ({"superseded_at": SOON, "due_at": SOON}, "it expires at 2026-03-01 12:01:00 UTC"),
        ({"status": Status.PROCESSING, "writes_until": SOON}, "until 2026-03-01 12:01:00 UTC at the latest"),
        ({"status": Status.PENDING, "upload_until": SOON}, "Nobody has used the form"),
        ({"status": Status.PENDING, "upload_until": SOON - 90}, "was not used in time"),
        (
            {"status": Status.PENDING, "due_at": SOON, "variants": {"original": Variant("b", "k", "", 1)}},
            "its S3 event has not come yet",
        ),
        ({"status": Status.EXPIRED}, "has expired"),
        ({"status": Status.DELETED}, "Somebody has deleted"),
    ],
    ids=str,
)
def test_each_status_is_explained(backends: Backends, changes: dict[str, Any], words: str) -> None:
    assert words in said(backends, replace(RECORD, **changes))


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (Status.REJECTED, "truncated_image", "The photo is at fault"),
        (Status.REJECTED, "bad_option", "An option is wrong"),
        (Status.REJECTED, "object_archived", "Restore it"),
        (Status.FAILED, "attempts_failed", "python -m scripts.replay --stage test"),
        (Status.FAILED, "internal_error", "python -m scripts.replay --stage test"),
    ],
)
def test_each_error_has_advice_and_its_own_detail(backends: Backends, status: Status, code: str, words: str) -> None:
    text = said(backends, replace(RECORD, status=status, error=Fault(code, "The {odd} detail.")))
    assert "The {odd} detail." in text
    assert words in text


@pytest.mark.parametrize(
    ("key", "known", "words"),
    [
        ("", {}, "no image with this id"),
        ("uploads/folder/", {}, "Folders are ignored"),
        ("photos/a.jpg", {}, "only for keys below uploads/"),
        ("a.jpg", {"bucket": "elsewhere"}, "No function listens to the bucket elsewhere"),
        ("uploads/a.jpg", {}, "There is no object under this key"),
        (f"uploads/{ID}/original.jpg", {"size": 1}, "belongs to the API"),
        ("uploads/a.jpg", {"size": 1}, "no function has begun with it"),
    ],
)
def test_without_a_record_the_rule_is_named_that_did_not_match(
    backends: Backends, key: str, known: dict[str, Any], words: str
) -> None:
    assert words in said(backends, None, key, **known)


def test_a_dead_letter_can_be_replayed_unless_the_image_is_completed(backends: Backends) -> None:
    assert "dead-letter queue" in said(backends, None, size=1, letters=(LETTER,))
    assert "dead-letter queue" not in said(backends, RECORD, letters=(LETTER,))
