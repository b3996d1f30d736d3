"""Orientation: an AVIF looks the same after XMP is removed, because irot and imir replace it."""

import io
import struct
import sys
from dataclasses import replace
from types import FrameType

import pi_heif
import pytest
from PIL import Image

from chalicelib.errors import UnsupportedFormat
from chalicelib.imaging.metadata import isobmff, strip
from scripts.measuring.heif_files import HeifFile, HeifItem, avif_file, box, full_box, heic_file
from scripts.measuring.samples import SECRET, draw, encode, packet, rich_exif, upright

RDF = b"\0application/rdf+xml\0"


def avif(**options: object) -> bytes:
    return encode(draw((64, 48)), "AVIF", quality=90, speed=10, **options)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_orientation_that_only_xmp_holds_is_kept(orientation: int) -> None:
    data = avif(xmp=packet(orientation))
    clean = strip(data).data
    assert upright(clean) == upright(data)
    assert len(clean) == len(data)
    assert SECRET not in clean
    assert strip(clean).data == clean
    assert (b"irot" in clean or b"imir" in clean) == (orientation > 1)


@pytest.mark.parametrize("orientation", [2, 5, 6, 7])
def test_xmp_decides_when_exif_has_no_orientation(orientation: int) -> None:
    data = avif(xmp=packet(orientation), exif=rich_exif())
    assert upright(strip(data).data) == upright(data)


@pytest.mark.parametrize("exif", range(1, 9))
def test_exif_decides_when_it_has_an_orientation(exif: int) -> None:
    data = avif(xmp=packet(6), exif=rich_exif(exif))
    assert upright(strip(data).data) == upright(data)


def test_xmp_without_a_reference_to_the_picture_is_ignored() -> None:
    data = avif_file(HeifItem(b"mime", packet(6), RDF)).build()
    assert upright(strip(data).data) == upright(data)


def test_xmp_in_heic_is_ignored_as_its_readers_do() -> None:
    data = heic_file(HeifItem(b"mime", packet(6), RDF), references=((b"cdsc", 2, 1),))
    clean = isobmff.strip(data).data
    assert b"irot" not in clean
    assert pi_heif.is_supported(io.BytesIO(clean))
    with Image.open(io.BytesIO(avif(xmp=packet(6)))) as image:
        assert image.getexif().get(274) == 6


def test_two_properties_fit_into_the_space_of_a_media_type_and_a_reference() -> None:
    whole = avif_file(
        HeifItem(b"mime", packet(7), b"\0rdf+xml\0"), HeifItem(b"uri ", b"x", b"\0"), references=((b"cdsc", 2, 1),)
    )
    assert isobmff.strip(whole.build()).data


def test_a_file_with_idat_has_no_room_and_is_rejected() -> None:
    whole = avif_file(HeifItem(b"mime", packet(7), b"\0rdf+xml\0", in_idat=True), references=((b"cdsc", 2, 1),))
    with pytest.raises(UnsupportedFormat, match="no space"):
        isobmff.strip(whole.build())


class FourByteNumbers(HeifFile):
    """A file whose entries of iinf have version 3, with item numbers of four bytes."""

    def _entry(self, number: int, item: HeifItem) -> bytes:
        return full_box(b"infe", struct.pack(">IH", number, 0), item.kind, item.text, version=3, flags=item.hidden)


def test_a_file_whose_entries_cannot_give_space_is_rejected() -> None:
    whole = avif_file(HeifItem(b"mime", packet(6), RDF), references=((b"cdsc", 2, 1),))
    wide = FourByteNumbers(whole.items, whole.properties, whole.references, b"avif", essential=3)
    with pytest.raises(UnsupportedFormat, match="no space"):
        isobmff.strip(wide.build())


class WideAssociations(HeifFile):
    """A file whose associations have two bytes each."""

    def _associations(self) -> bytes:
        indexes = [index | (0x8000 if index == self.essential else 0) for index in self.items[0].properties]
        body = struct.pack(f">IHB{len(indexes)}H", 1, 1, len(indexes), *indexes)
        return full_box(b"ipma", body, flags=1)


@pytest.mark.parametrize(("orientation", "fits"), [(6, True), (7, False)])
def test_a_file_whose_emptied_text_is_too_short_is_rejected(orientation: int, fits: bool) -> None:
    whole = avif_file(HeifItem(b"mime", packet(orientation), b"rdf+xml"), references=((b"cdsc", 2, 1),))
    wide = WideAssociations(whole.items, whole.properties, whole.references, b"avif", essential=3)
    if fits:
        assert b"irot\3" in isobmff.strip(wide.build()).data
        return
    with pytest.raises(UnsupportedFormat, match="no space"):
        isobmff.strip(wide.build())


@pytest.mark.parametrize(("count", "fits"), [(125, True), (126, False)])
def test_a_file_with_too_many_properties_for_their_index_is_rejected(count: int, fits: bool) -> None:
    whole = avif_file(HeifItem(b"mime", packet(7), RDF), references=((b"cdsc", 2, 1),))
    more = tuple(box(b"free") for _ in range(count - len(whole.properties)))
    data = replace(whole, properties=(*whole.properties, *more)).build()
    if fits:
        assert upright(isobmff.strip(data).data) == upright(data)
        return
    with pytest.raises(UnsupportedFormat, match="no space"):
        isobmff.strip(data)


def test_a_packet_that_many_references_name_is_read_once() -> None:
    whole = avif_file(HeifItem(b"mime", packet(6), RDF), references=((b"cdsc", 2, 1),) * 1_000)
    assert calls("read_orientation", whole.build()) == 1


def calls(name: str, data: bytes) -> int:
    """Count the calls of a function of that name while a file is read."""
    counted = 0

    def count(frame: FrameType, event: str, _argument: object) -> None:
        nonlocal counted
        counted += event == "call" and frame.f_code.co_name == name

    sys.setprofile(count)
    try:
        isobmff.read(data)
    finally:
        sys.setprofile(None)
    return counted
