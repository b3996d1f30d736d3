"""In a bucket with versioning every version is deleted, and no deleted photo can be read again."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from chalicelib.aws.storage import Storage, StoredVersion
from chalicelib.backends import Backends
from chalicelib.flows import cleanup, sanitize
from chalicelib.records import ImageRecord, Status
from chalicelib.settings import CleanupMode
from tests import stage
from tests.flows.cleanup.cleaning import OnePerPage, days_later, enough_time, put_photo, versions_in, with_cleanup
from tests.flows.deliveries import s3_record
from tests.flows.photos import photo


@dataclass
class NotesReadable:
    """Storage that notes after each deletion whether a key can be read. It does not delete the versions of `keeps`."""

    inner: Storage
    key: str
    keeps: str = ""
    readable: list[bool] = field(default_factory=list)

    def delete_versions(self, bucket: str, versions: Sequence[StoredVersion]) -> list[StoredVersion]:
        kept = [each for each in versions if each.key == self.keeps and each.etag]
        chosen = [each for each in versions if each not in kept]
        kept += self.inner.delete_versions(bucket, chosen) if chosen else []
        self.readable.append(self.inner.exists(bucket, self.key))
        return kept

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@dataclass
class ListsFixed:
    """Storage that lists fixed versions."""

    inner: Storage
    listed: list[StoredVersion]

    def versions(self, _bucket: str, prefix: str = "") -> list[list[StoredVersion]]:
        return [[each for each in self.listed if each.key.startswith(prefix)]]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@pytest.fixture
def versioned(backends: Backends) -> Backends:
    """Return backends with versioning and the mode `everything`."""
    backends = with_cleanup(backends)
    for bucket in (backends.settings.images_bucket, backends.settings.landing_bucket):
        stage.s3().put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return backends


def put_and_delete(backends: Backends, key: str = "uploads/a.jpg") -> ImageRecord:
    """Put a photo into the images bucket, and delete it by a delete marker, as a lifecycle rule does."""
    image = put_photo(backends, key)
    stage.s3().delete_object(Bucket=backends.settings.images_bucket, Key=key)
    return image


def sanitize_and_delete(backends: Backends, key: str = "a.jpg") -> ImageRecord:
    """Sanitize a photo, and delete its original by a delete marker."""
    bucket = backends.settings.landing_bucket
    stage.put(bucket, key, photo())
    sanitize.handle(backends, s3_record(bucket, key), "delivery")
    stage.s3().delete_object(Bucket=bucket, Key=key)
    return backends.catalog.newest_from(["system"], key)


def test_all_versions_and_delete_markers_are_deleted(versioned: Backends) -> None:
    bucket = versioned.settings.images_bucket
    put_photo(versioned, "uploads/a.jpg")
    stage.put(bucket, "uploads/a.jpg", b"another")
    stage.s3().delete_object(Bucket=bucket, Key="uploads/a.jpg")
    assert len(versions_in(versioned)) == 5

    assert cleanup.handle(versioned, enough_time).deleted == 5
    assert versions_in(versioned) == []


@pytest.mark.parametrize("paged", [True, False])
def test_a_deleted_photo_can_never_be_read_again(versioned: Backends, *, paged: bool) -> None:
    put_and_delete(versioned)
    watched: Any = NotesReadable(versioned.storage, "uploads/a.jpg")
    storage: Any = OnePerPage(watched) if paged else watched

    cleanup.handle(replace(versioned, storage=storage), enough_time)

    assert len(watched.readable) > 1
    assert not any(watched.readable)
    assert versions_in(versioned) == []


def test_a_deleted_photo_cannot_be_read_again_when_time_is_short(versioned: Backends) -> None:
    put_and_delete(versioned)
    watched: Any = NotesReadable(versioned.storage, "uploads/a.jpg")
    storage: Any = OnePerPage(watched)

    cleanup.handle(replace(versioned, storage=storage), lambda: 30_000)

    assert not any(watched.readable)
    assert versions_in(versioned) == []


def test_a_delete_marker_stays_if_a_version_cannot_be_deleted(versioned: Backends) -> None:
    stage.Inbox(versioned.settings.alarms_topic)
    put_and_delete(versioned)
    watched: Any = NotesReadable(versioned.storage, "uploads/a.jpg", keeps="uploads/a.jpg")

    outcome = cleanup.handle(replace(versioned, storage=watched), enough_time)

    assert (outcome.failed, outcome.not_reached, any(watched.readable)) == (1, 1, False)
    assert [bool(each.etag) for each in versions_in(versioned)] == [True, False]


@pytest.mark.parametrize("paged", [True, False])
def test_a_record_loses_an_original_that_a_lifecycle_rule_deleted(versioned: Backends, *, paged: bool) -> None:
    backends = with_cleanup(versioned, mode=CleanupMode.EXPIRED, max_age_days=2, until=None, targets=("landing",))
    image = sanitize_and_delete(backends)
    assert set(image.variants) == {"original", "sanitized"}
    storage: Any = OnePerPage(backends.storage) if paged else backends.storage

    cleanup.handle(days_later(replace(backends, storage=storage), 3), enough_time)

    assert set(backends.catalog.get(image.id).variants) == {"sanitized"}
    assert backends.catalog.get(image.id).status is Status.COMPLETED
    assert versions_in(backends, backends.settings.landing_bucket) == []


def test_the_record_of_a_deleted_photo_expires_before_its_versions_are_due(versioned: Backends) -> None:
    backends = with_cleanup(versioned, mode=CleanupMode.EXPIRED, max_age_days=30, until=None)
    bucket = backends.settings.images_bucket
    image = put_photo(backends, "uploads/a.jpg")
    for variant in image.variants.values():
        stage.s3().delete_object(Bucket=bucket, Key=variant.key)

    assert cleanup.handle(backends, enough_time, dry_run=True).deleted == 0
    assert backends.catalog.get(image.id) == image
    assert cleanup.handle(backends, enough_time).deleted == 0
    assert backends.catalog.get(image.id).status is Status.EXPIRED
    assert len(versions_in(backends)) == 2 * len(image.variants)


def test_an_older_version_below_a_photo_expires_no_record(versioned: Backends) -> None:
    backends = with_cleanup(versioned, mode=CleanupMode.EXPIRED, max_age_days=2, until=None, targets=("images",))
    bucket, key = backends.settings.images_bucket, "uploads/a.jpg"
    stage.put(bucket, key, b"an older version")
    image = put_photo(backends, key)
    old = [replace(each, last_modified=each.last_modified.replace(year=2020)) for each in versions_in(backends)]
    listing: Any = ListsFixed(backends.storage, [each for each in old if not each.latest])

    outcome = cleanup.handle(replace(backends, storage=listing), enough_time)

    assert outcome.deleted == 1
    assert backends.catalog.get(image.id) == image
