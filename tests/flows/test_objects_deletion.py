"""Outputs that no record will name are deleted, or logged, and what a record is to lose is found."""

from dataclasses import replace

import pytest

from chalicelib.backends import Backends
from chalicelib.flows import objects, upload
from chalicelib.flows.accept import Photo
from chalicelib.records import Variant
from tests import stage
from tests.flows.photos import photo
from tests.flows.test_objects import BUCKET, image, put, version


def test_outputs_without_a_record_are_deleted(backends: Backends) -> None:
    record = upload.receive(backends, Photo(photo(), "ann"))

    objects.delete_or_log(backends, record.variants.values())

    assert stage.versions(backends.settings.images_bucket) == []


def test_outputs_that_cannot_be_deleted_are_logged(backends: Backends, caplog: pytest.LogCaptureFixture) -> None:
    record = upload.receive(backends, Photo(photo(), "ann"))

    objects.delete_or_log(stage.with_failures(backends, storage={"delete_objects": 1}), record.variants.values())

    line = next(line for line in caplog.records if line.getMessage() == "objects not deleted yet")
    assert sorted(vars(line)["keys"]) == sorted(each.key for each in record.variants.values())


def test_what_a_record_from_before_versions_is_to_lose_is_looked_up(backends: Backends) -> None:
    """A deletion without a version would hide another image's output of the shared key."""
    record = image()
    own = put(backends, record, f"processed/{record.id}.png")
    again = stage.put(BUCKET, own.key, b"again")
    shared, newer = put(backends, record, "in/a.jpg"), put(backends, image(), "in/a.jpg", b"newer")
    named = put(backends, record, "in/b.jpg")
    old = {name: replace(each, version_id="") for name, each in {"processed": own, "sanitized": shared}.items()}
    waiting = replace(record, removing={**old, "resized": named})

    found = objects.to_remove(backends, waiting)

    assert set(found) == {version(each) for each in (own, again, shared, named)}
    assert version(newer) not in found
    assert set(objects.all_versions(backends, waiting)) == set(found)


def test_an_original_from_before_versions_is_looked_up_by_its_bytes(backends: Backends) -> None:
    first, other = (stage.put(BUCKET, "in/a.jpg", data) for data in (b"1", b"2"))
    waiting = replace(image(), removing={"original": Variant(BUCKET, "in/a.jpg", "JPEG", 1, etag=first.etag)})

    found = objects.to_remove(backends, waiting)

    assert found == [version(first)]
    assert version(other) not in found


@pytest.mark.parametrize(("size", "is_found"), [(0, False), (1, True)])
def test_an_empty_object_is_not_taken_for_an_output_from_before_versions(
    backends: Backends, size: int, *, is_found: bool
) -> None:
    """A record that plans an output knows no size yet."""
    stored = stage.put(BUCKET, "in/a.jpg", b"x" * size)
    planned = Variant(BUCKET, "in/a.jpg", "JPEG", size)

    found = objects.left_behind(backends, replace(image(), writing={"sanitized": planned}))

    assert found == ([version(stored)] if is_found else [])


def test_what_an_attempt_is_writing_is_not_removed(backends: Backends) -> None:
    bucket = backends.settings.images_bucket
    record = image()
    removing = stage.put(bucket, f"uploads/{record.id}/original.jpg", b"photo")
    written = stage.put(bucket, f"processed/{record.id}.png", b"output")
    record = replace(record, removing={"original": removing}, writing={"processed": written})

    assert objects.to_remove(backends, record) == [objects.version_of(removing)]
