"""Whether the output of a landing photo is above that of a newer one, as the records of the outputs below tell."""

from dataclasses import replace

import pytest

from chalicelib.backends import Backends
from chalicelib.flows.key_order import is_above_newer
from chalicelib.flows.objects import put_shared, version_of
from chalicelib.keys import new_id
from chalicelib.records import ImageRecord, SourceObject, Status, Variant
from tests import stage


@pytest.mark.parametrize(
    ("own", "other", "status", "newer"),
    [
        ("01", "02", Status.COMPLETED, True),
        ("02", "01", Status.COMPLETED, False),
        ("01", "02", Status.DELETED, False),
        ("01", "", Status.COMPLETED, False),
        ("", "02", Status.COMPLETED, False),
    ],
)
def test_the_records_tell_which_of_two_outputs_is_newer(
    backends: Backends, own: str, other: str, status: Status, *, newer: bool
) -> None:
    above = ImageRecord("a" * 32, "system", Status.PROCESSING, "", source_object=SourceObject("1", "v1", own))
    below = ImageRecord("b" * 32, "system", status, "2026", source_object=SourceObject("2", "v2", other))
    output = put_output(backends, below, b"2")
    backends.catalog.create(replace(below, variants={"sanitized": output}))

    assert is_above_newer(backends, above, [version_of(output)]) is newer

    stored = backends.catalog.find(below.id)
    assert stored
    assert bool(stored.superseded_at) is (not newer and status is not Status.DELETED)
    others = [put_output(backends, replace(below, id=each), b"3") for each in ("", above.id, "c" * 32)]
    assert not is_above_newer(backends, above, map(version_of, others))


def put_output(backends: Backends, record: ImageRecord, data: bytes) -> Variant:
    variant = Variant(backends.settings.destination_bucket, "a.jpg", "JPEG", 0)
    return put_shared(backends, record, variant, data, "image/jpeg")[0]


def put_image(backends: Backends, sequencer: str, status: Status = Status.COMPLETED) -> ImageRecord:
    """Store an output above those that are there, and its record."""
    source = SourceObject(sequencer, f"v{sequencer}", sequencer)
    record = ImageRecord(new_id(), "system", status, "2026", source_object=source)
    output = put_output(backends, record, sequencer.encode())
    return backends.catalog.create(replace(record, variants={"sanitized": output}))


def is_above(backends: Backends, record: ImageRecord, *below: ImageRecord) -> bool:
    return is_above_newer(backends, record, [version_of(each.variants["sanitized"]) for each in below])


@pytest.mark.parametrize("status", [Status.PROCESSING, Status.FAILED])
def test_the_output_of_an_attempt_that_is_not_completed_does_not_hide_a_newer_one(
    backends: Backends, status: Status
) -> None:
    newest, oldest = put_image(backends, "03"), put_image(backends, "01", status)
    second = put_image(backends, "02", Status.PROCESSING)

    assert is_above(backends, second, oldest, newest)
    assert [backends.catalog.get(each.id).superseded_at for each in (oldest, newest)] == [None, None]


def test_the_output_of_a_deleted_image_does_not_hide_a_newer_one(backends: Backends) -> None:
    newest, deleted = put_image(backends, "03"), put_image(backends, "01", Status.DELETED)
    gone = put_image(backends, "00")
    output = gone.variants["sanitized"]
    backends.storage.delete_objects(output.bucket, [(output.key, output.version_id)])

    assert is_above(backends, put_image(backends, "02", Status.PROCESSING), gone, deleted, newest)


def test_outputs_below_a_completed_one_are_not_read(backends: Backends) -> None:
    """One key may have hundreds of overwritten outputs."""
    images = [put_image(backends, f"0{number}") for number in range(5)]
    counting = stage.with_failures(backends)

    assert not is_above(counting, put_image(backends, "09", Status.PROCESSING), *reversed(images))
    assert [bool(backends.catalog.get(each.id).superseded_at) for each in images] == [False] * 4 + [True]
