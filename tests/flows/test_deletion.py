"""A deletion leaves nothing, at whatever call it breaks off."""

from dataclasses import replace

import pytest

from chalicelib.backends import Backends
from chalicelib.errors import BackendUnavailable, Conflict
from chalicelib.flows import deletion, reconcile, resize, upload
from chalicelib.flows.accept import Photo
from chalicelib.records import Attempt, Status
from tests import stage
from tests.conftest import Clock
from tests.flows.deliveries import put_and_resize, s3_record
from tests.flows.photos import photo


def assert_nothing_left(backends: Backends) -> None:
    assert stage.versions(backends.settings.images_bucket) == []
    assert stage.record_count(backends.settings.images_table) == 0


def test_every_version_and_the_record_are_deleted(backends: Backends) -> None:
    record = put_and_resize(backends, "uploads/a.jpg", photo())

    deletion.delete_image(backends, record)

    assert_nothing_left(backends)


def test_the_record_is_marked_before_its_objects_are_deleted(backends: Backends) -> None:
    record = upload.receive(backends, Photo(photo(), "ann"))

    with pytest.raises(BackendUnavailable):
        deletion.delete_image(stage.with_failures(backends, storage={"delete_objects": 1}), record)

    marked = backends.catalog.find(record.id)
    assert marked
    assert (marked.status, marked.variants, set(marked.removing)) == (Status.DELETED, {}, {"processed", "resized"})


@pytest.mark.parametrize(("storage", "catalog"), [("delete_objects", ""), ("", "delete")])
def test_a_deletion_that_breaks_off_is_finished_by_the_reconciliation(
    backends: Backends, clock: Clock, storage: str, catalog: str
) -> None:
    record = upload.receive(backends, Photo(photo(), "ann"))
    failing = stage.with_failures(backends, storage={storage: 1}, catalog={catalog: 1})
    with pytest.raises(BackendUnavailable):
        deletion.delete_image(failing, record)

    clock.advance(901)
    assert reconcile.handle(backends, lambda: 900_000).deleted == 1
    assert_nothing_left(backends)


def test_a_stale_copy_of_the_record_deletes_what_is_there_now(backends: Backends) -> None:
    stale = upload.receive(backends, Photo(photo(), "ann"))
    added = stage.put(backends.settings.images_bucket, f"processed/{stale.id}.webp", b"another output")
    backends.catalog.update(replace(stale, variants={**stale.variants, "more": added}))

    deletion.delete_image(backends, stale)

    assert_nothing_left(backends)


def test_deleting_an_image_twice_is_no_error(backends: Backends) -> None:
    record = upload.receive(backends, Photo(photo(), "ann"))

    deletion.delete_image(backends, record)
    deletion.delete_image(backends, record)

    assert_nothing_left(backends)


def test_the_record_stays_while_somebody_may_still_write(backends: Backends, clock: Clock) -> None:
    record = upload.receive(backends, Photo(photo(), "ann"))
    until = int(clock().timestamp()) + 60
    busy = backends.catalog.update(replace(record, writes_until=until, writing={"late": record.variants["processed"]}))

    deletion.delete_image(backends, busy)

    tombstone = backends.catalog.find(record.id)
    assert tombstone
    assert (tombstone.status, tombstone.removing, tombstone.due_at) == (Status.DELETED, {}, until)
    stage.put(backends.settings.images_bucket, record.variants["processed"].key, b"written late")
    clock.advance(60)
    reconcile.handle(backends, lambda: 900_000)
    assert_nothing_left(backends)


def test_a_failed_post_is_undone_at_once(backends: Backends, clock: Clock) -> None:
    record = upload.receive(backends, Photo(photo(), "ann"))
    busy = backends.catalog.update(replace(record, writes_until=int(clock().timestamp()) + 60))

    deletion.undo_post(backends, busy)

    assert_nothing_left(backends)


def test_a_post_undoes_nothing_of_another_attempt(backends: Backends) -> None:
    record = upload.receive(backends, Photo(photo(), "ann"))

    deletion.undo_post(backends, replace(record, attempt=Attempt("another", 1)))

    assert backends.catalog.get(record.id) == record


def test_a_post_that_cannot_be_undone_is_logged(backends: Backends, caplog: pytest.LogCaptureFixture) -> None:
    record = upload.receive(backends, Photo(photo(), "ann"))
    caplog.clear()

    deletion.undo_post(stage.with_failures(backends, catalog={"find": 1}), record)

    assert [line.getMessage() for line in caplog.records] == ["a failed post is not undone yet"]


def test_a_photo_that_is_put_again_while_its_deleted_image_is_a_tombstone_becomes_an_image(
    backends: Backends, clock: Clock
) -> None:
    """A DELETE during processing ends the image, and nobody has asked to delete the photo that comes after it."""
    bucket, key = backends.settings.images_bucket, "uploads/a.jpg"
    first = put_and_resize(backends, key, photo())
    busy = int(clock().timestamp()) + 150
    deletion.delete_image(backends, backends.catalog.update(replace(first, writes_until=busy)))
    again = stage.put(bucket, key, photo())
    event = s3_record(bucket, key)

    with pytest.raises(Conflict):
        resize.handle(backends, event, "too early")
    clock.advance(901)
    assert reconcile.handle(backends, lambda: 900_000).deleted == 1
    resize.handle(backends, event, "replay")

    image = backends.catalog.get(first.id)
    assert (image.status, image.variants["original"].version_id) == (Status.COMPLETED, again.version_id)


def test_an_object_of_a_deleted_upload_is_deleted(backends: Backends, clock: Clock) -> None:
    pending = upload.receive(backends, Photo(photo(), "ann", asynchronous=True))
    busy = int(clock().timestamp()) + 150
    deletion.delete_image(backends, backends.catalog.update(replace(pending, writes_until=busy)))
    stage.put(backends.settings.images_bucket, pending.source, photo())

    resize.handle(backends, s3_record(backends.settings.images_bucket, pending.source), "delivery")

    assert stage.versions(backends.settings.images_bucket) == []


def test_a_photo_that_is_put_again_after_a_deletion_broke_off_stays(backends: Backends, clock: Clock) -> None:
    """All versions from before the deletion end, and the later one becomes an image."""
    bucket, key = backends.settings.images_bucket, "uploads/a.jpg"
    stage.put(bucket, key, photo())
    stage.s3().delete_object(Bucket=bucket, Key=key)
    first = put_and_resize(backends, key, photo())
    with pytest.raises(BackendUnavailable):
        deletion.delete_image(stage.with_failures(backends, storage={"delete_objects": 1}), first)
    again = stage.put(bucket, key, photo())

    clock.advance(901)
    assert reconcile.handle(backends, lambda: 900_000).deleted == 1

    assert stage.versions(bucket) == [(key, again.version_id)]


def test_a_deletion_that_broke_off_leaves_no_marker(backends: Backends) -> None:
    bucket, key = backends.settings.images_bucket, "uploads/a.jpg"
    stage.put(bucket, key, photo())
    record = put_and_resize(backends, key, photo())
    stage.s3().delete_object(Bucket=bucket, Key=key)
    with pytest.raises(BackendUnavailable):
        deletion.delete_image(stage.with_failures(backends, storage={"delete_objects": 1}), record)

    tombstone = backends.catalog.find(record.id)
    assert tombstone
    deletion.delete_image(backends, tombstone)

    assert_nothing_left(backends)


def test_a_tombstone_names_only_versions_that_exist(backends: Backends) -> None:
    record = put_and_resize(backends, "uploads/a.jpg", photo())
    stage.put(backends.settings.images_bucket, "uploads/a.jpg", photo())

    with pytest.raises(BackendUnavailable):
        deletion.delete_image(stage.with_failures(backends, storage={"delete_objects": 1}), record)

    tombstone = backends.catalog.find(record.id)
    assert tombstone
    removing = [(each.key, each.version_id) for each in tombstone.removing.values()]
    assert sorted(removing) == sorted(stage.versions(backends.settings.images_bucket))
