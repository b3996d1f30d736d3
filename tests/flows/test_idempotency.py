"""Two equal requests with one Idempotency-Key make one image."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.backends import Backends
from chalicelib.errors import BackendUnavailable, Conflict, KeyReused, RecordChanged
from chalicelib.flows import accept, idempotency, upload
from chalicelib.flows.accept import Photo
from chalicelib.keys import derived_id, new_id
from chalicelib.records import ImageRecord, Status, Variant, timestamp
from tests import stage
from tests.conftest import Clock
from tests.flows.photos import photo


def draft(backends: Backends, status: Status = Status.PROCESSING) -> ImageRecord:
    until = int(backends.now().timestamp()) + 60
    return ImageRecord(new_id(), "ann", status, timestamp(backends.now()), writes_until=until)


def plan(record: ImageRecord) -> ImageRecord:
    """Return the record with one planned output."""
    return replace(record, writing={"processed": Variant("darkroom-local-images", f"processed/{record.id}.png", "", 0)})


def reserve(backends: Backends, record: ImageRecord) -> tuple[ImageRecord, bool]:
    return idempotency.reserve(backends, record, plan, "k", "fingerprint")


def test_the_same_key_and_photo_make_one_image(backends: Backends) -> None:
    first = upload.receive(backends, Photo(photo(), "ann", idempotency_key="k"))
    second = upload.receive(backends, Photo(photo(), "ann", idempotency_key="k"))

    assert first == second
    assert stage.record_count(backends.settings.images_table) == 1


@pytest.mark.parametrize(
    "other",
    [
        Photo(photo(colour="red"), "ann", idempotency_key="k"),
        Photo(photo(), "ann", idempotency_key="k", options={"width": 9}),
        Photo(photo(), "ann", idempotency_key="k", filename="b"),
    ],
)
def test_the_same_key_with_another_request_is_refused(backends: Backends, other: Photo) -> None:
    upload.receive(backends, Photo(photo(), "ann", idempotency_key="k"))

    with pytest.raises(KeyReused):
        upload.receive(backends, other)


def test_a_record_without_a_claim_is_not_taken_over(backends: Backends) -> None:
    image_id = derived_id("ann", "k", "0")
    backends.catalog.create(replace(draft(backends), id=image_id))

    with pytest.raises(KeyReused):
        reserve(backends, draft(backends))


def test_two_owners_may_use_the_same_key(backends: Backends) -> None:
    ids = {upload.receive(backends, Photo(photo(), owner, idempotency_key="k")).id for owner in ("ann", "bob")}

    assert len(ids) == 2


def test_a_request_in_progress_is_a_conflict_until_its_lease_ends(backends: Backends, clock: Clock) -> None:
    request = Photo(photo(), "ann", idempotency_key="k")
    crashed = stage.with_failures(backends, storage={"put_new": 9}, catalog={"find": 9})
    with pytest.raises(BackendUnavailable):
        # It can neither finish nor clean up, as if the process had crashed.
        upload.receive(crashed, request)

    for _ in range(2):
        with pytest.raises(Conflict, match="still in progress") as raised:
            upload.receive(backends, request)
        assert raised.value.code == "request_in_progress"
        clock.advance(accept.LEASE_SECONDS - 1)
    clock.advance(2 - accept.LEASE_SECONDS)
    assert upload.receive(backends, request).status is Status.COMPLETED


def test_only_one_request_takes_over_an_abandoned_key(backends: Backends, clock: Clock) -> None:
    abandoned, _ = reserve(backends, draft(backends))
    clock.advance(61)
    second, repeated = reserve(backends, draft(backends))
    assert (second.id, repeated) == (abandoned.id, False)

    with pytest.raises(Conflict):
        reserve(backends, draft(backends))


def test_a_take_over_deletes_what_the_abandoned_request_has_written(backends: Backends, clock: Clock) -> None:
    abandoned, _ = reserve(backends, draft(backends))
    stage.put(backends.settings.images_bucket, f"processed/{abandoned.id}.png", b"half")
    clock.advance(61)

    reserve(backends, draft(backends))

    assert stage.versions(backends.settings.images_bucket) == []


def test_a_request_that_loses_the_take_over_is_a_conflict(backends: Backends, clock: Clock) -> None:
    reserve(backends, draft(backends))
    clock.advance(61)

    class LosesRace:
        """A catalog in which another request takes over just before the first update."""

        def update(self, record: ImageRecord) -> ImageRecord:
            reserve(backends, draft(backends))
            return backends.catalog.update(record)

        def __getattr__(self, name: str) -> object:
            return getattr(backends.catalog, name)

    catalog: Any = LosesRace()
    with pytest.raises(Conflict) as raised:
        reserve(replace(backends, catalog=catalog), draft(backends))
    assert raised.value.code == "request_in_progress"


def test_a_pending_image_whose_photo_is_not_stored_is_not_acknowledged(backends: Backends, clock: Clock) -> None:
    """Otherwise a client gets a 202 for a photo that was lost."""
    request = Photo(photo(), "ann", idempotency_key="k", asynchronous=True)
    dying = stage.with_failures(backends, storage={"put_new": 1}, catalog={"find": 9})
    with pytest.raises(BackendUnavailable):
        upload.receive(dying, request)

    with pytest.raises(Conflict):
        upload.receive(backends, request)
    clock.advance(61)
    record = upload.receive(backends, request)
    assert (record.status, stage.keys(backends.settings.images_bucket)) == (Status.PENDING, [record.source])


def test_a_pending_image_whose_photo_is_stored_is_returned(backends: Backends) -> None:
    request = Photo(photo(), "ann", idempotency_key="k", asynchronous=True)

    assert upload.receive(backends, request) == upload.receive(backends, request)
    assert len(stage.versions(backends.settings.images_bucket)) == 1


@pytest.mark.parametrize("status", [Status.FAILED, Status.DELETED])
def test_an_image_that_has_failed_or_was_deleted_frees_its_key(backends: Backends, status: Status) -> None:
    reserved, _ = reserve(backends, draft(backends))
    backends.catalog.update(replace(reserved, status=status, writes_until=None))

    again, repeated = reserve(backends, draft(backends))

    assert (again.id, repeated, again.status) == (reserved.id, False, Status.PROCESSING)


def test_a_record_that_disappears_during_the_request_is_a_conflict(backends: Backends) -> None:
    class Vanishing:
        """A catalog whose record is deleted between the failed write and the read."""

        def create(self, _record: ImageRecord) -> ImageRecord:
            raise RecordChanged(None)

        def find(self, _image_id: str) -> None:
            return None

        def __getattr__(self, name: str) -> object:
            return getattr(backends.catalog, name)

    reserve(backends, draft(backends))
    catalog: Any = Vanishing()
    with pytest.raises(Conflict, match="just failed"):
        reserve(replace(backends, catalog=catalog), draft(backends))


def test_a_key_is_free_after_a_day_and_the_first_image_does_not_change(backends: Backends, clock: Clock) -> None:
    first = upload.receive(backends, Photo(photo(), "ann", idempotency_key="k"))
    clock.advance(24 * 3600 + 1)
    second = upload.receive(backends, Photo(photo(colour="red"), "ann", idempotency_key="k"))

    assert first.id != second.id
    assert backends.catalog.get(first.id) == first


def test_a_key_is_free_again_on_each_day(backends: Backends, clock: Clock) -> None:
    ids = set()
    for _ in range(3):
        ids.add(upload.receive(backends, Photo(photo(), "ann", idempotency_key="k")).id)
        clock.advance(24 * 3600 - 1)
        ids.add(upload.receive(backends, Photo(photo(), "ann", idempotency_key="k")).id)
        clock.advance(1)

    assert len(ids) == 3


def test_two_keys_of_one_owner_make_two_images(backends: Backends) -> None:
    ids = {upload.receive(backends, Photo(photo(), "ann", idempotency_key=key)).id for key in ("k", "l")}

    assert len(ids) == 2
