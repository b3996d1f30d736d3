"""Values of EXIF are spelled as exiftool spells them."""

from typing import Any

import pytest

from chalicelib.imaging.metadata.details.exif import read_exif
from chalicelib.imaging.metadata.details.values import Details, Topic
from tests.imaging.metadata.details import builders

TIMES = {0x9003: "2026:05:01 10:11:12", 0x9291: "045 ", 0x9011: "+02:00"}


def read(block: bytes) -> Details:
    details = Details()
    for _ in read_exif(block, details):
        pass
    return details


def only(details: Details, topic: Topic) -> list[tuple[str, str]]:
    return [(each.name, each.value) for each in details.values[topic]]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (TIMES, "2026:05:01 10:11:12.045+02:00"),
        (TIMES | {0x9011: "-1:30"}, "2026:05:01 10:11:12.045-01:30"),
        (TIMES | {0x9291: "", 0x9011: "   :  "}, "2026:05:01 10:11:12"),
        ({0x9003: "2026:05:01 10:11:12.5+01:00"} | {0x9291: "7", 0x9011: "+02:00"}, "2026:05:01 10:11:12.5+01:00"),
    ],
)
def test_a_time_has_its_fraction_and_its_offset(fields: dict[int, Any], expected: str) -> None:
    assert only(read(builders.exif(more=fields)), Topic.TIMES) == [("DateTimeOriginal", expected)]


def test_a_blank_time_is_no_time() -> None:
    assert only(read(builders.exif(more={0x9003: "    :  :     :  :  "})), Topic.TIMES) == []


@pytest.mark.parametrize(
    ("tag", "value", "expected"),
    [
        (0x010E, "caption  ", "caption  "),
        (0x013B, "Ann   ", "Ann"),
        (0x8298, "Ann \0Ed \0", "Ann\nEd"),
        (0x8298, " \0Ed\0", "\nEd"),
        (0x8298, "Ann\0", "Ann"),
        (0x9C9F, "Thème\0".encode("utf-16-le"), "Thème"),
        (0x010E, "Zoë".encode(), "Zoë"),
    ],
)
def test_a_text_ends_where_exiftool_ends_it(tag: int, value: Any, expected: str) -> None:
    details = read(builders.exif({tag: value}))
    assert [each.value for found in details.values.values() for each in found] == [expected]


def test_numbers_are_separated_by_blanks() -> None:
    fields = {0xA432: (4.25, 6.0, 1.8, 2.4)}
    assert only(read(builders.exif(more=fields)), Topic.LENS) == [("LensSpecification", "4.25 6 1.8 2.4")]


def test_the_thumbnail_of_the_second_directory_is_shown() -> None:
    picture = builders.thumbnail()
    details = read(builders.with_thumbnail(builders.exif({0x010F: "Maker"}), picture))
    assert [(each.source, each.size) for each in details.thumbnails] == [("EXIF IFD1", len(picture))]


def test_blocks_of_another_kind_are_handed_back() -> None:
    details = Details()
    found = dict(read_exif(builders.exif({0x02BC: b"<x/>", 0x83BB: b"\x1c\2\5"}), details))
    assert found == {0x02BC: b"<x/>", 0x83BB: b"\x1c\2\5"}


@pytest.mark.parametrize("block", [b"", b"MM\0*", b"MM\0*\0\0\0\x08\xff\xff", b"II*\0\x08\0\0\0\1\0"])
def test_a_broken_block_has_no_values(block: bytes) -> None:
    assert read(block).document() == Details().document()


def test_a_directory_that_is_cut_off_still_has_its_first_fields() -> None:
    block = bytearray(builders.exif({0x010F: "Abc"}))
    at = int.from_bytes(block[4:8], "little" if block[:2] == b"II" else "big")
    block[at : at + 2] = b"\x20\0" if block[:2] == b"II" else b"\0\x20"
    assert only(read(bytes(block)), Topic.CAMERA) == [("Make", "Abc")]
