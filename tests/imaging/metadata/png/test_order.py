"""PNG: what decoders pass over goes, what they disagree on is rejected, and a bomb costs neither time nor memory."""

import struct
import tracemalloc
import zlib
from collections.abc import Callable

import pytest

from chalicelib.errors import CorruptImage
from chalicelib.imaging import metadata
from chalicelib.imaging.metadata import png
from chalicelib.imaging.metadata.findings import Kind
from chalicelib.imaging.metadata.png.chunks import walk
from chalicelib.imaging.metadata.png.text import TextReader
from scripts.measuring import samples
from scripts.measuring.samples import SECRET, chunk
from tests.imaging.metadata.assert_clean import kinds, scrub

CHROMATICITIES = struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
XMP = b"XML:com.adobe.xmp\0"
FIXED_MEMORY = 4 << 20


def wrong(made: bytes) -> bytes:
    """Spoil the checksum of a chunk."""
    return made[:-4] + bytes(byte ^ 0x55 for byte in made[-4:])


def cut(data: bytes, kind: bytes) -> tuple[int, int]:
    """Find a chunk: where it starts and where it ends."""
    start = data.index(kind) - 4
    return start, start + 12 + int.from_bytes(data[start : start + 4])


IDLE = {
    "frame without an animation": samples.png(
        chunk(b"fcTL", struct.pack(">5I", 0, 40, 24, 0, 0) + SECRET[:4] + bytes(2))
    ),
    "image data behind the run": samples.png(late=chunk(b"tIME", bytes(7)) + chunk(b"IDAT", SECRET)),
    "histogram": samples.png(chunk(b"hIST", SECRET)),
    "palette of a colour picture": samples.png(chunk(b"PLTE", SECRET + b"z")),
    "palette of a grey picture": samples.png(chunk(b"PLTE", SECRET + b"z"), image=samples.draw(mode="L")),
    "chromaticities again": samples.png(chunk(b"cHRM", CHROMATICITIES), chunk(b"cHRM", SECRET.ljust(32))),
    "density behind the pixels": samples.png(late=chunk(b"pHYs", SECRET[:9])),
    "transparency behind the pixels": samples.png(late=chunk(b"tRNS", SECRET[:6])),
    "a second profile": samples.png(
        *(chunk(b"iCCP", name + b"\0\0" + zlib.compress(samples.srgb_profile())) for name in (b"icc", SECRET))
    ),
    "background of two bytes too many": samples.png(chunk(b"bKGD", SECRET[:6]), image=samples.draw(mode="L")),
    "palette deeper than its pixels": samples.png(image=samples.draw(mode="1").convert("P"), bits=1),
}


@pytest.mark.parametrize("name", IDLE)
def test_what_decoders_pass_over_goes(name: str) -> None:
    if name == "palette deeper than its pixels":
        start, end = cut(IDLE[name], b"PLTE")
        longer = chunk(b"PLTE", IDLE[name][start + 8 : end - 4] + SECRET * 3)
        IDLE[name] = IDLE[name][:start] + longer + IDLE[name][end:]
    assert kinds(IDLE[name])
    stripped = metadata.strip(IDLE[name])
    assert samples.frames(stripped.data)[0][:3] == samples.frames(IDLE[name])[0][:3]
    assert not any(part in stripped.data for part in (SECRET, SECRET[:9], SECRET[:6]))


def test_frame_data_without_an_animation_goes_though_pillow_stumbles_over_it() -> None:
    data = samples.png(late=chunk(b"fdAT", bytes(4) + SECRET))
    assert kinds(data) == {Kind.PADDING}
    assert metadata.strip(data).data == samples.png()


@pytest.mark.parametrize("kind", [b"IHDR", b"IDAT", b"fcTL", b"fdAT"])
def test_a_wrong_checksum_of_pixels_is_rejected(kind: bytes) -> None:
    data = samples.animation("PNG")
    start, end = cut(data, kind)
    with pytest.raises(CorruptImage):
        metadata.strip(data[:start] + wrong(data[start:end]) + data[end:])


@pytest.mark.parametrize("kind", [b"gAMA", b"iCCP"])
def test_a_chunk_of_colours_with_a_wrong_checksum_goes_as_decoders_drop_it(kind: bytes) -> None:
    data = samples.png(wrong(chunk(kind, struct.pack(">I", 45455))))
    assert metadata.strip(data).data == samples.png()


@pytest.mark.parametrize("made", [chunk(b"tRNS", bytes(6)), chunk(b"acTL", struct.pack(">II", 1, 0))])
def test_a_second_one_of_what_decides_on_the_picture_is_rejected(made: bytes) -> None:
    with pytest.raises(CorruptImage):
        metadata.strip(samples.png(made, made))


def test_an_animation_that_is_announced_behind_its_first_frame_is_rejected() -> None:
    data = samples.animation("PNG")
    (start, end), (frame, frame_end) = cut(data, b"acTL"), cut(data, b"fcTL")
    assert end == frame
    turned = data[:start] + data[frame:frame_end] + data[start:end] + data[frame_end:]
    with pytest.raises(CorruptImage, match="behind its first frame"):
        metadata.strip(turned)


def test_the_palette_of_a_palette_picture_stays() -> None:
    data = samples.png(image=samples.draw(mode="P"), transparency=3)
    assert scrub(data).data == data


def peak(work: Callable[[bytes], object], data: bytes) -> int:
    tracemalloc.start()
    work(data)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def packed(keyword: bytes, text: bytes) -> bytes:
    return chunk(b"zTXt", keyword + b"\0" + zlib.compress(text, 9))


BOMBS = {
    "XMP": packed(XMP, bytes(1 << 20)) * 100,
    "EXIF": packed(b"Raw profile type exif\0", b"\nexif\n 1\n".ljust(1 << 20, b"0")) * 100,
    "broken": chunk(b"zTXt", XMP + b"\0" + zlib.compress(bytes(1 << 20), 9)[:-4] + b"oops") * 100,
    "profile": chunk(b"iCCP", b"icc\0\0" + zlib.compress(samples.srgb_profile().ljust(1 << 20, b"\0"), 9)),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_costs_no_memory(name: str) -> None:
    """Memory stays within three times the file and 4 MiB."""
    data = samples.png(BOMBS[name])
    assert metadata.strip(data).size == (40, 24)
    for work in (metadata.inspect, metadata.strip):
        assert peak(work, data) < 3 * len(data) + FIXED_MEMORY


@pytest.mark.parametrize(("name", "unpacked"), [("XMP", 4 << 20), ("EXIF", 4 << 20), ("broken", 0)])
def test_a_hundred_bombs_are_unpacked_up_to_a_budget(name: str, unpacked: int) -> None:
    data = samples.png(BOMBS[name] + packed(b"Comment\0", b"an ordinary text"))
    reader = TextReader(data)
    texts = [reader.read(each) for each in walk(data) if each.type == b"zTXt"]
    assert (len(texts), sum(map(len, texts)), texts[-1]) == (101, unpacked, b"")


def test_a_chunk_beyond_the_budget_is_reported_by_its_size() -> None:
    (found,) = (one for one in metadata.inspect(samples.png(BOMBS["XMP"])) if one.kind is Kind.XMP)
    assert found.size == len(BOMBS["XMP"])


def test_a_large_text_is_not_copied_over_and_over() -> None:
    data = samples.png(chunk(b"tEXt", XMP + bytes(8 << 20)), chunk(b"tEXt", b"Comment\0" + bytes(8 << 20)))
    assert peak(png.strip, data) < 3 * len(data)


def test_an_orientation_behind_ordinary_texts_is_still_found() -> None:
    others = b"".join(packed(b"Comment\0", SECRET * 1000) for _ in range(50))
    data = samples.png(others, chunk(b"iTXt", XMP + b"\1\0\0\0" + zlib.compress(samples.packet(6))))
    assert "orientation 6" in {finding.summary for finding in scrub(data).kept}
