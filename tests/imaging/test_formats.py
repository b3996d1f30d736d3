"""The format is detected by the first bytes."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import UnsupportedFormat
from chalicelib.imaging.formats import ImageFormat, sniff
from tests.pictures import photo

_HEIC = b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1heic"


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "AVIF", "GIF", "TIFF", "BMP"])
def test_each_format_is_detected_by_its_signature(name: str) -> None:
    assert sniff(photo(pillow_name=name)) is ImageFormat[name]


def test_both_byte_orders_of_tiff_and_bigtiff_are_detected() -> None:
    for start in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        assert sniff(start + b"\0" * 8) is ImageFormat.TIFF


def test_heic_is_detected_by_a_compatible_brand() -> None:
    assert sniff(_HEIC) is ImageFormat.HEIC


@pytest.mark.parametrize("data", [b"", b"\xff", b"<svg/>", b"%!PS-Adobe", b"8BPS\0\1", b"\0\0\0\x18ftypmp42"])
def test_other_bytes_are_an_unsupported_format(data: bytes) -> None:
    with pytest.raises(UnsupportedFormat) as caught:
        sniff(data)
    assert "WEBP" in caught.value.detail


@given(st.binary(max_size=64))
def test_any_bytes_give_a_format_or_unsupported_format(data: bytes) -> None:
    with suppress(UnsupportedFormat):
        assert isinstance(sniff(data), ImageFormat)
