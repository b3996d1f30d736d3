"""A bucket is cleaned page by page until the time is short. Objects that the settings protect are kept."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.aws.storage import StoredVersion
from chalicelib.backends import Backends
from chalicelib.flows import cleanup
from chalicelib.flows.cleanup.bucket import BucketCleaner, Outcome, is_due
from chalicelib.records import Status
from chalicelib.settings import CleanupMode, Settings
from tests import stage
from tests.flows.cleanup.cleaning import OnePerPage, days_later, enough_time, post_photo, versions_in, with_cleanup

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


def clean(backends: Backends, remaining: Callable[[], int] = enough_time, *, dry_run: bool = False) -> Outcome:
    """Clean the images bucket only."""
    outcome = Outcome("everything", dry_run)
    bucket = backends.settings.images_bucket
    BucketCleaner(backends, bucket, "0123456789abcdef", outcome, remaining, lambda: "").run()
    return outcome


@pytest.mark.parametrize(
    ("mode", "key", "age", "due"),
    [
        (CleanupMode.EXPIRED, "a.jpg", timedelta(days=2, seconds=1), True),
        (CleanupMode.EXPIRED, "a.jpg", timedelta(days=2), False),
        (CleanupMode.EXPIRED, "kept/a.png", timedelta(days=900), False),
        (CleanupMode.EXPIRED, "uploads/fonts/a.png", timedelta(days=900), True),
        (CleanupMode.EVERYTHING, "a.jpg", timedelta(0), True),
        (CleanupMode.EVERYTHING, "kept/a.png", timedelta(days=900), False),
    ],
)
def test_age_and_prefix_decide_what_is_due(
    settings: Settings, mode: CleanupMode, key: str, age: timedelta, *, due: bool
) -> None:
    chosen = replace(settings.cleanup, mode=mode, max_age_days=2, keep=("html/", "kept/"))
    version = StoredVersion(key, "v1", NOW - age, latest=True, etag="e")

    assert is_due(settings.images_bucket, version, replace(settings, cleanup=chosen), NOW) is due


@pytest.mark.parametrize("key", ["fonts/NotoSansJP-Regular.otf", "logos/a.png"])
def test_what_people_bring_to_the_images_bucket_stays_without_a_setting(backends: Backends, key: str) -> None:
    backends = with_cleanup(backends)
    settings = backends.settings
    for data in (b"old", b"new"):
        stage.put(settings.images_bucket, key, data)
        stage.put(settings.landing_bucket, key, data)

    outcome = cleanup.handle(backends, enough_time)

    assert (outcome.kept, outcome.deleted) == (2, 2)
    assert len(versions_in(backends)) == 2
    assert versions_in(backends, settings.landing_bucket) == []


def test_versions_are_counted_with_their_bytes(backends: Backends) -> None:
    backends = with_cleanup(backends, keep=("html/",))
    for key, data in (("uploads/a.jpg", b"12345"), ("uploads/b.jpg", b"1"), ("html/pug.jpg", b"123")):
        stage.put(backends.settings.images_bucket, key, data)

    counted = clean(backends, dry_run=True)
    assert len(versions_in(backends)) == 3
    assert replace(clean(backends), dry_run=True) == counted

    assert (counted.scanned, counted.deleted, counted.kept, counted.bytes) == (3, 2, 1, 6)
    assert stage.keys(backends.settings.images_bucket) == ["cleanup/0123456789abcdef.json", "html/pug.jpg"]


def test_a_run_stops_before_lambda_ends_it_and_the_next_run_continues(backends: Backends) -> None:
    backends = with_cleanup(backends)
    post_photo(backends)
    stopped = cleanup.handle(backends, lambda: 29_999)
    first = versions_in(backends)[0].key
    assert (stopped.finished, stopped.stopped_at) == (False, f"s3://{backends.settings.images_bucket}/{first}")
    assert len(versions_in(backends)) == 2
    assert cleanup.handle(backends, lambda: 30_000).finished is True
    assert versions_in(backends) == []


def test_partial_batches_are_deleted_when_time_is_short(backends: Backends) -> None:
    backends = with_cleanup(backends, mode=CleanupMode.EXPIRED, max_age_days=2, until=None)
    records = [post_photo(backends) for _ in range(3)]
    paged: Any = OnePerPage(backends.storage)
    times = iter([900_000, 900_000, 44_999, 44_999, 30_000, 30_000, 29_999])

    outcome = cleanup.handle(days_later(replace(backends, storage=paged), 3), lambda: next(times))

    assert (outcome.scanned, outcome.deleted, outcome.not_reached, outcome.finished) == (3, 3, 0, False)
    assert outcome.stopped_at == f"s3://{backends.settings.images_bucket}/{versions_in(backends)[0].key}"
    assert [backends.catalog.get(image.id).status for image in records].count(Status.EXPIRED) == 3


def test_a_run_in_progress_stops_at_cleanup_until(backends: Backends, caplog: pytest.LogCaptureFixture) -> None:
    began, ticks = datetime.now(UTC), itertools.count()
    backends = with_cleanup(backends, until=began + timedelta(minutes=1))
    for _ in range(2):
        post_photo(backends)
    ticking = replace(backends, now=lambda: began + timedelta(seconds=20 * next(ticks)))
    paged: Any = OnePerPage(backends.storage)

    outcome = cleanup.handle(replace(ticking, storage=paged), enough_time)

    assert "is past" in outcome.blocked_reason
    assert (outcome.finished, outcome.deleted, outcome.scanned, outcome.not_reached) == (False, 0, 1, 1)
    assert len(versions_in(backends)) == 4
    assert vars(caplog.records[-1])["not_reached"] == 1


def test_an_object_is_a_journal_only_by_its_name_and_in_the_images_bucket(backends: Backends) -> None:
    backends = with_cleanup(backends)
    stage.put(backends.settings.landing_bucket, "cleanup/0123456789abcdef.json", b"x")
    stage.put(backends.settings.images_bucket, "cleanup/a.jpg", b"x")
    assert cleanup.handle(backends, enough_time).deleted == 2
    assert versions_in(backends) == versions_in(backends, backends.settings.landing_bucket) == []
