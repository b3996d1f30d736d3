"""The compressed pixels of a PNG: followed to the last row, whatever the depth, the colours or the passes."""

import struct
import zlib

import pytest

from chalicelib.errors import CorruptImage
from chalicelib.imaging import metadata
from chalicelib.imaging.metadata.png.chunks import SIGNATURE, walk
from chalicelib.imaging.metadata.png.pixels import PixelReader, PixelRun
from scripts.measuring import samples
from scripts.measuring.samples import SECRET, chunk

HIDDEN = SECRET * 3
#: The number of the samples of a pixel by colour type.
SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def header(width: int, height: int, depth: int = 8, colour_type: int = 2, *rest: int) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour_type, *(rest or (0, 0, 0))))


def made(head: bytes, *streams: bytes) -> bytes:
    return SIGNATURE + head + b"".join(chunk(b"IDAT", stream) for stream in streams) + chunk(b"IEND", b"")


def rows(width: int, height: int, bits: int) -> bytes:
    return b"".join(b"\0" + bytes([row] * ((width * bits + 7) // 8)) for row in range(height))


def runs(data: bytes) -> list[PixelRun]:
    reader = PixelReader(data)
    ended = [reader.visit(each) for each in walk(data)]
    return [run for run in (*ended, reader.finish()) if run]


def frame(sequence: int, width: int = 8, height: int = 4, left: int = 0, top: int = 0) -> bytes:
    return chunk(b"fcTL", struct.pack(">5I2H2B", sequence, width, height, left, top, 1, 10, 0, 0))


@pytest.mark.parametrize(
    ("depth", "colour_type"),
    [
        (1, 0),
        (2, 0),
        (4, 0),
        (8, 0),
        (16, 0),
        (8, 2),
        (16, 2),
        (1, 3),
        (4, 3),
        (8, 3),
        (8, 4),
        (16, 4),
        (8, 6),
        (16, 6),
    ],
)
def test_the_last_row_is_found_at_every_depth(depth: int, colour_type: int) -> None:
    pixels = rows(9, 5, depth * SAMPLES[colour_type])
    (run,) = runs(made(header(9, 5, depth, colour_type), zlib.compress(pixels)))
    assert (run.expected, run.is_regular, run.hidden) == (len(pixels), True, 0)
    (longer,) = runs(made(header(9, 5, depth, colour_type), zlib.compress(pixels + b"\0")))
    assert not longer.is_regular


# The passes of 8.1, counted by hand from the matrix of the specification.
@pytest.mark.parametrize(("width", "height", "expected"), [(1, 1, 2), (5, 1, 9), (1, 5, 10), (8, 8, 79), (3, 2, 10)])
def test_an_interlaced_picture_has_the_rows_of_its_seven_passes(width: int, height: int, expected: int) -> None:
    (run,) = runs(made(header(width, height, 8, 0, 0, 0, 1), zlib.compress(bytes(expected))))
    assert (run.expected, run.is_regular) == (expected, True)


def test_pieces_of_one_byte_are_one_stream() -> None:
    packed = zlib.compress(rows(30, 20, 24))
    (run,) = runs(made(header(30, 20), *(bytes([byte]) for byte in packed)))
    assert (run.size, run.end, run.hidden) == (len(packed), len(packed), 0)


@pytest.mark.parametrize("level", [0, 1, 9])
def test_bytes_behind_the_stream_are_counted(level: int) -> None:
    packed = zlib.compress(rows(300, 200, 24), level)
    for streams in ((packed + HIDDEN,), (packed, HIDDEN), (packed[:5], packed[5:] + HIDDEN[:9], HIDDEN[9:])):
        (run,) = runs(made(header(300, 200), *streams))
        assert (run.is_regular, run.end, run.hidden) == (True, len(packed), len(HIDDEN))


def test_bytes_behind_the_last_row_are_counted() -> None:
    pixels = rows(30, 20, 24)
    (run,) = runs(made(header(30, 20), zlib.compress(pixels + HIDDEN, 0)))
    assert not run.is_regular
    assert len(HIDDEN) <= run.hidden <= len(HIDDEN) + 16


def test_empty_blocks_behind_the_last_row_are_too_long_an_end() -> None:
    packer = zlib.compressobj()
    packed = packer.compress(rows(30, 20, 24)) + packer.flush(zlib.Z_FULL_FLUSH)
    flushed = zlib.compressobj()
    usual = flushed.compress(rows(30, 20, 24)) + flushed.flush(zlib.Z_SYNC_FLUSH) + flushed.flush()
    assert runs(made(header(30, 20), usual))[0].is_regular
    blocks = packed + b"\0\0\0\xff\xff" * 20 + packer.flush()
    assert not runs(made(header(30, 20), blocks))[0].is_regular


@pytest.mark.parametrize("cut", [1, 4])
def test_a_checksum_may_be_missing_or_wrong(cut: int) -> None:
    packed = zlib.compress(rows(30, 20, 24))
    for streams in ((packed[:-cut],), (packed[:-cut] + b"?" * cut,)):
        (run,) = runs(made(header(30, 20), *streams))
        assert (run.is_regular, run.hidden) == (True, 0)


def test_a_bomb_behind_the_last_row_is_not_decompressed() -> None:
    pixels = rows(30, 20, 24)
    data = made(header(30, 20), zlib.compress(pixels + bytes(256 << 20)))
    (run,) = runs(data)
    # 18 bytes of 256 MiB are read: the rest of one piece, which zlib gets at once, decompresses to 16 MiB at least.
    assert run._fed <= 1 << 14
    assert run._inflater.decompress(run._inflater.unconsumed_tail, 1)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (made(header(30, 20), zlib.compress(rows(30, 19, 24))), "truncated_image"),
        (made(header(30, 20), zlib.compress(rows(30, 20, 24), 0)[:-60]), "truncated_image"),
        (made(header(30, 20), b""), "truncated_image"),
        (made(header(30, 20), b"no stream"), "png_pixels"),
        (made(header(30, 20, 3, 0), b""), "png_header"),
        (made(header(30, 20, 8, 1), b""), "png_header"),
        (made(header(30, 20, 8, 2, 1, 0, 0), b""), "png_header"),
        (made(header(30, 20, 8, 2, 0, 1, 0), b""), "png_header"),
        (made(header(30, 20, 8, 2, 0, 0, 2), b""), "png_header"),
        (made(header(30_000, 30_000), b""), "png_too_large"),
    ],
)
def test_pixels_that_cannot_be_read_to_the_last_row_are_rejected(data: bytes, code: str) -> None:
    for read in (metadata.read, metadata.strip):
        with pytest.raises(CorruptImage) as raised:
            read(data)
        assert raised.value.code == code


PIXELS = zlib.compress(rows(8, 4, 24))


def fdat(sequence: int, stream: bytes = PIXELS) -> bytes:
    return chunk(b"fdAT", struct.pack(">I", sequence) + stream)


def animated(*chunks: bytes, count: int = 2) -> bytes:
    parts = (header(8, 4), chunk(b"acTL", struct.pack(">II", count, 0)), *chunks, chunk(b"IEND", b""))
    return SIGNATURE + b"".join(parts)


STILL = chunk(b"IDAT", PIXELS)


def test_each_frame_has_a_stream_of_its_own_size() -> None:
    small = zlib.compress(rows(3, 2, 24))
    data = animated(frame(0), STILL, frame(1, 3, 2, 5, 2), fdat(2, small[:4]), fdat(3, small[4:]))
    assert [(run.type, run.expected, run.is_regular) for run in runs(data)] == [
        (b"IDAT", 100, True),
        (b"fdAT", 20, True),
    ]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (animated(frame(0), STILL, frame(2), fdat(3)), "png_sequence"),
        (animated(frame(0), STILL, frame(1), fdat(3)), "png_sequence"),
        (animated(frame(0), STILL, frame(1), chunk(b"fdAT", b"\0\0")), "png_sequence"),
        (animated(frame(0), STILL, fdat(1)), "png_frame"),
        (animated(frame(0), STILL, frame(1)), "png_frame"),
        (animated(frame(0), frame(1), STILL), "png_frame"),
        (animated(frame(0), STILL, frame(1, 9), fdat(2)), "png_frame"),
        (animated(frame(0), STILL, frame(1, 8, 4, 0, 1), fdat(2)), "png_frame"),
        (animated(frame(0), STILL, frame(1, 0), fdat(2)), "png_frame"),
        (animated(frame(0), STILL, frame(1), fdat(2, PIXELS[:9])), "truncated_image"),
    ],
)
def test_an_animation_with_a_wrong_frame_is_rejected(data: bytes, code: str) -> None:
    with pytest.raises(CorruptImage) as raised:
        metadata.read(data)
    assert raised.value.code == code


def test_a_real_animation_is_regular() -> None:
    assert all(run.is_regular and not run.hidden for run in runs(samples.animation("PNG")))
