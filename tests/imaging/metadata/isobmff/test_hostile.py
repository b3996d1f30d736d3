"""AVIF and HEIC from an enemy: each ends cleaned or rejected, and no other error escapes."""

import struct
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.errors import CorruptImage, UnsupportedFormat
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.metadata import isobmff
from chalicelib.imaging.metadata.isobmff.boxes import Box
from chalicelib.imaging.metadata.isobmff.items import Item, Items, Reference
from chalicelib.imaging.metadata.isobmff.orientation import OrientationSearch
from scripts.measuring.heif_factory import HeifFile, Piece, box, full_box, ispe
from scripts.measuring.heif_samples import EXIF_ITEM, XMP_ITEM, animation, avif_file, heic_file


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


@pytest.mark.parametrize("kind", [b"mime", b"Exif", b"uri "])
def test_items_that_share_more_bytes_than_the_file_has_are_rejected(kind: bytes) -> None:
    many = Piece(kind, b"", b"\0application/rdf+xml\0")
    whole = Shared((Piece(b"hvc1", b"coded picture", properties=(1,)), *([many] * 300)), (ispe(64, 48),))
    with pytest.raises(CorruptImage, match="share"):
        isobmff.read(replace(whole, hidden_data=b"x" * 100_000).build())


class Shared(HeifFile):
    """A file whose items all have the bytes behind the first one's."""

    def _locations(self, start: int) -> bytes:
        body = struct.pack(">BBH", 0x44, 0, len(self.pieces))
        for number, piece in enumerate(self.pieces, 1):
            place = (start, len(piece.data)) if number == 1 else (start + 13, len(self.hidden_data))
            body += struct.pack(">HHHHII", number, 0, 0, 1, *place)
        return body


def test_items_may_share_their_bytes_where_the_sum_is_small() -> None:
    whole = Shared((Piece(b"hvc1", b"coded picture", properties=(1,)), XMP_ITEM, XMP_ITEM), (ispe(64, 48),))
    assert b"SECRET" not in isobmff.strip(replace(whole, hidden_data=XMP_ITEM.data).build()).data


def test_a_packet_that_many_references_name_is_read_once() -> None:
    packet = Piece(b"mime", b"x" * 50_000, b"\0application/rdf+xml\0")
    items = Items(primary=1, entries={2: Item(2, b"mime", 0, 0, 40, hidden=False)})
    link = Box(b"cdsc", 0, 0, 0)
    items.references = [Reference(link, 2, (1,), 2)] * 1_000
    reads: list[int] = []

    def read(number: int) -> bytes:
        reads.append(number)
        return packet.data

    assert OrientationSearch(packet.text.ljust(40, b"\0"), items, read) == 1
    assert reads == [2]


def test_other_formats_are_refused() -> None:
    with pytest.raises(UnsupportedFormat):
        isobmff.read(b"GIF89a")


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
    assert [finding for finding in isobmff.read(stripped.data).findings if not finding.allowed] == []
