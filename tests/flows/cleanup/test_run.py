"""The clean-up deletes what its settings name, nothing else, and leaves no record that names what is gone."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.aws.dog_uploads import DogUpload
from chalicelib.backends import Backends
from chalicelib.errors import ImageExpired, ImageNotFound
from chalicelib.flows import cleanup, images, resize, sanitize, upload
from chalicelib.flows.accept import Photo
from chalicelib.flows.cleanup import records
from chalicelib.flows.upload import Purpose, UploadRequest
from chalicelib.records import Status
from chalicelib.settings import CleanupMode
from tests import stage
from tests.flows.cleanup.cleaning import OnePerPage, after, everything_left, plenty, posted, put_by_hand, with_cleanup
from tests.flows.photos import photo


def test_everything_empties_the_bucket_and_expires_the_records(backends: Backends) -> None:
    backends = with_cleanup(backends)
    made = [posted(backends), put_by_hand(backends, "uploads/a b.jpg")]
    stage.put(backends.settings.landing_bucket, "left.jpg", b"x")

    outcome = cleanup.handle(backends, plenty)

    assert everything_left(backends) == everything_left(backends, backends.settings.landing_bucket) == []
    assert (outcome.scanned, outcome.deleted, outcome.failed, outcome.finished) == (6, 6, 0, True)
    for image in made:
        assert backends.catalog.get(image.id).status is Status.EXPIRED
        assert backends.catalog.get(image.id).variants == {}
        with pytest.raises(ImageExpired):
            images.content_link(backends, image.owner, image.id, None)


@pytest.mark.parametrize(
    ("stage_name", "until"),
    [("test", None), ("test", timedelta(seconds=-1)), ("prod", timedelta(hours=1))],
)
def test_a_guard_keeps_everything_when_emptying_is_not_allowed(
    backends: Backends,
    stage_name: str,
    until: timedelta | None,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    backends = with_cleanup(backends, until=until and datetime.now(UTC) + until)
    backends = replace(backends, settings=replace(backends.settings, stage=stage_name))
    image = posted(backends)

    outcome = cleanup.handle(backends, plenty)

    assert outcome.blocked_reason
    assert (outcome.scanned, outcome.deleted, len(everything_left(backends))) == (0, 0, 2)
    assert backends.catalog.get(image.id).status is Status.COMPLETED
    assert '"CleanupRefused":[1.0]' in capsys.readouterr().out.replace(" ", "")
    assert [vars(line).get("blocked_reason") for line in caplog.records][-1] == outcome.blocked_reason


def test_off_does_nothing(backends: Backends) -> None:
    backends = with_cleanup(backends, mode=CleanupMode.OFF)
    posted(backends)
    assert cleanup.handle(backends, plenty).scanned == 0
    assert len(everything_left(backends)) == 2


def test_expired_takes_what_is_older_than_its_age_and_nothing_else(backends: Backends) -> None:
    backends = with_cleanup(backends, mode=CleanupMode.EXPIRED, max_age_days=2, until=None)
    image = posted(backends)

    assert cleanup.handle(after(backends, 1.9), plenty).deleted == 0
    assert backends.catalog.get(image.id).status is Status.COMPLETED
    assert cleanup.handle(after(backends, 2.1), plenty).deleted == 2
    assert backends.catalog.get(image.id).status is Status.EXPIRED


def test_a_dry_run_counts_and_deletes_nothing(backends: Backends) -> None:
    backends = with_cleanup(backends)
    image = posted(backends)
    outcome = cleanup.handle(backends, plenty, dry_run=True)
    sizes = sum(version.size for version in everything_left(backends))
    assert (outcome.deleted, outcome.bytes, outcome.dry_run) == (2, sizes, True)
    assert backends.catalog.get(image.id).status is Status.COMPLETED


def test_spared_prefixes_and_buckets_that_are_no_target_stay(backends: Backends) -> None:
    backends = with_cleanup(backends, keep=("processed/",), targets=("images",))
    image = posted(backends)
    stage.put(backends.settings.landing_bucket, "left.jpg", b"x")

    outcome = cleanup.handle(backends, plenty)

    kept = backends.catalog.get(image.id)
    assert (outcome.deleted, outcome.kept) == (1, 1)
    assert (kept.status, set(kept.variants)) == (Status.COMPLETED, {"processed"})
    assert stage.keys(backends.settings.landing_bucket) == ["left.jpg"]


def test_it_stops_before_lambda_would_end_it_and_the_next_run_goes_on(backends: Backends) -> None:
    backends = with_cleanup(backends)
    posted(backends)
    stopped = cleanup.handle(backends, lambda: 29_999)
    first = everything_left(backends)[0].key
    assert (stopped.finished, stopped.stopped_at) == (False, f"s3://{backends.settings.images_bucket}/{first}")
    assert len(everything_left(backends)) == 2
    assert cleanup.handle(backends, lambda: 30_000).finished is True
    assert everything_left(backends) == []


def test_pages_with_little_to_do_are_no_reason_to_go_past_the_end(backends: Backends) -> None:
    backends = with_cleanup(backends, mode=CleanupMode.EXPIRED, max_age_days=2, until=None)
    made = [posted(backends) for _ in range(3)]
    paged: Any = OnePerPage(backends.storage)
    times = iter([900_000, 900_000, 44_999, 44_999, 30_000, 30_000, 29_999])

    outcome = cleanup.handle(after(replace(backends, storage=paged), 3), lambda: next(times))

    assert (outcome.scanned, outcome.deleted, outcome.not_reached, outcome.finished) == (3, 3, 0, False)
    assert outcome.stopped_at == f"s3://{backends.settings.images_bucket}/{everything_left(backends)[0].key}"
    assert [backends.catalog.get(image.id).status for image in made].count(Status.EXPIRED) == 3


def test_a_run_at_work_stops_when_emptying_ends(backends: Backends, caplog: pytest.LogCaptureFixture) -> None:
    began, ticks = datetime.now(UTC), itertools.count()
    backends = with_cleanup(backends, until=began + timedelta(minutes=1))
    for _ in range(2):
        posted(backends)
    ticking = replace(backends, now=lambda: began + timedelta(seconds=20 * next(ticks)))
    paged: Any = OnePerPage(backends.storage)

    outcome = cleanup.handle(replace(ticking, storage=paged), plenty)

    assert "is past" in outcome.blocked_reason
    assert (outcome.finished, outcome.deleted, outcome.scanned, outcome.not_reached) == (False, 0, 1, 1)
    assert len(everything_left(backends)) == 4
    assert vars(caplog.records[-1])["not_reached"] == 1


def test_landing_may_have_a_prefix_of_the_journals_name(backends: Backends) -> None:
    backends = with_cleanup(backends)
    stage.put(backends.settings.landing_bucket, "cleanup/0123456789abcdef.json", b"x")
    stage.put(backends.settings.images_bucket, "cleanup/a.jpg", b"x")
    assert cleanup.handle(backends, plenty).deleted == 2
    assert everything_left(backends) == everything_left(backends, backends.settings.landing_bucket) == []


def test_an_asynchronous_post_that_goes_before_its_event_is_expired(backends: Backends) -> None:
    backends = with_cleanup(backends)
    waiting = upload.receive(backends, Photo(photo(), "ann", asynchronous=True))
    assert waiting.status is Status.PENDING

    cleanup.handle(backends, plenty)

    assert backends.catalog.get(waiting.id).status is Status.EXPIRED
    resize.handle(backends, backends.settings.images_bucket, waiting.source, "late")
    assert backends.catalog.get(waiting.id).status is Status.EXPIRED
    stage.put(backends.settings.images_bucket, waiting.source, photo())
    resize.handle(backends, backends.settings.images_bucket, waiting.source, "again")
    assert backends.catalog.get(waiting.id).status is Status.COMPLETED


@pytest.mark.parametrize("purpose", list(Purpose))
def test_a_ticket_takes_a_good_photo_after_its_bad_one_was_cleaned_away(backends: Backends, purpose: Purpose) -> None:
    backends = with_cleanup(backends)
    ticket, _form = upload.create_upload(backends, UploadRequest("ann", "a.jpg", "image/jpeg", 10, purpose))
    bucket = backends.settings.images_bucket if purpose is Purpose.PROCESS else backends.settings.landing_bucket
    handle = resize.handle if purpose is Purpose.PROCESS else sanitize.handle
    stage.put(bucket, ticket.source, b"no photo")
    handle(backends, bucket, ticket.source, "first")
    assert backends.catalog.get(ticket.id).status is Status.REJECTED
    cleanup.handle(backends, plenty)

    stage.put(bucket, ticket.source, photo())
    handle(backends, bucket, ticket.source, "second")

    assert backends.catalog.get(ticket.id).status is Status.COMPLETED


def test_a_photo_that_is_dropped_again_after_its_time_is_made_anew(backends: Backends) -> None:
    backends = with_cleanup(backends)
    first = put_by_hand(backends, "uploads/a.jpg")
    cleanup.handle(backends, plenty)
    again = put_by_hand(backends, "uploads/a.jpg")
    assert (again.id, again.status) == (first.id, Status.COMPLETED)


def test_an_image_that_is_finished_while_its_objects_go_does_not_come_back(backends: Backends) -> None:
    image = posted(backends)
    under_way = replace(image, status=Status.PROCESSING)
    backends.catalog.replace(under_way)
    keys = [records.DeletedObject(variant.key, "etag") for variant in image.variants.values()]
    records.expire_records(backends, backends.settings.images_bucket, keys)
    with pytest.raises(ImageNotFound):
        backends.catalog.replace(image)
    assert backends.catalog.get(image.id).status is Status.EXPIRED


def test_a_rejected_image_stays_rejected(backends: Backends) -> None:
    backends = with_cleanup(backends)
    stage.put(backends.settings.images_bucket, "uploads/a.txt", b"no photo")
    resize.handle(backends, backends.settings.images_bucket, "uploads/a.txt", "delivery")
    rejected = backends.catalog.newest_from(["system"], "uploads/a.txt")
    cleanup.handle(backends, plenty)
    assert backends.catalog.get(rejected.id) == replace(rejected, variants={})


def test_the_row_of_a_dog_that_is_gone_says_so(backends: Backends) -> None:
    backends = with_cleanup(backends)
    key = "html/pug-1.jpg"
    stage.put(backends.settings.dog_bucket, key, photo())
    backends.dogs.record(DogUpload(key, "https://example.org/1", "2026-03-01T12:00:00.000Z", "jpeg", False), "run")
    cleanup.handle(backends, plenty)
    row = backends.dogs.find(key)
    assert row is not None
    assert row.expired


def test_a_dog_without_a_row_gets_none(backends: Backends) -> None:
    backends = with_cleanup(backends)
    stage.put(backends.settings.dog_bucket, "html/pug-1.jpg", photo())
    cleanup.handle(backends, plenty)
    assert backends.dogs.find("html/pug-1.jpg") is None
