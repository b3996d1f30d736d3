"""The header of a GIF is read as decoders read it, up to the first image."""

import struct

import pytest

from chalicelib.errors import CorruptImage
from chalicelib.imaging.gif_header import read_canvas, read_size, sub_blocks
from tests.pictures import bomb_gif, photo

_COMMENT = b"!\xfe\x03abc\0"
_CONTROL = b"!\xf9\x04\x08\0\0\0\0"


def _gif(left: int, top: int, width: int, height: int, extensions: bytes = b"") -> bytes:
    """Make a GIF with a screen of 16x16 pixels and an image at (left, top)."""
    data = bomb_gif(width, height, (16, 16), extensions)
    place = struct.pack("<HHHH", 0, 0, width, height)
    return data.replace(place, struct.pack("<HHHH", left, top, width, height))


def test_the_canvas_of_a_common_gif_is_its_screen() -> None:
    assert read_canvas(photo(30, 20, "GIF")) == read_size(photo(30, 20, "GIF")) == (30, 20)


@pytest.mark.parametrize(
    ("image", "canvas"),
    [
        ((0, 0, 8, 8), (16, 16)),
        ((12, 0, 8, 8), (20, 16)),
        ((0, 12, 8, 8), (16, 20)),
        ((0, 0, 100, 200), (100, 200)),
        ((9, 9, 300, 400), (309, 409)),
    ],
)
@pytest.mark.parametrize("before", [b"", _COMMENT + bytes(3), _CONTROL])
def test_the_canvas_covers_the_screen_and_the_first_image(
    image: tuple[int, int, int, int], canvas: tuple[int, int], before: bytes
) -> None:
    assert read_canvas(_gif(*image, before)) == canvas


@pytest.mark.parametrize("extensions", [_COMMENT, _CONTROL, _COMMENT + b"\0" + _CONTROL, b"\0\0" + _COMMENT])
def test_extensions_and_stray_bytes_before_the_first_image_are_skipped(extensions: bytes) -> None:
    assert read_canvas(_gif(0, 0, 300, 400, extensions)) == (300, 400)


def test_an_image_descriptor_inside_a_comment_is_not_an_image() -> None:
    decoy = b"," + struct.pack("<HHHHB", 0, 0, 900, 900, 0)
    comment = b"!\xfe" + bytes([len(decoy)]) + decoy + b"\0"
    assert read_canvas(_gif(0, 0, 300, 400, comment)) == (300, 400)


@pytest.mark.parametrize("end", [b"", b";"])
def test_a_gif_without_an_image_has_the_canvas_of_its_screen(end: bytes) -> None:
    assert read_canvas(bomb_gif(8, 8, (16, 16)).split(b",")[0] + end) == (16, 16)


def test_a_gif_without_a_global_colour_table_is_read() -> None:
    data = _gif(0, 0, 300, 400)
    assert read_canvas(data[:10] + b"\0" + data[11:13] + data[19:]) == (300, 400)


def test_an_image_descriptor_that_is_cut_short_does_not_count() -> None:
    """The decoder rejects such a file."""
    data = _gif(0, 0, 300, 400)
    end = data.index(b",") + 9
    assert read_canvas(data[:end]) == (300, 400)
    assert read_canvas(data[: end - 1]) == (16, 16)


def test_an_empty_comment_is_allowed() -> None:
    assert read_canvas(_gif(0, 0, 300, 400, b"!\xfe\0")) == (300, 400)


@pytest.mark.parametrize("empty", [b"!\x01\0", b"!\xf9\0", b"!\x42\0", b"!\xff\0", b"!\xff\x0bNETSCAPE2.0\0"])
def test_another_empty_extension_is_rejected(empty: bytes) -> None:
    with pytest.raises(CorruptImage) as raised:
        read_canvas(_gif(0, 0, 8, 8, empty))
    assert raised.value.code == "gif_extension"


@pytest.mark.parametrize("length", [6, 12, 18, 20, 21, 24])
def test_a_gif_that_ends_before_its_first_image_is_rejected(length: int) -> None:
    """The cuts are in the screen descriptor, in the colour table, and in the comment."""
    with pytest.raises(CorruptImage) as raised:
        read_canvas(_gif(0, 0, 8, 8, _COMMENT)[:length])
    assert raised.value.code == "truncated_image"


def test_sub_blocks_end_at_the_empty_one_or_at_the_end_of_the_file() -> None:
    assert list(sub_blocks(b"\x02ab\x01c\0\x02de", 0)) == [(1, 3), (4, 5)]
    assert list(sub_blocks(b"\x02ab", 0)) == [(1, 3)]


def test_a_sub_block_that_is_cut_short_is_rejected() -> None:
    with pytest.raises(CorruptImage):
        list(sub_blocks(b"\x03ab", 0))
