"""What a journal says of a version decides which record loses it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.aws.storage import StoredVersion
from chalicelib.backends import Backends
from chalicelib.dog_records import DogUpload
from chalicelib.flows.cleanup import delete
from chalicelib.flows.cleanup.records import DeletedObject
from tests import stage
from tests.flows.cleanup.cleaning import put_photo, versions_in
from tests.flows.cleanup.test_delete import JOURNAL


def journal(backends: Backends, *entries: list[object]) -> None:
    text = json.dumps({"bucket": backends.settings.images_bucket, "objects": entries})
    stage.put(backends.settings.images_bucket, JOURNAL, text.encode())


def test_a_photo_that_a_person_put_is_found_by_its_key_and_etag(backends: Backends) -> None:
    image = put_photo(backends, "uploads/a.jpg")
    original = image.variants["original"]
    backends.storage.delete_objects(original.bucket, [(original.key, original.version_id)])
    journal(backends, [original.key, original.etag, original.version_id, True])

    assert delete.recover(backends) == 0

    assert set(backends.catalog.get(image.id).variants) == {"processed", "resized"}


@pytest.mark.parametrize("latest", [True, False])
def test_a_dog_row_expires_only_with_the_latest_version_of_its_picture(backends: Backends, latest: bool) -> None:
    row = DogUpload("html/pug.jpg", "https://example.test/1", "2026-03-01T12:00:00.000Z", "jpeg", alert_triggered=False)
    backends.dogs.record(row, "run")
    journal(backends, [row.image_name, "etag", "gone", latest])

    delete.recover(backends)

    found = backends.dogs.find(row.image_name)
    assert found
    assert found.expired == latest


def test_every_journal_that_cannot_be_read_is_counted(backends: Backends) -> None:
    for number in range(3):
        stage.put(backends.settings.images_bucket, f"cleanup/{number:016x}.json", b"not JSON")

    assert delete.recover(backends) == 3


@pytest.mark.parametrize(
    ("is_latest", "is_key_deleted", "latest"), [(True, False, True), (False, True, True), (False, False, False)]
)
def test_a_version_below_a_delete_marker_counts_as_the_latest(
    is_latest: bool, is_key_deleted: bool, latest: bool
) -> None:
    version = StoredVersion("a", "v1", datetime.now(UTC), is_latest, etag="e", key_deleted=is_key_deleted)

    assert delete.describe(version) == DeletedObject("a", "e", "v1", latest)


@pytest.mark.parametrize(("seconds", "left"), [(0, 1), (1, 0)])
def test_a_journal_of_a_run_that_may_be_in_progress_stays_for_15_minutes(
    backends: Backends, seconds: int, left: int
) -> None:
    bucket = backends.settings.images_bucket
    kept = stage.put(bucket, "processed/a.png", b"not deleted yet")
    journal(backends, [kept.key, kept.etag, kept.version_id, True])
    (written,) = [each for each in versions_in(backends) if each.key == JOURNAL]
    later = written.last_modified.astimezone(UTC) + timedelta(minutes=15, seconds=seconds)

    delete.recover(replace(backends, now=lambda: datetime.fromtimestamp(later.timestamp(), UTC)))

    assert [each.key for each in versions_in(backends)].count(JOURNAL) == left
