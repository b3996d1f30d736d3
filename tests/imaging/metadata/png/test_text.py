"""PNG texts: EXIF and XMP are found in them, and a decompression bomb costs neither time nor memory."""

import tracemalloc
import zlib
from collections.abc import Callable

import pytest

from chalicelib.imaging import metadata
from chalicelib.imaging.metadata import png
from chalicelib.imaging.metadata.findings import Kind
from chalicelib.imaging.metadata.png.chunks import walk
from chalicelib.imaging.metadata.png.text import LIMIT, TextReader, read_raw_profile
from scripts.measuring import samples
from scripts.measuring.samples import chunk

XMP = b"XML:com.adobe.xmp\0"
FIXED_MEMORY = 4 << 20


def compressed(keyword: bytes, text: bytes) -> bytes:
    return chunk(b"zTXt", keyword + b"\0" + zlib.compress(text, 9))


BOMBS = {
    "XMP": compressed(XMP, bytes(1 << 20)) * 100,
    "EXIF": compressed(b"Raw profile type exif\0", b"\nexif\n 1\n".ljust(1 << 20, b"0")) * 100,
    "broken": chunk(b"zTXt", XMP + b"\0" + zlib.compress(bytes(1 << 20), 9)[:-4] + b"oops") * 100,
    "profile": chunk(b"iCCP", b"icc\0\0" + zlib.compress(samples.srgb_profile().ljust(1 << 20, b"\0"), 9)),
}


def peak(work: Callable[[bytes], object], data: bytes) -> int:
    tracemalloc.start()
    work(data)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def read_all(data: bytes) -> list[bytes]:
    reader = TextReader(data)
    return [reader.read(each) for each in walk(data) if each.type in (b"tEXt", b"zTXt", b"iTXt")]


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (chunk(b"tEXt", b"key\0text"), b"text"),
        (chunk(b"zTXt", b"key\0\0" + zlib.compress(b"text")), b"text"),
        (chunk(b"iTXt", b"key\0\0\0en\0translated\0text"), b"text"),
        (chunk(b"iTXt", b"key\0\1\0en\0translated\0" + zlib.compress(b"text")), b"text"),
        (chunk(b"tEXt", b"no separator"), b""),
        (chunk(b"zTXt", b"key\0\0broken"), b""),
        (chunk(b"zTXt", b"key"), b""),
        (chunk(b"iTXt", b"key\0\0\0en"), b""),
        (chunk(b"iTXt", b"key\0"), b""),
        (compressed(b"key\0", bytes(LIMIT + 1)), b""),
    ],
)
def test_the_text_of_each_type_of_chunk_is_read_and_a_broken_one_is_empty(made: bytes, text: bytes) -> None:
    assert read_all(samples.png(made)) == [text]


@pytest.mark.parametrize(
    ("payload", "keyword"),
    [(b"Author\0me", b"Author"), (b"Author", b"Author"), (b"", b""), (b"k" * 200 + b"\0", b"k" * 80)],
)
def test_a_keyword_ends_at_the_first_zero_or_after_80_bytes(payload: bytes, keyword: bytes) -> None:
    data = samples.png(chunk(b"tEXt", payload))
    assert [TextReader(data).keyword(each) for each in walk(data) if each.type == b"tEXt"] == [keyword]


@pytest.mark.parametrize(
    ("text", "profile"),
    [
        (b"\nexif\n      3\n4d4d00\n", b"MM\0"),
        (b"\nexif\n 3\n4d\n4D\n0", b"MM"),
        (b"\nexif\n 3\n", b""),
        (b"\nexif", b""),
        (b"", b""),
    ],
)
def test_a_raw_profile_is_read_from_the_hex_digits_after_the_third_line_break(text: bytes, profile: bytes) -> None:
    assert read_raw_profile(text) == profile


@pytest.mark.parametrize("name", BOMBS)
def test_a_decompression_bomb_costs_little_memory(name: str) -> None:
    """The limit is three times the file and 4 MiB."""
    data = samples.png(BOMBS[name])
    assert metadata.strip(data).size == (40, 24)
    for work in (metadata.inspect, metadata.strip):
        assert peak(work, data) < 3 * len(data) + FIXED_MEMORY


@pytest.mark.parametrize(("name", "decompressed"), [("XMP", 4 << 20), ("EXIF", 4 << 20), ("broken", 0)])
def test_all_texts_of_a_file_share_one_budget(name: str, decompressed: int) -> None:
    texts = read_all(samples.png(BOMBS[name] + compressed(b"Comment\0", b"an ordinary text")))
    assert (len(texts), sum(map(len, texts)), texts[-1]) == (101, decompressed, b"")


def test_a_text_over_the_budget_is_still_reported_with_its_size() -> None:
    (found,) = (one for one in metadata.inspect(samples.png(BOMBS["XMP"])) if one.kind is Kind.XMP)
    assert found.size == len(BOMBS["XMP"])


def test_a_large_text_is_not_copied_again_and_again() -> None:
    data = samples.png(chunk(b"tEXt", XMP + bytes(8 << 20)), chunk(b"tEXt", b"Comment\0" + bytes(8 << 20)))
    assert peak(png.strip, data) < 3 * len(data)
