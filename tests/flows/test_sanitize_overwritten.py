"""Two photos under one landing key: each keeps its own output, and the newer one is the current one."""

from dataclasses import replace
from typing import Any, cast

import pytest

from chalicelib.aws.catalog import Catalog
from chalicelib.aws.storage import StoredObject
from chalicelib.backends import Backends
from chalicelib.errors import BackendUnavailable
from chalicelib.flows import images, sanitize
from chalicelib.records import ImageRecord, Status
from tests import stage
from tests.flows.deliveries import put_and_sanitize, s3_record
from tests.flows.photos import opened, photo_with_metadata

KEY = "2026/beach (1).jpg"


def _records(backends: Backends) -> list[ImageRecord]:
    return backends.catalog.newest(["system"], 10, None, None)[0]


def test_a_photo_that_is_overwritten_meanwhile_does_not_hide_the_newer_output(backends: Backends) -> None:
    newer = photo_with_metadata(orientation=3)

    class OverwritesAfterRead:
        """Storage that overwrites the object by the newer photo just after it is read."""

        def get(self, bucket: str, key: str, limit: int, version_id: str) -> StoredObject:
            stored = backends.storage.get(bucket, key, limit, version_id)
            put_and_sanitize(backends, key, newer, "of the newer photo")
            return stored

        def __getattr__(self, name: str) -> object:
            return getattr(backends.storage, name)

    storage: Any = OverwritesAfterRead()
    stage.put(backends.settings.landing_bucket, KEY, photo_with_metadata())
    event = s3_record(backends.settings.landing_bucket, KEY)
    sanitize.handle(replace(backends, storage=storage), event, "delivery")

    assert opened(stage.read(backends.settings.destination_bucket, KEY)).getexif().get(0x0112) == 3
    (older,) = (record for record in _records(backends) if record.superseded_at)
    own_key = f"uploads/{older.id}/original"
    assert (older.status, older.variants["sanitized"].key) == (Status.COMPLETED, own_key)
    assert opened(stage.read(backends.settings.destination_bucket, own_key)).getexif().get(0x0112) == 6
    assert len(stage.versions(backends.settings.destination_bucket)) == 2


def test_an_event_that_comes_after_that_of_a_newer_photo_keeps_the_newer_output(backends: Backends) -> None:
    landing = backends.settings.landing_bucket
    stage.put(landing, KEY, photo_with_metadata())
    older = s3_record(landing, KEY)
    put_and_sanitize(backends, KEY, photo_with_metadata(orientation=3))

    sanitize.handle(backends, older, "late delivery")

    assert opened(stage.read(backends.settings.destination_bucket, KEY)).getexif().get(0x0112) == 3
    assert {record.status for record in _records(backends)} == {Status.COMPLETED}


def test_an_earlier_photo_that_is_put_again_is_published_again(backends: Backends) -> None:
    for number, orientation in enumerate((6, 3, 6)):
        put_and_sanitize(backends, KEY, photo_with_metadata(orientation), f"delivery {number}")

    assert opened(stage.read(backends.settings.destination_bucket, KEY)).getexif().get(0x0112) == 6
    superseded = {bool(record.superseded_at) for record in _records(backends)}
    assert (len(_records(backends)), superseded) == (2, {False, True})


def test_deleting_one_of_two_photos_of_a_key_leaves_the_other(backends: Backends) -> None:
    first = put_and_sanitize(backends, KEY, photo_with_metadata())
    put_and_sanitize(backends, KEY, photo_with_metadata(orientation=3))
    second = next(record for record in _records(backends) if record.id != first.id)

    images.delete(backends, "system", first.id)

    sanitized = backends.catalog.get(second.id).variants["sanitized"]
    assert stage.versions(backends.settings.destination_bucket) == [(KEY, sanitized.version_id)]
    assert len(stage.versions(backends.settings.landing_bucket)) == 1


def test_only_the_scrubbed_version_of_an_original_is_deleted(backends: Backends) -> None:
    """A photo that lands just before the deletion must not be deleted unscrubbed."""
    landing, newer = backends.settings.landing_bucket, photo_with_metadata(orientation=3)
    not_keeping = replace(backends.settings, landing_keep=False)

    class LandsBeforeDeletion:
        """Storage in which another photo lands just before objects are deleted."""

        def delete_objects(self, bucket: str, objects: Any) -> None:
            stage.put(landing, KEY, newer)
            backends.storage.delete_objects(bucket, objects)

        def __getattr__(self, name: str) -> object:
            return getattr(backends.storage, name)

    storage: Any = LandsBeforeDeletion()
    stage.put(landing, KEY, photo_with_metadata())
    event = s3_record(landing, KEY)
    sanitize.handle(replace(backends, storage=storage, settings=not_keeping), event, "delivery")

    assert stage.read(landing, KEY) == newer
    assert len(stage.versions(landing)) == 1


@pytest.mark.parametrize("failing", [{"delete_objects": 1}, {}], ids=["deletion", "last write"])
def test_the_end_of_an_original_is_repeated_until_it_is_done(backends: Backends, failing: dict[str, int]) -> None:
    not_keeping = replace(backends, settings=replace(backends.settings, landing_keep=False))
    stage.put(backends.settings.landing_bucket, KEY, photo_with_metadata())
    event = s3_record(backends.settings.landing_bucket, KEY)
    catalog = {} if failing else {"update": 1}

    with pytest.raises(BackendUnavailable):
        sanitize.handle(stage.with_failures(not_keeping, storage=failing, catalog=catalog), event, "delivery")
    sanitize.handle(not_keeping, event, "delivery")

    assert stage.versions(backends.settings.landing_bucket) == []
    (record,) = _records(backends)
    assert (record.status, record.removing, record.due_at) == (Status.COMPLETED, {}, None)


@pytest.mark.parametrize("read_first", [0, 1])
def test_a_photo_that_was_put_twice_is_deleted_twice(backends: Backends, read_first: int) -> None:
    """The other event comes while the first one is handled."""
    landing = backends.settings.landing_bucket
    events = []
    for _ in range(2):
        stage.put(landing, KEY, photo_with_metadata())
        events.append(s3_record(landing, KEY))
    not_keeping = replace(backends, settings=replace(backends.settings, landing_keep=False))

    class HandlesOtherEventBeforeRead:
        """Storage in which the other event is handled just before the photo is read."""

        def get(self, *args: Any) -> StoredObject:
            sanitize.handle(not_keeping, events[1 - read_first], "delivery of the other event")
            return backends.storage.get(*args)

        def __getattr__(self, name: str) -> object:
            return getattr(backends.storage, name)

    storage: Any = HandlesOtherEventBeforeRead()
    sanitize.handle(replace(not_keeping, storage=storage), events[read_first], "delivery")

    assert stage.versions(landing) == []
    assert [(each.status, each.removing) for each in _records(backends)] == [(Status.COMPLETED, {})]


def test_the_same_photo_put_again_is_deleted_again(backends: Backends) -> None:
    not_keeping = replace(backends, settings=replace(backends.settings, landing_keep=False))
    for number in range(2):
        put_and_sanitize(not_keeping, KEY, photo_with_metadata(), f"delivery {number}")

    assert stage.versions(backends.settings.landing_bucket) == []
    assert [record.status for record in _records(backends)] == [Status.COMPLETED]


@pytest.mark.parametrize("order", ["0 1", "1 0", "0 1 2", "0 2 1", "1 0 2", "1 2 0", "2 0 1", "2 1 0"])
def test_without_originals_the_newest_photo_is_shown_in_whatever_order_the_events_come(
    backends: Backends, order: str
) -> None:
    """The third photo is the first one again. The versions in landing are deleted, so they do not tell the order."""
    not_keeping = replace(backends, settings=replace(backends.settings, landing_keep=False))
    delivered = [int(each) for each in order.split()]
    orientations = [6, 3, 6][: len(delivered)]
    events = []
    for orientation in orientations:
        stage.put(backends.settings.landing_bucket, KEY, photo_with_metadata(orientation))
        events.append(s3_record(backends.settings.landing_bucket, KEY))

    for each in delivered:
        sanitize.handle(not_keeping, events[each], f"delivery {each}")

    newest = orientations[-1]
    assert opened(stage.read(backends.settings.destination_bucket, KEY)).getexif().get(0x0112) == newest
    ended = {_orientation(record): bool(record.superseded_at) for record in _records(backends)}
    assert ended == {newest: False, 9 - newest: True}
    assert stage.versions(backends.settings.landing_bucket) == []


def _put(backends: Backends, orientation: int) -> dict[str, Any]:
    stage.put(backends.settings.landing_bucket, KEY, photo_with_metadata(orientation))
    return s3_record(backends.settings.landing_bucket, KEY)


def test_photos_below_the_output_of_an_attempt_that_failed_are_marked(backends: Backends) -> None:
    not_keeping = replace(backends, settings=replace(backends.settings, landing_keep=False))
    sanitize.handle(not_keeping, _put(backends, 6), "oldest")
    second, catalog = _put(backends, 3), _FailsAtSecondRead(backends.catalog)
    with pytest.raises(BackendUnavailable):
        sanitize.handle(replace(not_keeping, catalog=cast("Catalog", catalog)), second, "delivery that fails")
    sanitize.handle(not_keeping, _put(backends, 8), "newest")

    sanitize.handle(not_keeping, second, "delivery that fails")

    ended = {_orientation(record): bool(record.superseded_at) for record in _records(backends)}
    assert ended == {6: True, 3: True, 8: False}


class _FailsAtSecondRead:
    """A catalog that fails when the record of the output below is read."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog, self._reads = catalog, 0

    def find(self, image_id: str) -> ImageRecord | None:
        self._reads += 1
        if self._reads == 2:
            raise BackendUnavailable("DynamoDB is not available.")
        return self._catalog.find(image_id)

    def __getattr__(self, name: str) -> object:
        return getattr(self._catalog, name)


def _orientation(record: ImageRecord) -> int:
    sanitized = record.variants["sanitized"]
    answer = stage.s3().get_object(Bucket=sanitized.bucket, Key=sanitized.key, VersionId=sanitized.version_id)
    return int(opened(answer["Body"].read()).getexif()[0x0112])


def test_a_photo_that_is_overwritten_before_its_event_never_has_the_shared_key(backends: Backends) -> None:
    """Not even until the event of the newer photo: a reader would take it for the output of the newer photo."""
    landing = backends.settings.landing_bucket
    stage.put(landing, KEY, photo_with_metadata())
    older = s3_record(landing, KEY)
    stage.put(landing, KEY, photo_with_metadata(orientation=3))

    sanitize.handle(backends, older, "delivery")

    (record,) = _records(backends)
    assert stage.versions(backends.settings.destination_bucket) == [
        (f"uploads/{record.id}/original", record.variants["sanitized"].version_id)
    ]
