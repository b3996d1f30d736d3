"""One posted photo makes one image, or leaves nothing."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.backends import Backends
from chalicelib.errors import BackendUnavailable, KeyReused
from chalicelib.flows import accept, upload
from chalicelib.flows.accept import Photo
from chalicelib.records import ImageRecord, Status, Variant
from tests import stage
from tests.flows.photos import photo


def reserve(backends: Backends, request: Photo, *scope: str) -> tuple[ImageRecord, bool]:
    """Reserve the key of a request for a new draft."""
    draft = accept.draft(backends, request, Status.PROCESSING)
    return accept.reserve_idempotency_key(backends, request, draft, *scope)


def test_a_draft_describes_the_photo_and_is_not_written(backends: Backends) -> None:
    draft = accept.draft(backends, Photo(b"12345", "ann", "beach.jpg"), Status.PENDING)

    assert (draft.owner, draft.filename, draft.status, draft.size) == ("ann", "beach.jpg", Status.PENDING, 5)
    assert draft.timestamp == "2026-03-01T12:00:00.123Z"
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


@pytest.mark.parametrize(("storage", "catalog"), [({"put": 1}, {}), ({}, {"create": 1}), ({}, {"replace": 1})], ids=str)
def test_a_backend_that_fails_leaves_nothing(
    backends: Backends, storage: dict[str, int], catalog: dict[str, int]
) -> None:
    key = "again" if "replace" in catalog else None
    failing = stage.with_failures(backends, storage=storage, catalog=catalog)

    with pytest.raises(BackendUnavailable):
        upload.receive(failing, Photo(photo(), "ann", idempotency_key=key))

    assert stage.keys(backends.settings.images_bucket) == []
    assert stage.record_count(backends.settings.images_table) == 0
    assert upload.receive(failing, Photo(photo(), "ann", idempotency_key=key)).status is Status.COMPLETED


def test_the_record_is_deleted_before_its_objects(backends: Backends) -> None:
    draft, _ = reserve(backends, Photo(b"1", "ann", idempotency_key="k"))
    variant = Variant(backends.settings.images_bucket, "processed/a.png", "PNG", 6)
    found: list[ImageRecord | None] = []

    class NotesRecord:
        """Storage that notes the record at each deletion of an object."""

        def delete(self, _bucket: str, _keys: Iterable[str]) -> None:
            found.append(backends.catalog.find(draft.id))

    storage: Any = NotesRecord()
    failing = replace(stage.with_failures(backends, catalog={"replace": 1}), storage=storage)
    with pytest.raises(BackendUnavailable):
        accept.complete_now(failing, draft, lambda record: replace(record, variants={"processed": variant}))

    assert found == [None]
