"""Decisions are written only if nobody else has changed the record, and are made anew if somebody has."""

from dataclasses import replace
from typing import Any

from chalicelib.backends import Backends
from chalicelib.flows import states, transition
from chalicelib.flows.states import Action
from chalicelib.records import Attempt, Fault, ImageRecord, Status, Variant
from tests import stage
from tests.conftest import Clock

RECORD = ImageRecord("a" * 32, "ann", Status.PROCESSING, "2026-03-01T12:00:00.000Z", attempt=Attempt("one", 1))
REJECTED = states.Rejected(Attempt("one", 1), Fault("corrupt_image", "The photo is broken."))


def test_the_changes_are_written(backends: Backends) -> None:
    action, record = transition.apply(backends, backends.catalog.create(RECORD), REJECTED)

    assert (action, record.status) == (Action.WRITE, Status.REJECTED)
    assert backends.catalog.get(RECORD.id) == record


def test_a_faster_writer_is_not_overwritten(backends: Backends) -> None:
    read = backends.catalog.create(RECORD)
    taken = backends.catalog.update(replace(read, attempt=Attempt("two", 1)))

    assert transition.apply(backends, read, REJECTED) == (Action.NOTHING, taken)
    assert backends.catalog.get(RECORD.id) == taken


def test_a_change_elsewhere_is_kept(backends: Backends) -> None:
    read = backends.catalog.create(RECORD)
    backends.catalog.update(replace(read, superseded_at=5))

    _, record = transition.apply(backends, read, REJECTED)

    assert (record.status, record.superseded_at) == (Status.REJECTED, 5)


def test_a_record_that_was_deleted_gives_discard(backends: Backends) -> None:
    read = backends.catalog.create(RECORD)
    backends.catalog.delete(read)

    assert transition.apply(backends, read, REJECTED)[0] is Action.DISCARD


def test_what_is_to_be_removed_is_deleted_and_forgotten(backends: Backends) -> None:
    bucket = backends.settings.landing_bucket
    original, kept = stage.put(bucket, "a.jpg", b"1"), stage.put(bucket, "a.jpg", b"2")
    done = replace(RECORD, status=Status.COMPLETED, removing={"original": original}, due_at=1)

    transition.remove(backends, backends.catalog.create(done))

    assert stage.versions(bucket) == [("a.jpg", kept.version_id)]
    record = backends.catalog.get(RECORD.id)
    assert (record.removing, record.due_at) == ({}, None)


def test_what_is_added_to_removing_meanwhile_is_not_forgotten(backends: Backends) -> None:
    bucket = backends.settings.landing_bucket
    first, second = Variant(bucket, "a.jpg", "", 1, version_id="1"), Variant(bucket, "a.jpg", "", 1, version_id="2")
    done = replace(RECORD, status=Status.COMPLETED, removing={"original": first}, due_at=1)
    created = backends.catalog.create(done)

    class AddsMeanwhile:
        """Storage during whose deletion another event adds a version."""

        def delete_objects(self, *_args: Any) -> None:
            backends.catalog.update(replace(created, removing={"original": first, "original 2": second}))

    storage: Any = AddsMeanwhile()
    transition.remove(replace(backends, storage=storage), created)

    record = backends.catalog.get(RECORD.id)
    assert dict(record.removing) == {"original 2": second}
    assert record.due_at


def test_a_superseded_image_is_due_when_s3_drops_its_versions(backends: Backends, clock: Clock) -> None:
    settings = replace(backends.settings, old_version_days=2)
    changed = replace(backends, settings=settings)

    assert transition.superseded_due(changed, RECORD) == int(clock().timestamp()) + 2 * 86400
    assert transition.superseded_due(changed, replace(RECORD, superseded_at=10)) == 10 + 2 * 86400


def test_an_object_from_before_versions_is_looked_up_and_deleted(backends: Backends) -> None:
    stored = stage.put(backends.settings.images_bucket, f"processed/{RECORD.id}.png", b"old")
    waiting = {"processed": replace(stored, version_id="")}
    record = backends.catalog.create(replace(RECORD, status=Status.COMPLETED, removing=waiting))

    transition.remove(backends, record)

    assert stage.versions(backends.settings.images_bucket) == []
    assert backends.catalog.get(record.id).removing == {}


def test_an_image_that_was_overwritten_is_due_for_its_shared_key_after_the_removal(backends: Backends) -> None:
    bucket = backends.settings.images_bucket
    original, earlier = stage.put(bucket, "uploads/a.jpg", b"1"), stage.put(bucket, "uploads/a.jpg", b"2")
    done = replace(RECORD, status=Status.COMPLETED, variants={"original": original}, superseded_at=10, due_at=1)

    transition.remove(backends, backends.catalog.create(replace(done, removing={"original 2": earlier})))

    record = backends.catalog.get(RECORD.id)
    assert (record.removing, record.variants) == ({}, {"original": original})
    assert record.due_at == 10 + backends.settings.old_version_days * 24 * 3600
