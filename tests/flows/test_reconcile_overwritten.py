"""How the reconciliation ends images whose photos were overwritten in S3."""

from dataclasses import replace

import pytest

from chalicelib.backends import Backends
from chalicelib.errors import BackendUnavailable
from chalicelib.flows import reconcile, resize
from chalicelib.flows.reconcile import Outcome
from chalicelib.records import Status
from tests import stage
from tests.conftest import Clock
from tests.flows.deliveries import put_and_resize, put_and_sanitize, s3_record
from tests.flows.photos import photo, photo_with_metadata

QUARTER, DAY = 901, 86400


def run(backends: Backends) -> Outcome:
    return reconcile.handle(backends, lambda: 900_000)


def test_an_overwritten_landing_photo_ends_when_its_versions_do(backends: Backends, clock: Clock) -> None:
    first = put_and_sanitize(backends, "a.jpg", photo_with_metadata())
    clock.advance(1)
    second = put_and_sanitize(backends, "a.jpg", photo_with_metadata(3))
    clock.advance(backends.settings.old_version_days * DAY)

    outcome = run(backends)

    assert (outcome.overwritten, outcome.unused) == (1, 0)
    ended = backends.catalog.get(first.id)
    assert (ended.status, ended.variants, ended.removing, ended.due_at) == (Status.EXPIRED, {}, {}, None)
    assert backends.catalog.get(second.id) == second
    for bucket in (backends.settings.landing_bucket, backends.settings.destination_bucket):
        assert len(stage.versions(bucket)) == 1


def test_an_overwritten_photo_under_uploads_loses_only_its_original(backends: Backends, clock: Clock) -> None:
    first = put_and_resize(backends, "uploads/a.jpg", photo())
    put_and_resize(backends, "uploads/a.jpg", photo(colour="red"))
    clock.advance(backends.settings.old_version_days * DAY)

    run(backends)

    record = backends.catalog.get(first.id)
    assert (record.status, set(record.variants), record.due_at) == (Status.COMPLETED, {"processed", "resized"}, None)


def test_the_end_of_a_record_from_before_versions_leaves_the_newer_photo(backends: Backends, clock: Clock) -> None:
    first = put_and_sanitize(backends, "a.jpg", photo_with_metadata())
    variants = {name: replace(each, version_id="") for name, each in first.variants.items()}
    backends.catalog.update(replace(first, variants=variants, source_object=None))
    clock.advance(1)
    second = put_and_sanitize(backends, "a.jpg", photo_with_metadata(3))
    clock.advance(backends.settings.old_version_days * DAY)

    run(backends)

    assert backends.catalog.get(first.id).status is Status.EXPIRED
    for name, bucket in (
        ("original", backends.settings.landing_bucket),
        ("sanitized", backends.settings.destination_bucket),
    ):
        assert stage.versions(bucket) == [("a.jpg", second.variants[name].version_id)]


def test_an_overwritten_photo_whose_attempts_failed_can_be_replayed(backends: Backends, clock: Clock) -> None:
    """The reconciliation deletes what the attempts have left, but not the photo."""
    bucket = backends.settings.images_bucket
    stage.put(bucket, "uploads/a.jpg", photo())
    event = s3_record(bucket, "uploads/a.jpg")
    stage.put(bucket, "uploads/a.jpg", photo(colour="red"))
    failing = stage.with_failures(backends, storage={"get": 3})
    for _ in range(3):
        with pytest.raises(BackendUnavailable):
            resize.handle(failing, event, "delivery")
    for _ in range(2):
        clock.advance(QUARTER)
        run(backends)

    resize.handle(backends, event, "replayed")

    (record,) = backends.catalog.newest(["system"], 2, None, None)[0]
    assert (record.status, bool(record.superseded_at)) == (Status.COMPLETED, True)
