"""EXIF blocks: what they hold is told without echoing it, and no block costs more than one reading."""

import io
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from chalicelib.imaging.metadata.exif.block import Survey, minimal_exif, read_exif
from chalicelib.imaging.metadata.exif.directories import Budget, open_tiff
from chalicelib.imaging.metadata.findings import Kind


def camera_exif() -> bytes:
    exif = Image.Exif()
    exif[271] = "SECRET maker"
    exif[274] = 6
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8769)[0xA431] = "SECRET serial"
    exif.get_ifd(0x8769)[0x927C] = b"SECRET note"
    return exif.tobytes().removeprefix(b"Exif\0\0")


def directory(*entries: tuple[int, int, int, int], following: int = 0) -> bytes:
    body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return struct.pack("<H", len(entries)) + body + struct.pack("<I", following)


def block(*directories: bytes) -> bytes:
    return b"II*\0" + struct.pack("<I", 8) + b"".join(directories)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_minimal_exif_holds_one_tag_and_is_allowed(orientation: int) -> None:
    made = minimal_exif(orientation)
    exif = Image.Exif()
    exif.load(made)
    assert dict(exif) == {274: orientation}
    (finding,) = read_exif(made).findings("here")
    assert (finding.kind, finding.allowed, finding.size) == (Kind.ORIENTATION, True, 26)


def test_bytes_behind_a_minimal_block_are_not_allowed() -> None:
    (finding,) = read_exif(minimal_exif(6) + b"SECRET").findings("here")
    assert (finding.kind, finding.allowed) == (Kind.EXIF, False)


def test_each_telling_part_is_found_and_none_is_echoed() -> None:
    summary = read_exif(camera_exif())
    findings = summary.findings("APP1")
    assert summary.orientation == 6
    assert {Kind.EXIF, Kind.GPS, Kind.MAKERNOTE, Kind.SERIAL} == {finding.kind for finding in findings}
    assert not any(finding.allowed for finding in findings)
    assert "SECRET" not in repr(findings)


def test_thumbnail_of_the_second_directory_is_measured() -> None:
    thumbnail = directory((0x0201, 4, 1, 60), (0x0202, 4, 1, 1234))
    first = directory((271, 2, 4, 0x41414141), following=8 + 18)
    found = read_exif(block(first, thumbnail)).findings("APP1")
    assert [(finding.kind, finding.size) for finding in found[1:]] == [(Kind.THUMBNAIL, 1234)]


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_invalid_orientation_reads_as_upright(value: int) -> None:
    assert read_exif(block(directory((274, 3, 1, value)))).orientation == 1


def test_orientation_of_another_number_type_counts_as_in_pillow() -> None:
    assert read_exif(block(directory((274, 4, 1, 8)))).orientation == 8


def test_orientation_behind_a_cut_value_is_not_read_as_in_pillow() -> None:
    data = block(directory((271, 2, 100, 9999), (274, 3, 1, 6)))
    assert read_exif(data).orientation == 1
    assert read_exif(data).broken


@pytest.mark.parametrize("data", [b"", b"II", b"XX*\0\x08\0\0\0", b"II*\0\xff\xff\xff\xff", block(directory())[:9]])
def test_broken_block_is_reported_not_raised(data: bytes) -> None:
    (finding, *_) = read_exif(data).findings("here")
    assert (finding.kind, finding.allowed) == (Kind.EXIF, False)
    assert read_exif(data).broken


def test_directories_that_loop_end() -> None:
    assert read_exif(block(directory((0x8769, 4, 1, 8), following=8))).broken


def test_overlapping_directories_cost_no_more_than_the_block() -> None:
    pointers = struct.pack("<64I", *range(300, 300 + 128, 2))
    data = block(directory((0x014A, 4, 64, 26)), pointers) + b"\x00\x10" * 200_000
    summary = read_exif(data)
    assert summary.broken
    assert summary.fields * 12 <= len(data)


def test_fields_that_share_one_list_of_pointers_do_not_multiply_it() -> None:
    fields = [(0x014A, 4, 64, 8 + 2 + 12 * 3000 + 4)] * 3000
    pointers = struct.pack("<64I", *range(9_000_000, 9_000_064))
    survey = Survey(open_tiff(block(directory(*fields), pointers)), Budget(1 << 20))
    survey.follow(8, "IFD0", 0)
    assert survey.broken
    assert survey.pointers == 0


@settings(deadline=None)
@given(
    changes=st.lists(st.tuples(st.integers(0, 400), st.binary(min_size=1, max_size=6)), max_size=8),
    cut=st.integers(0, 400),
)
def test_mutated_block_never_raises(changes: list[tuple[int, bytes]], cut: int) -> None:
    mutant = io.BytesIO(camera_exif())
    for at, new in changes:
        mutant.seek(at)
        mutant.write(new)
    summary = read_exif(mutant.getvalue()[:cut])
    assert summary.orientation in range(1, 9)
    assert summary.findings("here")
