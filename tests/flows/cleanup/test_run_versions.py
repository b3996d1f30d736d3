"""Buckets that keep versions: everything goes, nothing that was deleted comes back, and no record is forgotten."""

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
from tests.flows.cleanup.cleaning import OnePerPage, after, everything_left, plenty, put_by_hand, with_cleanup
from tests.flows.photos import photo


@dataclass
class Watched:
    """Storage that notes what is there for who asks for a key, after each deletion; it may keep one key's versions."""

    inner: Storage
    key: str
    keeps: str = ""
    back: list[bool] = field(default_factory=list)

    def delete_versions(self, bucket: str, versions: Sequence[StoredVersion]) -> list[StoredVersion]:
        kept = [each for each in versions if each.key == self.keeps and each.etag]
        chosen = [each for each in versions if each not in kept]
        kept += self.inner.delete_versions(bucket, chosen) if chosen else []
        self.back.append(self.inner.exists(bucket, self.key))
        return kept

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@dataclass
class Listed:
    """Storage that lists what it is told."""

    inner: Storage
    listed: list[StoredVersion]

    def versions(self, _bucket: str, prefix: str = "") -> list[list[StoredVersion]]:
        return [[each for each in self.listed if each.key.startswith(prefix)]]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@pytest.fixture
def versioned(backends: Backends) -> Backends:
    """Give a stage that keeps versions and is emptied."""
    backends = with_cleanup(backends)
    for bucket in (backends.settings.images_bucket, backends.settings.landing_bucket):
        stage.s3().put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return backends


def covered(backends: Backends, key: str = "uploads/a.jpg") -> ImageRecord:
    """Drop a photo, and delete it as S3's lifecycle and people do: by a marker."""
    image = put_by_hand(backends, key)
    stage.s3().delete_object(Bucket=backends.settings.images_bucket, Key=key)
    return image


def landed_and_covered(backends: Backends, key: str = "a.jpg") -> ImageRecord:
    """Land a photo, and let the lifecycle end its original."""
    bucket = backends.settings.landing_bucket
    stage.put(bucket, key, photo())
    sanitize.handle(backends, bucket, key, "delivery")
    stage.s3().delete_object(Bucket=bucket, Key=key)
    return backends.catalog.newest_from(["system"], key)


def test_versions_and_delete_markers_go_as_well(versioned: Backends) -> None:
    bucket = versioned.settings.images_bucket
    put_by_hand(versioned, "uploads/a.jpg")
    stage.put(bucket, "uploads/a.jpg", b"another")
    stage.s3().delete_object(Bucket=bucket, Key="uploads/a.jpg")
    assert len(everything_left(versioned)) == 5

    assert cleanup.handle(versioned, plenty).deleted == 5
    assert everything_left(versioned) == []


@pytest.mark.parametrize("paged", [True, False])
def test_a_deleted_photo_is_never_there_again(versioned: Backends, *, paged: bool) -> None:
    covered(versioned)
    watched: Any = Watched(versioned.storage, "uploads/a.jpg")
    storage: Any = OnePerPage(watched) if paged else watched

    cleanup.handle(replace(versioned, storage=storage), plenty)

    assert len(watched.back) > 1
    assert not any(watched.back)
    assert everything_left(versioned) == []


def test_nor_when_time_is_short_and_each_page_goes_by_itself(versioned: Backends) -> None:
    covered(versioned)
    watched: Any = Watched(versioned.storage, "uploads/a.jpg")
    storage: Any = OnePerPage(watched)

    cleanup.handle(replace(versioned, storage=storage), lambda: 30_000)

    assert not any(watched.back)
    assert everything_left(versioned) == []


def test_a_marker_stays_over_a_version_that_s3_keeps(versioned: Backends) -> None:
    stage.Inbox(versioned.settings.alarms_topic)
    covered(versioned)
    watched: Any = Watched(versioned.storage, "uploads/a.jpg", keeps="uploads/a.jpg")

    outcome = cleanup.handle(replace(versioned, storage=watched), plenty)

    assert (outcome.failed, outcome.not_reached, any(watched.back)) == (1, 1, False)
    assert [bool(each.etag) for each in everything_left(versioned)] == [True, False]


@pytest.mark.parametrize("paged", [True, False])
def test_the_record_of_an_original_that_the_lifecycle_ended_follows(versioned: Backends, *, paged: bool) -> None:
    backends = with_cleanup(versioned, mode=CleanupMode.EXPIRED, max_age_days=2, until=None, targets=("landing",))
    image = landed_and_covered(backends)
    assert set(image.variants) == {"original", "sanitized"}
    storage: Any = OnePerPage(backends.storage) if paged else backends.storage

    cleanup.handle(after(replace(backends, storage=storage), 3), plenty)

    assert set(backends.catalog.get(image.id).variants) == {"sanitized"}
    assert backends.catalog.get(image.id).status is Status.COMPLETED
    assert everything_left(backends, backends.settings.landing_bucket) == []


def test_the_record_of_a_photo_that_was_deleted_by_hand_follows_before_its_time(versioned: Backends) -> None:
    backends = with_cleanup(versioned, mode=CleanupMode.EXPIRED, max_age_days=30, until=None)
    bucket = backends.settings.images_bucket
    image = put_by_hand(backends, "uploads/a.jpg")
    for variant in image.variants.values():
        stage.s3().delete_object(Bucket=bucket, Key=variant.key)

    assert cleanup.handle(backends, plenty, dry_run=True).deleted == 0
    assert backends.catalog.get(image.id) == image
    assert cleanup.handle(backends, plenty).deleted == 0
    assert backends.catalog.get(image.id).status is Status.EXPIRED
    assert len(everything_left(backends)) == 2 * len(image.variants)


def test_a_version_below_another_photo_takes_no_record_along(versioned: Backends) -> None:
    backends = with_cleanup(versioned, mode=CleanupMode.EXPIRED, max_age_days=2, until=None, targets=("images",))
    bucket, key = backends.settings.images_bucket, "uploads/a.jpg"
    stage.put(bucket, key, b"an earlier one")
    image = put_by_hand(backends, key)
    old = [replace(each, last_modified=each.last_modified.replace(year=2020)) for each in everything_left(backends)]
    listing: Any = Listed(backends.storage, [each for each in old if not each.latest])

    outcome = cleanup.handle(replace(backends, storage=listing), plenty)

    assert outcome.deleted == 1
    assert backends.catalog.get(image.id) == image
