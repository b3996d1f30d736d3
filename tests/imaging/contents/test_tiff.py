"""The pages of a TIFF are counted, but not its thumbnails and masks."""

import io
import struct

import pytest
from PIL import Image, TiffImagePlugin

from chalicelib.imaging.contents.found import Contents
from chalicelib.imaging.contents.tiff import read
from tests.imaging.colour import made
from tests.pictures import encoded, picture


def pages(*subfiles: int) -> bytes:
    """Make a TIFF with a page for each value of NewSubfileType."""
    buffer = io.BytesIO()
    with TiffImagePlugin.AppendingTiffWriter(buffer) as writer:
        for subfile in subfiles:
            picture().save(writer, "TIFF", tiffinfo={254: subfile})
            writer.newFrame()
    return buffer.getvalue()


@pytest.mark.parametrize(("subfiles", "further"), [((0, 0, 2), 2), ((0, 1), 0), ((0, 4), 0), ((0, 1, 2), 1)])
def test_copies_and_masks_are_no_further_pictures(subfiles: tuple[int, ...], further: int) -> None:
    assert read(pages(*subfiles)) == Contents(further_pictures=further)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("bits", "read_bits"), [((16, 16, 16), 16), ((8, 8, 8), 8), ((16,), 16), ((32,), 32)])
def test_the_depth_is_read_in_both_byte_orders(order: str, bits: tuple[int, ...], read_bits: int) -> None:
    data = made.tiff(bits, 2 if len(bits) == 3 else 1, bytes(sum(bits) // 8 * made.SIDE**2), order=order)
    assert read(data) == Contents(bits=read_bits)


def test_the_colours_of_a_palette_have_8_bits() -> None:
    assert read(encoded(picture(mode="P"), "TIFF")) == Contents()


def test_bigtiff_is_read() -> None:
    data = encoded(picture(mode="I;16"), "TIFF", big_tiff=True, save_all=True, append_images=[picture()])
    assert read(data) == Contents(further_pictures=1, bits=16)


def test_a_manifest_is_found() -> None:
    assert read(encoded(picture(), "TIFF", tiffinfo={52545: b"manifest"})).has_c2pa


def test_a_ring_of_directories_ends() -> None:
    data = bytearray(encoded(picture(), "TIFF"))
    (at,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, at)
    struct.pack_into("<I", data, at + 2 + 12 * count, at)
    assert Image.open(io.BytesIO(data)).size == (64, 48)
    assert read(bytes(data)) == Contents()
