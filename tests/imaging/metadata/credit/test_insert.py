"""The block and the packet go where each format has its place, beside what a scrub had kept there."""

import io

from PIL import Image

from chalicelib.imaging import metadata
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.metadata.credit.insert import insert, rewrite_block
from chalicelib.imaging.metadata.exif.block import minimal_exif
from scripts.measuring import samples
from tests.imaging.metadata.jpeg.builders import ultra_hdr

TEXTS, PACKET = {0x013B: b"Ann\0"}, b"<x:xmpmeta/>"


def test_a_block_keeps_what_the_picture_needs() -> None:
    with Image.open(
        io.BytesIO(samples.jpeg(samples.segment(0xE1, b"Exif\0\0" + rewrite_block(minimal_exif(6), TEXTS))))
    ) as image:
        assert dict(image.getexif()) == {0x0112: 6, 0x013B: "Ann"}


def test_a_simple_webp_gets_an_extended_header_with_its_alpha() -> None:
    for mode, flags in (("RGB", 0x0C), ("RGBA", 0x1C)):
        image = Image.new(mode, (20, 10), (1, 2, 3, 128)[: len(mode)])
        data = metadata.strip(samples.encode(image, "WEBP", lossless=True)).data
        new = insert(data, ImageFormat.WEBP, TEXTS, PACKET).data
        assert (new[12:16], new[20]) == (b"VP8X", flags)
        with Image.open(io.BytesIO(new)) as opened:
            assert (opened.size, opened.mode) == ((20, 10), mode)
            assert opened.getexif()[0x013B] == "Ann"


def test_an_hdr_photo_keeps_its_gain_map_and_gets_exif_alone() -> None:
    clean = metadata.strip(ultra_hdr())
    inserted = insert(clean.data, ImageFormat.JPEG, TEXTS, PACKET)
    assert inserted.packet == b""
    kinds = {finding.kind for finding in metadata.inspect(inserted.data)}
    assert "gain_map" in kinds
    assert "gain map lost" not in kinds
    assert metadata.strip(inserted.data).data == clean.data
