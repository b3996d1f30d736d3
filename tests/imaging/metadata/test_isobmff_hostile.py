"""AVIF and HEIC from an enemy: each ends cleaned or rejected, and no other error escapes."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.errors import CorruptImage, UnsupportedFormat
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.metadata import isobmff
from tests.imaging.metadata.heif_factory import HeifFile, Piece, box, full_box, ispe
from tests.imaging.metadata.heif_samples import EXIF_ITEM, XMP_ITEM, animation, avif_file, heic_file


@pytest.mark.parametrize("kind", [b"jpeg", b"j2k1"])
def test_coding_with_room_for_metadata_is_refused(kind: bytes) -> None:
    with pytest.raises(UnsupportedFormat, match="coding"):
        isobmff.strip(HeifFile((Piece(kind, b"x", properties=(1,)),), (ispe(1, 1),)).build())


def test_metadata_that_shares_bytes_with_the_picture_is_refused() -> None:
    data = heic_file(EXIF_ITEM)
    at = data.index(b"mdat") + 4
    location = struct.pack(">HHHHII", 2, 0, 0, 1, at + len(b"coded picture"), len(EXIF_ITEM.data))
    overlap = struct.pack(">HHHHII", 2, 0, 0, 1, at + 4, len(EXIF_ITEM.data))
    assert data.count(location) == 1
    with pytest.raises(CorruptImage, match="share"):
        isobmff.strip(data.replace(location, overlap))


def test_metadata_that_points_at_the_boxes_is_refused() -> None:
    data = heic_file(EXIF_ITEM)
    at = data.index(b"mdat") + 4 + len(b"coded picture")
    hostile = data.replace(struct.pack(">II", at, len(EXIF_ITEM.data)), struct.pack(">II", 40, 50))
    with pytest.raises(CorruptImage, match="outside"):
        isobmff.strip(hostile)


HOSTILE = {
    "box longer than its parent": box(b"ftyp", b"heic", bytes(4)) + struct.pack(">I", 99) + b"meta" + bytes(20),
    "no boxes": box(b"ftyp", b"heic", bytes(4)),
    "two metas": heic_file() + full_box(b"meta"),
    "boxes without end": box(b"ftyp", b"heic", bytes(4)) + box(b"zzzz") * 70_000,
    "64-bit size": box(b"ftyp", b"heic", bytes(4)) + struct.pack(">I4sQ", 1, b"mdat", 2**63),
    "extents of no bytes": heic_file().replace(b"\x44\0\0\1\0\1", b"\0\0\xff\xff\0\1"),
    "primary that is no picture": heic_file(EXIF_ITEM, primary=2),
    "nested to no end": box(b"ftyp", b"heic", bytes(4)) + struct.pack(">I4s", 0, b"meta") * 50_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file_is_rejected(name: str) -> None:
    with pytest.raises((CorruptImage, UnsupportedFormat)):
        isobmff.strip(HOSTILE[name])


def test_other_formats_are_refused() -> None:
    with pytest.raises(UnsupportedFormat):
        isobmff.inspect(b"GIF89a")


def test_format_is_told_by_the_brand() -> None:
    assert isobmff.strip(heic_file()).format is ImageFormat.HEIC


SEEDS = (heic_file(EXIF_ITEM, XMP_ITEM, references=((b"cdsc", 2, 1),)), animation(), avif_file(EXIF_ITEM).build())


@settings(max_examples=100, deadline=None)
@given(
    seed=st.sampled_from(SEEDS),
    changes=st.lists(st.tuples(st.integers(0, 2**16), st.binary(min_size=1, max_size=4)), max_size=6),
    cut=st.none() | st.integers(0, 2**16),
)
def test_mutated_file_is_cleaned_or_rejected(seed: bytes, changes: list[tuple[int, bytes]], cut: int | None) -> None:
    mutant = bytearray(seed)
    for at, new in changes:
        place = at % len(seed)
        mutant[place : place + len(new)] = new
    data = bytes(mutant[: cut % len(seed) if cut is not None else None])
    try:
        stripped = isobmff.strip(data)
    except (CorruptImage, UnsupportedFormat):
        return
    assert [finding for finding in isobmff.inspect(stripped.data) if not finding.allowed] == []
