"""AVIF and HEIC files as a whole: metadata is zeroed in place, and pictures and timing keep every byte."""

import io
from dataclasses import replace

import pytest
from PIL import Image

from chalicelib.errors import CorruptImage, UnsupportedFormat
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.metadata import isobmff
from chalicelib.imaging.metadata.findings import Kind
from scripts.measuring.heif_files import avif_file, box, heic_file
from tests.imaging.metadata.isobmff.checks import assert_clean, pixels


def test_names_and_handlers_are_zeroed() -> None:
    clean = assert_clean(avif_file().build())
    assert b"appl" not in clean


@pytest.mark.parametrize("kind", [b"uuid", b"jumb", b"free", b"skip", b"mpvd", b"udta"])
def test_unknown_boxes_before_the_data_become_free_space(kind: bytes) -> None:
    data = avif_file(before_data=box(kind, b"SECRET" * 20)).build()
    clean = assert_clean(data)
    assert pixels(clean) == pixels(data)
    assert len(clean) == len(data)


@pytest.mark.parametrize("tail", [box(b"sefd", b"SECRET"), b"SECRET", b"SE", b"\xff" * 40, box(b"uuid", bytes(40))])
def test_a_trailer_is_cut_off(tail: bytes) -> None:
    whole = avif_file()
    data = replace(whole, after=tail).build()
    assert assert_clean(data) == assert_clean(whole.build())
    assert Kind.TRAILER in {finding.kind for finding in isobmff.read(data).findings}


def test_bytes_of_mdat_that_no_item_has_are_zeroed() -> None:
    data = avif_file(hidden_data=b"SECRET" * 9).build()
    assert pixels(assert_clean(data)) == pixels(data)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_picture_is_shown_with_the_same_orientation(orientation: int) -> None:
    exif = Image.Exif()
    exif[274] = orientation
    exif[272] = "SECRET model"
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((64, 48)).convert("RGB").save(buffer, "AVIF", exif=exif, speed=10)
    assert pixels(assert_clean(buffer.getvalue())) == pixels(buffer.getvalue())


def test_another_format_is_rejected() -> None:
    with pytest.raises(UnsupportedFormat):
        isobmff.read(b"GIF89a")


def test_the_format_follows_the_brand() -> None:
    assert isobmff.strip(heic_file()).format is ImageFormat.HEIC
    assert isobmff.strip(avif_file().build()).format is ImageFormat.AVIF


def test_a_file_without_the_size_of_its_picture_is_rejected() -> None:
    with pytest.raises(CorruptImage, match="size"):
        isobmff.strip(heic_file(properties=()))
