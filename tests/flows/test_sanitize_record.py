"""What the record of a scrubbed photo says."""

import io

import pytest
from PIL import Image

from chalicelib.backends import Backends
from chalicelib.errors import InvalidRequest, KeyReused
from chalicelib.flows import sanitize, upload
from chalicelib.flows.accept import Photo
from chalicelib.imaging.metadata import Finding, Kind
from chalicelib.records import Status
from tests import stage
from tests.flows.deliveries import s3_record
from tests.flows.photos import photo


def with_two_comments() -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(data, "JPEG", comment=b"first")
    comment = b"\xff\xfe\0\x08second"
    return data.getvalue()[:2] + comment + data.getvalue()[2:]


def test_the_findings_of_a_kind_are_added_up(backends: Backends) -> None:
    record = sanitize.receive(backends, Photo(with_two_comments(), "ann"))

    removed = record.report["removed"]
    assert removed["comment"]["count"] == 2
    assert removed["comment"]["bytes"] >= len(b"firstsecond")


def test_the_variant_has_format_and_size_and_the_key_its_suffix(backends: Backends) -> None:
    record = sanitize.receive(backends, Photo(with_two_comments(), "ann"))

    variant = record.variants["sanitized"]
    assert (variant.format, variant.width, variant.height) == ("JPEG", 40, 30)
    assert (record.format, record.width, record.height) == ("JPEG", 40, 30)
    assert variant.key == f"uploads/{record.id}/original.jpg"


def test_an_option_is_refused_by_its_name(backends: Backends) -> None:
    with pytest.raises(InvalidRequest, match="has no option 'height'") as caught:
        sanitize.receive(backends, Photo(photo(), "ann", options={"width": 1, "height": 2}))
    assert caught.value.code == "unknown_option"


def test_a_key_belongs_to_one_route(backends: Backends) -> None:
    sanitize.receive(backends, Photo(photo(), "ann", idempotency_key="k"))

    with pytest.raises(KeyReused):
        upload.receive(backends, Photo(photo(), "ann", idempotency_key="k"))


def test_the_report_adds_up_findings_of_one_kind_and_says_what_is_kept(backends: Backends) -> None:
    found = [Finding(Kind.GPS, "APP1", size, "a position", allowed=False) for size in (5, 7)]
    assert sanitize._summary(found) == {"gps": {"count": 2, "bytes": 12}}
    assert set(sanitize.receive(backends, Photo(photo(), "ann")).report) == {"removed", "kept"}


def test_an_event_without_a_version_stands_for_the_object_that_is_there_now(backends: Backends) -> None:
    landing = backends.settings.landing_bucket
    original = stage.put(landing, "a.jpg", with_two_comments())

    sanitize.handle(backends, s3_record(landing, "a.jpg", versionId="", eTag=""), "delivery")

    record = backends.catalog.newest_from(["system"], "a.jpg")
    assert (record.status, record.original and record.original.version_id) == (Status.COMPLETED, original.version_id)
