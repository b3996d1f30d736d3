"""One posted photo makes one image, or leaves nothing."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.aws.storage import Written
from chalicelib.backends import Backends
from chalicelib.errors import BackendUnavailable, ImageNotFound, KeyReused
from chalicelib.flows import accept, images, objects, resize, upload
from chalicelib.flows.accept import LEASE_SECONDS, Photo
from chalicelib.flows.transition import RETRY_SECONDS, seconds
from chalicelib.records import ImageRecord, Status, Variant
from tests import stage
from tests.flows.deliveries import s3_record
from tests.flows.photos import photo


def reserve(backends: Backends, request: Photo, *scope: str) -> tuple[ImageRecord, bool]:
    """Reserve the key of a request for a new draft."""
    draft = accept.draft(backends, request, Status.PROCESSING)
    return accept.reserve_idempotency_key(backends, request, draft, planned, *scope)


def planned(record: ImageRecord) -> ImageRecord:
    """Return the record with one planned output."""
    return replace(record, writing={"processed": Variant("darkroom-local-images", f"processed/{record.id}.png", "", 0)})


def test_a_draft_describes_the_photo_and_is_not_written(backends: Backends) -> None:
    draft = accept.draft(backends, Photo(b"12345", "ann", "beach.jpg"), Status.PENDING)

    assert (draft.owner, draft.filename, draft.status, draft.source_size) == ("ann", "beach.jpg", Status.PENDING, 5)
    assert draft.timestamp == "2026-03-01T12:00:00.123Z"
    now = seconds(backends)
    assert (draft.writes_until, draft.due_at) == (now + LEASE_SECONDS, now + RETRY_SECONDS)
    assert draft.attempt
    assert (len(draft.attempt.request_id), draft.attempt.number) == (16, 1)
    assert backends.catalog.find(draft.id) is None


def test_a_request_without_a_key_reserves_nothing(backends: Backends) -> None:
    _, repeated = reserve(backends, Photo(b"1", "ann"))

    assert not repeated
    assert stage.record_count(backends.settings.images_table) == 0


def test_a_reserved_draft_is_written_and_holds_the_key(backends: Backends) -> None:
    draft, repeated = reserve(backends, Photo(b"1", "ann", idempotency_key="k"))

    assert not repeated
    assert backends.catalog.get(draft.id) == draft
    assert draft.claim


@pytest.mark.parametrize(
    ("data", "filename", "scope"),
    [(b"2", "a", "x"), (b"1", "b", "x"), (b"1", "a", "y"), (b"1", "ax", "")],
)
def test_photo_name_and_scope_distinguish_requests(backends: Backends, data: bytes, filename: str, scope: str) -> None:
    reserve(backends, Photo(b"1", "ann", "a", idempotency_key="k"), "x")

    with pytest.raises(KeyReused):
        reserve(backends, Photo(data, "ann", filename, idempotency_key="k"), scope)


@pytest.mark.parametrize("key", [None, "again"])
@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize(("storage", "catalog"), [({"put_new": 1}, {}), ({}, {"create": 1})], ids=str)
def test_a_backend_that_fails_leaves_nothing(
    backends: Backends, storage: dict[str, int], catalog: dict[str, int], asynchronous: bool, key: str | None
) -> None:
    failing = stage.with_failures(backends, storage=dict(storage), catalog=dict(catalog))
    request = Photo(photo(), "ann", idempotency_key=key, asynchronous=asynchronous)

    with pytest.raises(BackendUnavailable):
        upload.receive(failing, request)

    assert stage.versions(backends.settings.images_bucket) == []
    assert stage.record_count(backends.settings.images_table) == 0
    assert upload.receive(failing, request).status is (Status.PENDING if asynchronous else Status.COMPLETED)


@pytest.mark.parametrize("key", [None, "again"])
def test_a_completed_record_that_cannot_be_written_leaves_nothing(backends: Backends, key: str | None) -> None:
    failing = stage.with_failures(backends, catalog={"update": 1})

    with pytest.raises(BackendUnavailable):
        upload.receive(failing, Photo(photo(), "ann", idempotency_key=key))

    assert stage.versions(backends.settings.images_bucket) == []
    assert stage.record_count(backends.settings.images_table) == 0


def test_the_record_names_every_key_before_the_first_object_is_written(backends: Backends) -> None:
    seen: list[ImageRecord] = []

    class NotesRecord:
        """Storage that notes the record before each write."""

        def put_new(self, bucket: str, key: str, *args: Any) -> Written:
            seen.append(backends.catalog.get(key.rsplit("/", 1)[-1].partition(".")[0]))
            return backends.storage.put_new(bucket, key, *args)

        def __getattr__(self, name: str) -> object:
            return getattr(backends.storage, name)

    storage: Any = NotesRecord()
    record = upload.receive(replace(backends, storage=storage), Photo(photo(), "ann"))

    keys = {variant.key for variant in record.variants.values()}
    assert len(seen) == 2
    assert all(keys <= {each.key for each in before.writing.values()} for before in seen)
    assert {before.status for before in seen} == {Status.PROCESSING}
    assert all(variant.version_id and variant.etag for variant in record.variants.values())


@pytest.mark.parametrize("is_first", [False, True], ids=["stored, then deleted", "deleted, then stored"])
def test_an_image_that_is_deleted_during_its_post_leaves_nothing(backends: Backends, *, is_first: bool) -> None:
    """A deletion wins: the post takes its outputs away and answers that the image is gone."""

    def store(record: ImageRecord, _rendered: None) -> accept.Made:
        if is_first:
            images.delete(backends, "ann", record.id)
        stored = objects.put(backends, record, record.writing["processed"], b"output", "image/png")
        if not is_first:
            images.delete(backends, "ann", record.id)
        return {"processed": stored}, {}

    draft = planned(accept.draft(backends, Photo(b"1", "ann"), Status.PROCESSING))
    with pytest.raises(ImageNotFound):
        accept.complete_now(backends, draft, lambda: None, store)

    assert stage.versions(backends.settings.images_bucket) == []


def test_an_asynchronous_post_is_accepted_if_only_its_last_write_fails(backends: Backends) -> None:
    """The photo is stored and its record names the key, so that the event finds both."""
    failing = stage.with_failures(backends, catalog={"update": 1})

    record = upload.receive(failing, Photo(photo(), "ann", asynchronous=True))

    assert stage.keys(backends.settings.images_bucket) == [record.source]
    resize.handle(backends, s3_record(backends.settings.images_bucket, record.source), "delivery")
    assert backends.catalog.get(record.id).status is Status.COMPLETED


def test_an_event_that_is_faster_than_the_last_write_of_its_post_is_kept(backends: Backends) -> None:
    class HandlesEvent:
        """Storage whose event is handled before the post goes on."""

        def put_new(self, bucket: str, key: str, *args: Any) -> Written:
            written = backends.storage.put_new(bucket, key, *args)
            resize.handle(backends, s3_record(bucket, key), "delivery")
            return written

        def __getattr__(self, name: str) -> object:
            return getattr(backends.storage, name)

    storage: Any = HandlesEvent()
    record = upload.receive(replace(backends, storage=storage), Photo(photo(), "ann", asynchronous=True))

    assert (record.status, set(record.variants)) == (Status.COMPLETED, {"original", "processed", "resized"})
    assert backends.catalog.get(record.id) == record
