"""Pillow sees a PNG without texts and private chunks, and all other bytes where they belong."""

import io
import zlib

import pytest
from PIL import Image

from chalicelib.imaging.codec import decode
from chalicelib.imaging.png_reader import open_without_unread
from chalicelib.imaging.views import whole_view
from scripts.measuring.peak_memory import measure_peak, run_in_child
from scripts.measuring.samples import chunk
from tests.pictures import encoded, picture

PLAIN = encoded(picture(300, 200), "PNG", icc_profile=b"profile" * 9)
HEAD = 33
TEXTS = (
    chunk(b"tEXt", b"Title\0A title"),
    chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"a" * 100)),
    chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<x/>"),
    chunk(b"prVt", b"private"),
)


def with_parts(*parts: bytes, at: int = HEAD) -> bytes:
    return PLAIN[:at] + b"".join(parts) + PLAIN[at:]


@pytest.mark.parametrize("at", [HEAD, PLAIN.index(b"IDAT") - 4, len(PLAIN) - 12])
@pytest.mark.parametrize("parts", [TEXTS[:1], TEXTS, TEXTS[::-1], TEXTS[3:] * 40])
def test_texts_and_private_chunks_are_left_out(at: int, parts: tuple[bytes, ...]) -> None:
    assert open_without_unread(with_parts(*parts, at=at)).read() == PLAIN


@pytest.mark.parametrize("step", [1, 7, 4096])
def test_it_is_read_and_sought_like_a_file(step: int) -> None:
    file, plain = open_without_unread(with_parts(*TEXTS)), io.BytesIO(PLAIN)
    while expected := plain.read(step):
        assert file.read(step) == expected
        assert file.tell() == plain.tell()
    for place in ((40, io.SEEK_SET), (-30, io.SEEK_END), (-5, io.SEEK_CUR), (len(PLAIN) + 9, io.SEEK_SET)):
        assert (file.seek(*place), file.read(20)) == (plain.seek(*place), plain.read(20))


def test_pixels_and_other_chunks_are_the_same() -> None:
    image = Image.open(open_without_unread(with_parts(*TEXTS)))
    assert image.info == {"icc_profile": b"profile" * 9}
    assert image.tobytes() == Image.open(io.BytesIO(PLAIN)).tobytes()


@pytest.mark.parametrize("data", [PLAIN, PLAIN[:50], PLAIN[:8], b""])
def test_a_file_without_them_is_read_as_it_is(data: bytes) -> None:
    file = open_without_unread(data)
    assert isinstance(file, io.BytesIO)
    assert file.read() == data


@pytest.mark.parametrize("depth", [8, 16])
def test_packed_texts_need_no_memory(depth: int) -> None:
    """60 texts of a megabyte, of four bytes a character in Python, are 60 KB packed."""
    text = zlib.compress("\U0001f600".encode() + b"a" * 1_000_000)
    texts = [chunk(b"iTXt", b"k%d\0\1\0\0\0" % number + text) for number in range(60)]
    head = (8).to_bytes(4, "big") * 2 + bytes((depth, 2, 0, 0, 0))
    body = zlib.compress((b"\0" + bytes(8 * 3 * depth // 8)) * 8)
    parts = (chunk(b"IHDR", head), *texts, chunk(b"IDAT", body), chunk(b"IEND", b""))
    data = PLAIN[:8] + b"".join(parts)
    assert run_in_child(lambda: measure_peak(lambda: decode(data, 10**6, whole_view))) < 20_000_000
