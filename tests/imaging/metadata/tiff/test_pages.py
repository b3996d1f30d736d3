"""TIFF pages: what is kept and dropped of each directory; raw photos and broken files are rejected."""

import struct

import pytest

from chalicelib.errors import CorruptImage, UnsupportedFormat
from chalicelib.imaging.metadata import tiff
from chalicelib.imaging.metadata.exif.directories import open_tiff
from chalicelib.imaging.metadata.tiff.pages import Page, read_pages
from tests.imaging.metadata.exif.builders import directory
from tests.imaging.metadata.tiff.builders import (
    BYTE,
    GREY,
    HEADER,
    LONG,
    SHORT,
    STRIP,
    one_page,
    tiff_file,
)

ASCII, UNDEFINED = 2, 7


def read(data: bytes) -> tuple[Page, ...]:
    return read_pages(open_tiff(data))


@pytest.mark.parametrize(
    "data",
    [
        HEADER + directory(*GREY, *STRIP, (50706, 1, 4, 1)),
        HEADER + directory(*GREY[:4], (262, 3, 1, 32803), *STRIP),
        HEADER + directory(*GREY[:3], (259, 3, 1, 34713), *STRIP),
        HEADER + directory(*GREY, *STRIP, (330, 4, 1, 110)) + directory((256, 3, 1, 99), (257, 3, 1, 99)),
        HEADER + directory(*GREY, *STRIP, (330, 4, 1, 110)) + directory((262, 3, 1, 34892)),
        b"II*\0\x10\0\0\0CR\2\0\0\0\0\0" + directory(*GREY, *STRIP),
        b"II*\0\x10\0\0\0IIIICwaR" + directory(*GREY, *STRIP),
    ],
    ids=[
        "DNG",
        "colour filter array",
        "vendor's compression",
        "larger picture in a sub-directory",
        "raw pixels in a sub-directory",
        "CR2",
        "IIQ",
    ],
)
def test_a_raw_photo_is_rejected(data: bytes) -> None:
    with pytest.raises(UnsupportedFormat):
        tiff.strip(data)


@pytest.mark.parametrize(
    "data",
    [
        b"II*\0",
        HEADER,
        b"II*\0\0\0\0\0",
        HEADER + directory(*GREY, *STRIP, following=8),
        HEADER + directory(*GREY, (273, 4, 1, 9999), (279, 4, 1, 4)),
        HEADER + directory(*GREY[:3], (259, 3, 1, 5), (273, 4, 1, 8)),
        HEADER + directory(*GREY, (273, 4, 2**31, 0)),
        HEADER + b"\xff\xff" + bytes(100),
        b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, 2**60),
        HEADER + directory(*GREY),
    ],
    ids=[
        "header cut off",
        "no directory",
        "empty chain",
        "loop",
        "strip outside the file",
        "no strip sizes",
        "too many strips",
        "directory cut off",
        "BigTIFF directory cut off",
        "no picture",
    ],
)
def test_a_broken_file_is_rejected(data: bytes) -> None:
    with pytest.raises(CorruptImage):
        tiff.strip(data if len(data) > 60 else data + bytes(8) * (data[:4] == b"II+\0"))


def test_a_page_is_split_into_kept_and_dropped_fields() -> None:
    (page,) = read(tiff_file())
    assert {270, 306, 700, 33432, 33723, 34377, 65000} <= {entry.tag for entry in page.dropped}
    assert {256, 257, 258, 259, 262, 277} <= {field.tag for field in page.fields}
    assert not {273, 279} & {field.tag for field in page.fields}
    assert page.size == (61, 47)
    assert "SECRET" not in repr(page.fields)


@pytest.mark.parametrize("widths", [(2, 7), (7, 2)])
def test_the_first_field_of_a_tag_counts_and_the_second_is_dropped(widths: tuple[int, int]) -> None:
    fields = ((256, SHORT, 1, width) for width in widths)
    (page,) = read(HEADER + directory(*fields, *GREY[1:], *STRIP))
    assert page.size == (widths[0], 2)
    assert [entry.tag for entry in page.dropped] == [256]


def test_an_allowed_tag_with_text_is_dropped() -> None:
    (page,) = read(one_page(*GREY, *STRIP, (282, ASCII, 8, 256), (34675, ASCII, 8, 256), data=b"SECRET\0\0"))
    assert [entry.tag for entry in page.dropped] == [282, 34675]


def test_values_beyond_the_defined_number_are_not_copied() -> None:
    (page,) = read(one_page(*GREY, *STRIP, (297, SHORT, 8, 256), data=struct.pack("<8H", *range(8))))
    (field,) = [field for field in page.fields if field.tag == 297]
    assert (field.count, field.value) == (2, struct.pack("<2H", 0, 1))


def test_an_orientation_is_kept_apart_from_the_fields() -> None:
    (page,) = read(one_page(*GREY, *STRIP, (274, SHORT, 1, 6)))
    assert page.orientation == 6
    assert 274 not in {entry.tag for entry in page.dropped}


def test_an_orientation_with_further_values_is_read_and_dropped() -> None:
    (page,) = read(one_page(*GREY, *STRIP, (274, SHORT, 8, 256), data=struct.pack("<8H", 6, *range(7))))
    assert page.orientation == 6
    assert 274 in {entry.tag for entry in page.dropped}


@pytest.mark.parametrize("field", [(254, LONG, 1, 1), (255, SHORT, 1, 2)], ids=["NewSubfileType", "SubfileType"])
def test_a_page_may_be_marked_as_a_smaller_version(field: tuple[int, int, int, int]) -> None:
    (page,) = read(one_page(*GREY, *STRIP, field))
    assert page.reduced


def test_pages_that_share_more_values_than_the_file_holds_are_rejected() -> None:
    profile = (34675, UNDEFINED, 3000, 500)
    size = len(directory(*GREY, *STRIP, profile))
    following = (8 + size, 8 + 2 * size, 0)
    pages = b"".join(directory(*GREY, *STRIP, profile, following=at) for at in following)
    assert len(read((HEADER + pages).ljust(9000, b"\0"))) == 3
    with pytest.raises(CorruptImage, match="more data"):
        read((HEADER + pages).ljust(3500, b"\0"))


def test_a_field_of_an_unknown_type_is_dropped() -> None:
    (page,) = read(one_page(*GREY, *STRIP, (282, 99, 1, 5), (283, BYTE, 0, 0)))
    assert [entry.tag for entry in page.dropped] == [282, 283]
