"""Where a TIFF needs bytes: directories, values and image data, in every byte order and size of offsets."""

import struct

import pytest

from chalicelib.imaging.tiff_header import is_cut_short
from scripts.measuring.samples import draw, encode
from tests.imaging.metadata.tiff.builders import GREY, LONG, SHORT, STRIP, one_page
from tests.pictures import photo


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "jpeg", "tiff_adobe_deflate", "packbits"])
@pytest.mark.parametrize("big", [True, False])
def test_a_file_is_whole_or_cut_at_every_byte(compression: str, *, big: bool) -> None:
    data = encode(draw((64, 48)), "TIFF", compression=compression, big_tiff=big)
    assert not is_cut_short(data)
    assert all(is_cut_short(data[:size]) for size in range(4, len(data) - 1, max(1, len(data) // 300)))


def test_the_second_page_counts_too() -> None:
    data = encode(draw(), "TIFF", save_all=True, append_images=[draw(turn=1)])
    assert not is_cut_short(data)
    assert is_cut_short(data[:-9])


def test_a_declared_size_may_be_too_large_for_uncompressed_pixels() -> None:
    """Decoders compute the size from the pixels."""
    data = photo(pillow_name="TIFF")
    entry = struct.pack("<HHII", 279, LONG, 1, 64 * 48 * 3)
    assert entry in data
    assert not is_cut_short(data.replace(entry, struct.pack("<HHII", 279, LONG, 1, 1 << 30)))


@pytest.mark.parametrize("field", [(700, 1, 8, 1 << 20), (34665, LONG, 1, 1 << 20), (0x9999, 99, 8, 1 << 20)])
def test_a_broken_field_that_no_decoder_needs_is_damage_and_no_cut(field: tuple[int, int, int, int]) -> None:
    assert not is_cut_short(one_page(*GREY, *STRIP, field))


def test_a_loop_of_directories_ends() -> None:
    looped = b"II*\0\x08\0\0\0" + struct.pack("<HI", 0, 8)
    assert not is_cut_short(looped)


def test_very_many_entries_are_not_all_read() -> None:
    directory = struct.pack("<H", 60_000) + struct.pack("<HHII", 256, SHORT, 1, 1) * 60_000 + bytes(4)
    assert not is_cut_short(b"II*\0\x08\0\0\0" + directory)
