"""EXIF blocks: every private part is reported, no value is repeated, and reading cost is limited."""

import io
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from chalicelib.imaging.metadata.exif.block import ExifWalker, minimal_exif, read_exif
from chalicelib.imaging.metadata.exif.directories import DirectoryLimits, open_tiff
from chalicelib.imaging.metadata.findings import Kind
from tests.imaging.metadata.exif.builders import block, camera_exif, directory


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_minimal_block_holds_one_tag_and_is_allowed(orientation: int) -> None:
    minimal = minimal_exif(orientation)
    exif = Image.Exif()
    exif.load(minimal)
    assert dict(exif) == {274: orientation}
    (finding,) = read_exif(minimal).findings("here")
    assert (finding.kind, finding.allowed, finding.size) == (Kind.ORIENTATION, True, 26)


def test_a_minimal_block_with_more_bytes_is_not_allowed() -> None:
    (finding,) = read_exif(minimal_exif(6) + b"SECRET").findings("here")
    assert (finding.kind, finding.allowed) == (Kind.EXIF, False)


def test_each_private_part_is_reported_without_its_value() -> None:
    summary = read_exif(camera_exif())
    findings = summary.findings("APP1")
    assert summary.orientation == 6
    assert {Kind.EXIF, Kind.GPS, Kind.MAKERNOTE, Kind.SERIAL} == {finding.kind for finding in findings}
    assert not any(finding.allowed for finding in findings)
    assert "SECRET" not in repr(findings)


def test_the_size_of_the_thumbnail_is_reported() -> None:
    thumbnail = directory((0x0201, 4, 1, 60), (0x0202, 4, 1, 1234))
    first = directory((271, 2, 4, 0x41414141), following=8 + 18)
    found = read_exif(block(first, thumbnail)).findings("APP1")
    assert [(finding.kind, finding.size) for finding in found[1:]] == [(Kind.THUMBNAIL, 1234)]


def test_the_size_of_a_gps_directory_includes_its_values() -> None:
    pointer = directory((0x8825, 4, 1, 26))
    gps = directory((2, 5, 3, 44))
    (_, finding) = read_exif(block(pointer, gps, bytes(24))).findings("APP1")
    assert (finding.kind, finding.where, finding.size) == (Kind.GPS, "APP1 IFD0/GPS", len(gps) + 24)


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_an_invalid_orientation_is_read_as_1(value: int) -> None:
    assert read_exif(block(directory((274, 3, 1, value)))).orientation == 1


def test_an_orientation_of_another_integer_type_is_read_as_in_pillow() -> None:
    assert read_exif(block(directory((274, 4, 1, 8)))).orientation == 8


@pytest.mark.filterwarnings("ignore:Truncated File Read")
def test_an_orientation_after_a_value_outside_the_block_is_ignored_as_in_pillow() -> None:
    data = block(directory((271, 2, 20, 9999), (274, 3, 1, 6)))
    exif = Image.Exif()
    exif.load(data)
    assert exif.get(274, 1) == read_exif(data).orientation == 1
    assert read_exif(data).broken


@pytest.mark.filterwarnings("ignore:Tag data larger than file")
@pytest.mark.parametrize(
    "orientation",
    [(274, 3, 1, 6), (274, 3, 20, 26), (274, 17, 1, 6), (274, 1, 1, 6), (274, 3, 0, 6)],
    ids=["inline", "larger than what is left", "unknown type", "bytes", "empty"],
)
def test_fields_are_accepted_as_in_pillow(orientation: tuple[int, int, int, int]) -> None:
    data = block(directory((271, 2, 40, 8), (271, 2, 40, 8), (272, 2, 40, 8), orientation, (274, 3, 1, 8)))
    exif = Image.Exif()
    exif.load(data)
    expected = exif.get(274, 1)
    assert read_exif(data).orientation == (expected if isinstance(expected, int) else 1)


@pytest.mark.filterwarnings("ignore:Metadata Warning")
def test_a_second_field_of_a_tag_is_not_counted_as_in_pillow() -> None:
    maker, orientation = (271, 2, 40, 8), (274, 3, 10, 50)
    data = block(directory(maker, maker, orientation), struct.pack("<10H", *range(6, 16)))
    exif = Image.Exif()
    exif.load(data)
    assert exif[274] == read_exif(data).orientation == 6


def test_the_orientation_is_read_from_a_directory_that_is_cut_off_after_it() -> None:
    data = block(directory((274, 3, 1, 6), (305, 2, 4, 0)))[:-6]
    assert read_exif(data).broken
    assert read_exif(data).orientation == 6


@pytest.mark.parametrize("data", [b"", b"II", b"XX*\0\x08\0\0\0", b"II*\0\xff\xff\xff\xff", block(directory())[:9]])
def test_a_broken_block_is_reported_and_raises_nothing(data: bytes) -> None:
    (finding, *_) = read_exif(data).findings("here")
    assert (finding.kind, finding.allowed) == (Kind.EXIF, False)
    assert read_exif(data).broken


def test_directories_that_form_a_loop_are_reported_as_broken() -> None:
    assert read_exif(block(directory((0x8769, 4, 1, 8), following=8))).broken


def test_directories_are_followed_to_a_limited_depth() -> None:
    nested = block(*(directory((0x8769, 4, 1, 26 + 18 * level)) for level in range(9)))
    assert read_exif(nested).fields == 5


def test_overlapping_directories_are_read_up_to_the_size_of_the_block() -> None:
    pointers = struct.pack("<64I", *range(300, 300 + 128, 2))
    data = block(directory((0x014A, 4, 64, 26)), pointers) + b"\x00\x10" * 200_000
    summary = read_exif(data)
    assert summary.broken
    assert summary.fields * 12 <= len(data)


def test_a_list_of_pointers_that_fields_share_is_followed_once() -> None:
    fields = [(0x014A, 4, 64, 8 + 2 + 12 * 3000 + 4)] * 3000
    pointers = struct.pack("<64I", *range(9_000_000, 9_000_064))
    walker = ExifWalker(open_tiff(block(directory(*fields), pointers)), DirectoryLimits(1 << 20))
    walker.walk(8, "IFD0", 0)
    assert walker.broken
    assert walker.pointers_left == 0


@settings(deadline=None)
@given(
    changes=st.lists(st.tuples(st.integers(0, 400), st.binary(min_size=1, max_size=6)), max_size=8),
    cut=st.integers(0, 400),
)
def test_a_damaged_block_raises_nothing(changes: list[tuple[int, bytes]], cut: int) -> None:
    damaged = io.BytesIO(camera_exif())
    for at, new in changes:
        damaged.seek(at)
        damaged.write(new)
    summary = read_exif(damaged.getvalue()[:cut])
    assert summary.orientation in range(1, 9)
    assert summary.findings("here")
