"""Which photo of a key is the newest, and which ones it has overwritten, in whatever order the events come."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.aws.catalog import Catalog
from chalicelib.aws.storage import StoredObject, StoredVersion
from chalicelib.backends import Backends
from chalicelib.errors import BackendUnavailable, Conflict
from chalicelib.flows import resize
from chalicelib.flows.key_order import order_versions
from chalicelib.keys import derived_id, new_id
from chalicelib.records import ImageRecord, SourceObject, Status
from tests import stage
from tests.conftest import Clock
from tests.flows.deliveries import put_and_resize, s3_record
from tests.flows.photos import photo

KEY = "uploads/a.jpg"
FIRST, SECOND, THIRD = photo(), photo(colour="red"), photo(colour="blue")


def put(backends: Backends, data: bytes) -> dict[str, Any]:
    """Put a photo, and return the record of its event."""
    stage.put(backends.settings.images_bucket, KEY, data)
    return s3_record(backends.settings.images_bucket, KEY)


def image_of(backends: Backends, event: dict[str, Any]) -> ImageRecord:
    etag = event["s3"]["object"]["eTag"]
    return backends.catalog.get(derived_id(backends.settings.images_bucket, KEY, etag))


def test_an_earlier_image_learns_that_its_object_was_overwritten(backends: Backends, clock: Clock) -> None:
    first = put_and_resize(backends, KEY, photo())
    put_and_resize(backends, KEY, photo(colour="red"))

    superseded = backends.catalog.get(first.id)
    days = backends.settings.old_version_days
    assert superseded.superseded_at == int(clock().timestamp())
    assert superseded.due_at == superseded.superseded_at + days * 86400
    assert superseded.variants == first.variants


@pytest.mark.parametrize(
    ("contents", "overwritten"),
    [([b"1", b"2"], [True, False]), ([b"1", b"1"], [False, False]), ([b"1", b"2", b"1"], [False, True, False])],
)
def test_a_photo_is_overwritten_unless_its_bytes_are_the_newest(
    backends: Backends, contents: list[bytes], overwritten: list[bool]
) -> None:
    originals = [stage.put(backends.settings.images_bucket, KEY, data) for data in contents]
    found = []
    for each in originals:
        source = SourceObject(each.etag, each.version_id)
        image = ImageRecord(new_id(), "system", Status.PROCESSING, "2026", source_object=source)
        stored = backends.catalog.create(replace(image, variants={"original": each}))
        found.append(order_versions(backends, stored).superseded_at is not None)

    assert found == overwritten


@pytest.mark.parametrize("failing", ["find", "create", "get"])
def test_every_overwritten_photo_is_marked_although_a_handler_between_failed(backends: Backends, failing: str) -> None:
    """Only the marked ones end before S3 deletes their originals."""
    first = put_and_resize(backends, KEY, FIRST)
    second = put(backends, SECOND)
    part = "storage" if failing == "get" else "catalog"
    with pytest.raises(BackendUnavailable):
        resize.handle(stage.with_failures(backends, **{part: {failing: 1}}), second, "second")

    put_and_resize(backends, KEY, THIRD)

    marked = [bool(each.superseded_at) for each in backends.catalog.newest(["system"], 9, None, None)[0]]
    assert backends.catalog.get(first.id).superseded_at
    assert marked.count(False) == 1


def test_all_photos_that_nobody_marked_are_marked_by_the_next_one(backends: Backends) -> None:
    events = [put(backends, data) for data in (FIRST, SECOND, THIRD, photo(colour="green"))]
    for event in events[:3]:
        resize.handle(backends, event, "delivery")
        backends.catalog.update(replace(image_of(backends, event), superseded_at=None, due_at=None))
    for event in events[:3]:
        backends.catalog.update(replace(image_of(backends, event), superseded_at=None, due_at=None))

    resize.handle(backends, events[3], "delivery")

    assert [bool(image_of(backends, each).superseded_at) for each in events] == [True, True, True, False]


class FailsAtSecondUpdate:
    """A catalog that fails after one update."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog, self._updates = catalog, 0

    def update(self, record: ImageRecord) -> ImageRecord:
        self._updates += 1
        if self._updates > 1:
            raise BackendUnavailable("DynamoDB is not available.")
        return self._catalog.update(record)

    def __getattr__(self, name: str) -> object:
        return getattr(self._catalog, name)


def test_the_oldest_photo_is_marked_first(backends: Backends) -> None:
    """A later handler stops at the first photo that is marked."""
    first, second, third = (put(backends, data) for data in (FIRST, SECOND, THIRD))
    for event in (second, first):
        resize.handle(backends, event, "delivery")
    for event in (first, second):
        backends.catalog.update(replace(image_of(backends, event), superseded_at=None, due_at=None))
    catalog: Any = FailsAtSecondUpdate(backends.catalog)

    with pytest.raises(BackendUnavailable):
        resize.handle(replace(backends, catalog=catalog), third, "delivery")

    assert [bool(image_of(backends, each).superseded_at) for each in (first, second)] == [True, False]


def test_a_photo_that_is_put_again_while_it_is_processed_is_the_newest_at_the_end(backends: Backends) -> None:
    events = [put(backends, FIRST)]

    class PutsTwoMoreBeforeRead:
        """Storage in which another photo and the first one again are put and handled just before the read."""

        def get(self, *args: Any) -> StoredObject:
            events.extend(put(backends, data) for data in (SECOND, FIRST))
            resize.handle(backends, events[1], "second")
            with pytest.raises(Conflict):
                resize.handle(backends, events[2], "first again")
            return backends.storage.get(*args)

        def __getattr__(self, name: str) -> object:
            return getattr(backends.storage, name)

    storage: Any = PutsTwoMoreBeforeRead()
    resize.handle(replace(backends, storage=storage), events[0], "first")
    resize.handle(backends, events[2], "first again, retried")

    first, second = image_of(backends, events[0]), image_of(backends, events[1])
    assert (first.status, bool(first.superseded_at)) == (Status.COMPLETED, False)
    assert (second.status, bool(second.superseded_at)) == (Status.COMPLETED, True)
    assert first.variants["original"].version_id == events[2]["s3"]["object"]["versionId"]


def test_the_same_photo_put_twice_at_once_needs_no_retry(backends: Backends) -> None:
    first = put(backends, FIRST)

    class PutsAgainBeforeRead:
        """Storage in which the photo is put and handled again just before the read."""

        def get(self, *args: Any) -> StoredObject:
            resize.handle(backends, put(backends, FIRST), "again")
            return backends.storage.get(*args)

        def __getattr__(self, name: str) -> object:
            return getattr(backends.storage, name)

    storage: Any = PutsAgainBeforeRead()
    resize.handle(replace(backends, storage=storage), first, "first")

    record = image_of(backends, first)
    assert (record.status, record.superseded_at) == (Status.COMPLETED, None)


def test_the_photo_between_is_marked_by_the_later_event_of_the_same_bytes(backends: Backends, clock: Clock) -> None:
    """The earlier event cannot tell that its photo is the newest again."""
    first, second = put(backends, FIRST), put(backends, SECOND)
    resize.handle(backends, second, "second")
    again = put(backends, FIRST)

    for name, event in (("first", first), ("again", again)):
        clock.advance(1)
        resize.handle(backends, event, name)

    marked = {bool(image_of(backends, each).superseded_at) for each in (first, again)}
    assert (marked, bool(image_of(backends, second).superseded_at)) == ({False}, True)


def test_a_photo_that_is_put_again_is_not_marked_by_the_photo_between(backends: Backends) -> None:
    first = put(backends, FIRST)
    resize.handle(backends, first, "first")
    second, _again = put(backends, SECOND), put(backends, FIRST)

    resize.handle(backends, second, "second")

    assert image_of(backends, first).superseded_at is None
    assert image_of(backends, second).superseded_at


def test_a_version_that_was_put_after_the_listing_is_not_marked(backends: Backends) -> None:
    first = put_and_resize(backends, KEY, FIRST)
    put(backends, SECOND)

    class PutsAgainAfterListing:
        """Storage in which the photo is put again and handled just after the versions are listed."""

        def versions_of(self, bucket: str, key: str) -> list[StoredVersion]:
            versions = backends.storage.versions_of(bucket, key)
            put_and_resize(backends, KEY, FIRST, "again")
            return versions

        def __getattr__(self, name: str) -> object:
            return getattr(backends.storage, name)

    storage: Any = PutsAgainAfterListing()
    order_versions(replace(backends, storage=storage), first)

    assert backends.catalog.get(first.id).superseded_at is None


def test_only_photos_down_to_the_first_marked_one_are_read(backends: Backends) -> None:
    for data in (FIRST, SECOND, THIRD, photo(colour="green")):
        put_and_resize(backends, KEY, data)
    counting = stage.with_failures(backends)
    catalog: Any = counting.catalog

    resize.handle(counting, put(backends, photo(colour="black")), "last")

    # The record of the new photo, the one below it, and the first that is marked.
    assert catalog.calls.count("find") == 3
