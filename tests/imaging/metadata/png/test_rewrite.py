"""The pixels of a PNG without the bytes behind their last row: every pixel and every frame stays the same."""

import hashlib
import struct
import zlib

import pytest

from chalicelib.imaging import metadata
from chalicelib.imaging.metadata import Kind
from chalicelib.imaging.metadata.png.chunks import SIGNATURE, walk
from scripts.measuring import samples
from scripts.measuring.samples import SECRET, chunk
from tests.imaging.metadata.assert_clean import scrub

HIDDEN = SECRET * 3


def idats(data: bytes) -> bytes:
    return b"".join(each.payload(data) for each in walk(data) if each.type == b"IDAT")


def with_stream(*streams: bytes, image: bytes) -> bytes:
    return image[:33] + b"".join(chunk(b"IDAT", each) for each in streams) + chunk(b"IEND", b"")


def noisy(size: tuple[int, int] = (300, 200)) -> bytes:
    return samples.png(image=samples.draw(size))


def place(findings: tuple[metadata.Finding, ...]) -> list[tuple[Kind, str, str]]:
    return [(each.kind, each.where, each.summary) for each in findings]


@pytest.mark.parametrize("size", [(40, 24), (300, 200)])
def test_bytes_behind_the_stream_are_cut_and_the_stream_stays_as_it_is(size: tuple[int, int]) -> None:
    clean = noisy(size)
    packed = idats(clean)
    for streams in (
        (packed + HIDDEN,),
        (packed, HIDDEN),
        (packed, b"", HIDDEN, b""),
        (packed[:9], packed[9:] + HIDDEN),
    ):
        stripped = scrub(with_stream(*streams, image=clean))
        assert place(stripped.removed) == [(Kind.PADDING, "IDAT", "bytes behind the end of the pixels")]
        assert stripped.removed[0].size == len(HIDDEN)
        assert idats(stripped.data) == packed


@pytest.mark.parametrize("level", [0, 6])
def test_rows_behind_the_last_row_are_compressed_away(level: int) -> None:
    clean = noisy()
    pixels = zlib.decompress(idats(clean))
    stripped = scrub(with_stream(zlib.compress(pixels + HIDDEN + bytes(100_000), level), image=clean))
    assert place(stripped.removed) == [(Kind.PADDING, "IDAT", "bytes behind the last row of pixels")]
    assert zlib.decompress(idats(stripped.data)) == pixels


@pytest.mark.parametrize("split", [1, 2, 3])
def test_rows_in_front_of_a_wrong_checksum_are_compressed_anew(split: int) -> None:
    clean = noisy()
    packed = idats(clean)
    data = with_stream(packed[:split], packed[split:-4] + HIDDEN, image=clean)
    assert zlib.decompress(idats(metadata.strip(data).data)) == zlib.decompress(packed)


def test_a_picture_of_many_pieces_is_compressed_anew_piece_by_piece() -> None:
    pixels = b"".join(b"\0" + hashlib.shake_128(bytes([row % 256])).digest(1200) for row in range(900))
    width = len(pixels) // 900 - 1
    head = SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", width, 900, 8, 0, 0, 0, 0))
    data = head + chunk(b"IDAT", zlib.compress(pixels + HIDDEN)) + chunk(b"IEND", b"")
    assert zlib.decompress(idats(scrub(data).data)) == pixels


def frame_parts(data: bytes) -> tuple[bytes, list[bytes], bytes]:
    """Split an animation into the bytes before its last run of fdAT, the payloads of that run, and the bytes after."""
    chunks = [each for each in walk(data) if each.type == b"fdAT"]
    last = chunks[-1]
    return data[: last.start], [last.payload(data)[4:]], data[last.end :]


def test_bytes_in_the_last_frame_are_cut() -> None:
    clean = samples.animation("PNG")
    before, (packed,), after = frame_parts(clean)
    sequence = int.from_bytes(before[-30:-26], "big")
    for hidden in (packed + HIDDEN, zlib.compress(zlib.decompress(packed) + HIDDEN)):
        data = before + chunk(b"fdAT", struct.pack(">I", sequence + 1) + hidden) + after
        assert SECRET not in scrub(data).data


def test_frames_are_numbered_anew_when_one_chunk_is_cut() -> None:
    clean = samples.animation("PNG", count=4)
    made, sequence = [clean[:8]], 0
    for each in walk(clean):
        payload = each.payload(clean)
        if each.type in (b"fcTL", b"fdAT"):
            payload = struct.pack(">I", sequence) + payload[4:]
            sequence += 1
        made.append(chunk(each.type, payload))
        if each.type == b"fdAT":
            made.append(chunk(b"fdAT", struct.pack(">I", sequence) + HIDDEN))
            sequence += 1
    stripped = scrub(b"".join(made))
    assert stripped.data == clean
    assert stripped.removed[0].count == 3


def test_frames_that_the_animation_does_not_count_are_removed() -> None:
    clean = samples.animation("PNG", count=3)
    fewer = clean[:33] + chunk(b"acTL", struct.pack(">II", 2, 3)) + clean[53:]
    stripped = scrub(fewer)
    assert [each.type for each in walk(stripped.data)].count(b"fcTL") == 2
    assert "frame or image data that decoders ignore" in {each.summary for each in stripped.removed}
