"""The texts and the packet hold the values, escaped, in one form."""

import pytest

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.credit.values import Credit
from chalicelib.imaging.metadata.credit.write import exif_texts, write_packet
from chalicelib.imaging.metadata.details.xmp import read_packet


def test_each_value_becomes_a_text_with_its_last_zero() -> None:
    credit = Credit(creator="Zoë", rights="a\nb", date="2026:05:01 10:11:12.045Z", description="d", make="m", model="n")
    assert exif_texts(credit) == {
        0x010E: b"d\0",
        0x010F: b"m\0",
        0x0110: b"n\0",
        0x013B: "Zoë\0".encode(),
        0x8298: b"a b\0",
        0x9003: b"2026:05:01 10:11:12\0",
        0x9011: b"+00:00\0",
        0x9291: b"045\0",
    }


def test_a_date_without_a_time_is_in_xmp_alone() -> None:
    credit = Credit(date="2026:05:01")
    assert exif_texts(credit) == {}
    assert [value.text for value in read_packet(write_packet(credit))] == ["2026-05-01"]


def test_the_packet_holds_the_values_and_declares_only_what_it_uses() -> None:
    packet = write_packet(Credit(title="<b> & </rdf:li>", date="2026:05:01 10:11:12.5+02:00", credit="C"))
    assert {value.path[-1]: value.text for value in read_packet(packet)} == {
        "dc:title": "<b> & </rdf:li>",
        "photoshop:Credit": "C",
        "exif:DateTimeOriginal": "2026-05-01T10:11:12.5+02:00",
    }
    assert b"xmlns:tiff" not in packet
    assert b"xmlns:dc" in packet


def test_a_packet_that_no_segment_can_hold_is_refused() -> None:
    with pytest.raises(CorruptImage) as raised:
        write_packet(Credit(creator="&" * 6000, rights="&" * 6000, title="&" * 6000))
    assert raised.value.code == "keep_too_long"
