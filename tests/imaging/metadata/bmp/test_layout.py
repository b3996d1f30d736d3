"""Where the parts of a BMP are, for each kind of header."""

import struct
from typing import Any

import pytest

from chalicelib.errors import CorruptImage, UnsupportedFormat
from chalicelib.imaging.metadata.bmp.layout import read_layout
from scripts.measuring.samples import draw, encode
from tests.imaging.metadata.bmp.builders import bmp, v5


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA"])
def test_the_parts_of_a_file_by_pillow_cover_it(mode: str) -> None:
    data = encode(draw((40, 24), mode), "BMP")
    layout = read_layout(data)
    assert layout.size == (40, 24)
    assert (layout.palette_end, layout.header.end) == (layout.header.pixels_at, len(data))
    assert layout.colours == {"1": 2, "L": 256, "P": layout.header.colours}.get(mode, 0)


def test_a_palette_has_no_more_colours_than_the_pixels_can_name() -> None:
    assert read_layout(bmp(bits=4, colours=300)).colours == 16
    assert read_layout(bmp(bits=4, colours=5)).colours == 5
    assert read_layout(bmp(bits=24, colours=300)).colours == 0


def test_a_palette_ends_before_the_pixels() -> None:
    assert read_layout(bmp(bits=8, palette=bytes(12))).colours == 3


@pytest.mark.parametrize(("profile_at", "size"), [(124, 5), (1 << 30, 5), (130, 1 << 30)])
def test_a_profile_outside_the_bytes_behind_the_pixels_is_none(profile_at: int, size: int) -> None:
    assert read_layout(v5(b"profile", profile_at=profile_at, size=size)).profile.size == 0


def test_a_profile_behind_the_pixels_is_found() -> None:
    data = v5(b"profile")
    profile = read_layout(data).profile
    assert data[profile.at : profile.end] == b"profile"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (bmp(info_size=44), "bmp_header"),
        (bmp()[:10] + struct.pack("<I", 20) + bmp()[14:], "bmp_header"),
        (bmp(width=0), "bmp_size"),
        (bmp(width=-3), "bmp_size"),
        (bmp(height=0), "bmp_size"),
    ],
)
def test_a_broken_header_is_corrupt(data: bytes, code: str) -> None:
    with pytest.raises(CorruptImage) as raised:
        read_layout(data)
    assert raised.value.code == code


@pytest.mark.parametrize("options", [{"compression": 1}, {"compression": 4}, {"bits": 64}, {"bits": 3}])
def test_compressed_pixels_and_unknown_depths_are_not_supported(options: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedFormat) as raised:
        read_layout(bmp(**options))
    assert raised.value.code == "bmp_compression"
