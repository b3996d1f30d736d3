"""Two equal requests with one Idempotency-Key make one image."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.backends import Backends
from chalicelib.errors import BackendUnavailable, Conflict, KeyReused
from chalicelib.flows import idempotency, upload
from chalicelib.flows.accept import Photo
from chalicelib.records import ImageRecord, Status, new_id, timestamp
from tests import stage
from tests.conftest import Clock
from tests.flows.photos import photo


def draft(backends: Backends, status: Status = Status.PROCESSING) -> ImageRecord:
    return ImageRecord(new_id(), "ann", status, timestamp(backends.now()))


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


def test_two_owners_may_use_the_same_key(backends: Backends) -> None:
    ids = {upload.receive(backends, Photo(photo(), owner, idempotency_key="k")).id for owner in ("ann", "bob")}

    assert len(ids) == 2


def test_a_request_in_progress_is_a_conflict_until_its_lease_ends(backends: Backends, clock: Clock) -> None:
    request = Photo(photo(), "ann", idempotency_key="k")
    crashed = stage.with_failures(backends, storage={"put": 9, "delete": 9}, catalog={"delete": 9})
    with pytest.raises(BackendUnavailable):
        # It can neither finish nor clean up, as if the process had crashed.
        upload.receive(crashed, request)

    with pytest.raises(Conflict):
        upload.receive(backends, request)
    clock.advance(61)
    assert upload.receive(backends, request).status is Status.COMPLETED


def test_only_one_request_takes_over_an_abandoned_key(backends: Backends, clock: Clock) -> None:
    abandoned, _ = idempotency.reserve(backends, draft(backends), "k", "fingerprint")
    clock.advance(61)
    second, repeated = idempotency.reserve(backends, draft(backends), "k", "fingerprint")
    assert (second.id, repeated) == (abandoned.id, False)

    assert abandoned.claim
    with pytest.raises(Conflict):
        backends.catalog.claim_abandoned(second, abandoned.claim)


def test_a_pending_image_is_returned_while_its_lease_runs(backends: Backends) -> None:
    first, _ = idempotency.reserve(backends, draft(backends, Status.PENDING), "k", "fingerprint")

    assert idempotency.reserve(backends, draft(backends), "k", "fingerprint") == (first, True)


def test_a_record_that_disappears_during_the_request_is_a_conflict(backends: Backends) -> None:
    class Vanishing:
        """A catalog whose record is deleted between the failed write and the read."""

        def find(self, _image_id: str) -> None:
            return None

        def __getattr__(self, name: str) -> object:
            return getattr(backends.catalog, name)

    idempotency.reserve(backends, draft(backends), "k", "fingerprint")
    catalog: Any = Vanishing()
    with pytest.raises(Conflict, match="just failed"):
        idempotency.reserve(replace(backends, catalog=catalog), draft(backends), "k", "fingerprint")


def test_a_key_is_free_after_a_day_and_the_first_image_does_not_change(backends: Backends, clock: Clock) -> None:
    first = upload.receive(backends, Photo(photo(), "ann", idempotency_key="k"))
    clock.advance(24 * 3600 + 1)
    second = upload.receive(backends, Photo(photo(colour="red"), "ann", idempotency_key="k"))

    assert first.id != second.id
    assert backends.catalog.get(first.id) == first
