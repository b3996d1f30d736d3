"""The versions of an image are found, and exactly these are deleted."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.aws.storage import StoredVersion
from chalicelib.backends import Backends
from chalicelib.flows import objects
from chalicelib.flows.objects import ObjectVersion
from chalicelib.keys import new_id
from chalicelib.records import ImageRecord, Status, Variant
from tests import stage

BUCKET = "darkroom-local-sanitized"


def image() -> ImageRecord:
    return ImageRecord(new_id(), "ann", Status.PROCESSING, "2026-03-01T12:00:00.000Z")


def put(backends: Backends, record: ImageRecord, key: str, data: bytes = b"output") -> Variant:
    variant = Variant(BUCKET, key, "PNG", 0)
    if record.owns_key(key):
        return objects.put(backends, record, variant, data, "image/png")
    return objects.put_shared(backends, record, variant, data, "image/png")[0]


def version(variant: Variant) -> ObjectVersion:
    return ObjectVersion(variant.bucket, variant.key, variant.version_id)


def test_a_written_variant_has_its_version_etag_and_size(backends: Backends) -> None:
    variant = put(backends, image(), "a.png")

    assert (variant.size, stage.versions(BUCKET)) == (6, [("a.png", variant.version_id)])
    assert backends.storage.head(BUCKET, "a.png").etag == variant.etag


def test_under_a_shared_key_an_image_has_one_version_of_its_bytes(backends: Backends) -> None:
    """botocore sends a put again if its answer is lost."""
    record, other = image(), image()
    others = put(backends, other, "in/a.jpg")
    put(backends, record, "in/a.jpg")

    last = put(backends, record, "in/a.jpg")

    assert set(stage.versions(BUCKET)) == {version(others)[1:], version(last)[1:]}


def test_a_put_under_a_shared_key_says_whose_versions_are_below(backends: Backends) -> None:
    first, second = image(), image()

    def below(record: ImageRecord, data: bytes) -> list[str]:
        variant = Variant(BUCKET, "in/a.jpg", "JPEG", 0)
        _, versions = objects.put_shared(backends, record, variant, data, "image/jpeg")
        return [objects.image_of(backends, each) for each in versions]

    assert below(first, b"1") == []
    assert below(second, b"2") == below(second, b"2") == [first.id]
    assert below(first, b"1") == [second.id]
    stage.put(BUCKET, "in/a.jpg", b"of an earlier release")
    assert below(second, b"3") == ["", first.id, second.id]


def test_a_version_that_is_deleted_after_it_was_listed_is_of_no_image(backends: Backends) -> None:
    """ImageNotFound would reject the photo that is being processed."""
    gone = put(backends, image(), "in/a.jpg", b"1")
    backends.storage.delete_objects(BUCKET, [(gone.key, gone.version_id)])

    assert objects.image_of(backends, version(gone)) == ""


def test_only_the_named_versions_are_deleted(backends: Backends) -> None:
    first, second = put(backends, image(), "a.png"), put(backends, image(), "a.png")

    objects.delete(backends, [version(first), version(first)])

    assert stage.versions(BUCKET) == [("a.png", second.version_id)]


def test_what_an_attempt_left_under_an_own_key_is_all_of_its_versions(backends: Backends) -> None:
    record = image()
    key = f"processed/{record.id}.png"
    left = [stage.put(BUCKET, key, data) for data in (b"1", b"2")]

    found = objects.left_behind(backends, replace(record, writing={"processed": left[0]}))

    assert set(found) == {version(each) for each in left}


def test_under_a_shared_key_only_the_versions_of_the_image_are_found(backends: Backends) -> None:
    record, other = image(), image()
    own, _ = put(backends, record, "in/a.jpg"), put(backends, other, "in/a.jpg")
    planned = Variant(BUCKET, "in/a.jpg", "", 0)

    found = objects.left_behind(backends, replace(record, writing={"sanitized": planned}))

    assert found == [version(own)]


def test_a_version_that_is_deleted_after_it_was_listed_is_left_out(backends: Backends) -> None:
    """ImageNotFound would reject the photo that is being processed."""
    record = image()
    gone, kept = (put(backends, record, "in/a.jpg", data) for data in (b"1", b"2"))

    class DeletesListed:
        """Storage in which another process deletes a version just after each listing."""

        def versions_of(self, bucket: str, key: str) -> list[StoredVersion]:
            listed = backends.storage.versions_of(bucket, key)
            backends.storage.delete_objects(bucket, [(gone.key, gone.version_id)])
            return listed

        def __getattr__(self, name: str) -> Any:
            return getattr(backends.storage, name)

    storage: Any = DeletesListed()
    writing = {"sanitized": Variant(BUCKET, "in/a.jpg", "", 0)}

    found = objects.left_behind(replace(backends, storage=storage), replace(record, writing=writing))

    assert found == [version(kept)]


def test_the_original_is_not_left_behind(backends: Backends) -> None:
    """Otherwise an attempt would delete the photo that it is about to process."""
    record = image()
    original = put(backends, record, f"uploads/{record.id}/original.jpg")
    for field in ("writing", "variants"):
        fields: Any = {field: {"original": original}}
        assert objects.left_behind(backends, replace(record, **fields)) == []


def test_all_versions_of_an_image_are_its_outputs_and_its_original(backends: Backends) -> None:
    record = image()
    original, again = (stage.put(BUCKET, f"uploads/{record.id}/original.jpg", b"photo") for _ in range(2))
    output, removed = put(backends, record, f"processed/{record.id}.png"), put(backends, record, "in/b.jpg")
    full: Any = {"variants": {"original": original, "processed": output}, "removing": {"sanitized": removed}}

    found = objects.all_versions(backends, replace(record, **full))

    assert set(found) == {version(each) for each in (original, again, output, removed)}


def test_of_a_shared_original_only_the_same_bytes_are_found(backends: Backends) -> None:
    record = image()
    first, other, again = (stage.put(BUCKET, "uploads/a.jpg", data) for data in (b"1", b"2", b"1"))

    found = objects.all_versions(backends, replace(record, variants={"original": again}))

    assert set(found) == {version(first), version(again)}
    assert version(other) not in found


def test_a_delete_marker_goes_when_nothing_else_is_below_it(backends: Backends) -> None:
    record = image()
    original = put(backends, record, "uploads/a.jpg")
    stage.s3().delete_object(Bucket=BUCKET, Key="uploads/a.jpg")

    objects.delete(backends, objects.all_versions(backends, replace(record, variants={"original": original})))

    assert stage.versions(BUCKET) == []


def test_a_variant_from_before_versions_is_found_by_its_size(backends: Backends) -> None:
    record = image()
    stage.put(BUCKET, "in/a.jpg", b"old output")
    stage.put(BUCKET, "in/a.jpg", b"another one, longer")
    legacy = Variant(BUCKET, "in/a.jpg", "JPEG", len(b"old output"))

    (found,) = objects.all_versions(backends, replace(record, variants={"sanitized": legacy}))

    assert backends.storage.head(BUCKET, "in/a.jpg", found.version_id).size == len(b"old output")


def test_objects_that_cannot_be_deleted_are_logged(backends: Backends, caplog: pytest.LogCaptureFixture) -> None:
    failing = stage.with_failures(backends, storage={"delete_objects": 1})

    objects.delete_or_log(failing, [Variant("a-bucket", "processed/a.png", "PNG", 1)])

    (line,) = caplog.records
    assert (line.getMessage(), vars(line)["keys"]) == ("objects not deleted yet", ["processed/a.png"])
