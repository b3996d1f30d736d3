"""A posted photo keeps what the caller names; the report counts it, and the key of the request names it, too."""

from collections.abc import Mapping

import pytest

from chalicelib.backends import Backends
from chalicelib.errors import InvalidRequest, KeyReused
from chalicelib.flows import sanitize, upload
from chalicelib.flows.accept import Photo, Purpose, UploadRequest
from chalicelib.records import ImageRecord, Status
from tests import stage
from tests.flows.deliveries import s3_record
from tests.flows.photos import opened, photo_with_metadata


def receive(backends: Backends, keep: object, key: str | None = None) -> tuple[bytes, Mapping[str, Mapping[str, int]]]:
    options = {} if keep is None else {"keep": keep}
    record = sanitize.receive(backends, Photo(photo_with_metadata(), "ann", options=options, idempotency_key=key))
    stored = record.variants["sanitized"]
    return stage.read(stored.bucket, stored.key), record.report["kept"]


def test_the_named_values_stay_and_the_report_counts_them(backends: Backends) -> None:
    data, kept = receive(backends, " Copyright, date")
    assert dict(opened(data).getexif()) == {0x0112: 6, 0x013B: "Ann Onym"}
    assert kept["copyright"] == {"count": 1, "bytes": 8}
    assert "date" not in kept
    assert b"Tattletale" not in data


@pytest.mark.parametrize("keep", [None, "", ","])
def test_nothing_stays_unless_it_is_named(backends: Backends, keep: object) -> None:
    data, kept = receive(backends, keep)
    assert dict(opened(data).getexif()) == {0x0112: 6}
    assert "copyright" not in kept


@pytest.mark.parametrize("keep", ["gps", "copyright;date", "copyright,all", True])
def test_an_unknown_word_is_refused(backends: Backends, keep: object) -> None:
    with pytest.raises(InvalidRequest) as raised:
        receive(backends, keep)
    assert raised.value.code == "bad_option"
    assert stage.record_count(backends.settings.images_table) == 0


def test_a_key_of_one_choice_is_not_one_of_another(backends: Backends) -> None:
    receive(backends, "date,copyright", "again")
    receive(backends, "copyright,date", "again")
    for other in (None, "copyright"):
        with pytest.raises(KeyReused):
            receive(backends, other, "again")


def land(backends: Backends, key: str, metadata: Mapping[str, str]) -> ImageRecord:
    """Put a photo into the landing bucket with metadata of its object, and deliver the event."""
    bucket = backends.settings.landing_bucket
    stage.s3().put_object(Bucket=bucket, Key=key, Body=photo_with_metadata(), Metadata=metadata)
    sanitize.handle(backends, s3_record(bucket, key), "delivery")
    return backends.catalog.newest_from(["system"], key)


def test_an_object_in_the_landing_bucket_names_what_to_keep(backends: Backends) -> None:
    record = land(backends, "a.jpg", {"keep": "camera", "tool": "s3cmd"})
    clean = stage.read(backends.settings.destination_bucket, "a.jpg")
    assert dict(opened(clean).getexif()) == {0x0112: 6, 0x010F: "Tattletale"}
    assert record.report["kept"]["camera"] == {"count": 1, "bytes": 10}
    assert record.options == {"keep": "camera"}


def test_an_object_in_the_landing_bucket_keeps_nothing_by_default(backends: Backends) -> None:
    land(backends, "a.jpg", {"tool": "s3cmd", "width": "5"})
    clean = stage.read(backends.settings.destination_bucket, "a.jpg")
    assert dict(opened(clean).getexif()) == {0x0112: 6}


def test_an_object_with_an_unknown_word_is_rejected_and_stays(backends: Backends) -> None:
    record = land(backends, "a.jpg", {"keep": "everything"})
    assert record.error
    assert (record.status, record.error.code) == (Status.REJECTED, "bad_option")
    assert stage.keys(backends.settings.landing_bucket) == ["a.jpg"]
    assert stage.keys(backends.settings.destination_bucket) == []


def test_the_same_photo_with_an_unknown_word_has_no_report_of_its_first_result(backends: Backends) -> None:
    first = land(backends, "a.jpg", {"keep": "camera"})
    again = land(backends, "a.jpg", {"keep": "place"})
    assert (first.id, bool(first.report)) == (again.id, True)
    assert (again.status, again.report) == (Status.REJECTED, {})


def test_an_upload_names_what_to_keep(backends: Backends) -> None:
    data = photo_with_metadata()
    request = UploadRequest("ann", "a.jpg", "image/jpeg", len(data), Purpose.SANITIZE, {"keep": "camera, date"})
    pending, _ = upload.create_upload(backends, request)
    assert pending.recipe == {"keep": "camera,date"}
    stage.put(backends.settings.landing_bucket, pending.source, data)
    sanitize.handle(backends, s3_record(backends.settings.landing_bucket, pending.source), "delivery")

    stored = backends.catalog.get(pending.id).variants["sanitized"]
    assert dict(opened(stage.read(stored.bucket, stored.key)).getexif()) == {0x0112: 6, 0x010F: "Tattletale"}


@pytest.mark.parametrize(("options", "code"), [({"keep": "gps"}, "bad_option"), ({"width": 5}, "unknown_option")])
def test_an_upload_to_scrub_has_no_other_option(backends: Backends, options: dict[str, object], code: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        upload.create_upload(backends, UploadRequest("ann", "", "image/jpeg", 5, Purpose.SANITIZE, options))
    assert raised.value.code == code


def test_the_record_names_what_was_to_be_kept(backends: Backends) -> None:
    record = sanitize.receive(backends, Photo(photo_with_metadata(), "ann", options={"keep": "date,copyright"}))
    assert record.recipe == {"keep": "copyright,date"}
