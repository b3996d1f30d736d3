"""WebP chunks: every byte belongs to a chunk or its padding, and the size is read from any kind of first chunk."""

import pytest
from hypothesis import given

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.spans import Segment
from chalicelib.imaging.metadata.webp.chunks import (
    TRAILER,
    Chunk,
    find_image,
    padded_end,
    read_canvas,
    walk,
    walk_within,
    write_chunk,
)
from scripts.measuring import samples
from scripts.measuring.samples import SECRET, riff
from tests.imaging.metadata.assert_clean import CHANGES, CUTS

SMALL = riff((b"VP8X", bytes(10)), (b"odd ", b"abc"), (b"even", b"abcd"))


def test_a_chunk_goes_from_its_type_to_its_last_byte_before_the_padding() -> None:
    parts = [(part.type, part.start, part.payload(SMALL), part.end, padded_end(part)) for part in walk(SMALL)]
    assert parts == [
        (b"VP8X", 12, bytes(10), 30, 30),
        (b"odd ", 30, b"abc", 41, 42),
        (b"even", 42, b"abcd", 54, 54),
    ]


def test_the_size_of_a_chunk_includes_type_and_length_but_not_the_padding() -> None:
    assert [part.size for part in walk(SMALL)] == [18, 11, 12]


@pytest.mark.parametrize("trailer", [SECRET, b"short", b"\0"])
def test_bytes_after_the_declared_size_are_the_trailer(trailer: bytes) -> None:
    *_, last = walk(SMALL + trailer)
    assert (last.type, last.payload(SMALL + trailer)) == (TRAILER, trailer)


def test_fewer_than_eight_bytes_within_the_declared_size_are_the_trailer_too() -> None:
    data = SMALL[:4] + (len(SMALL) - 8 + 7).to_bytes(4, "little") + SMALL[8:] + b"seven.."
    *_, last = walk(data)
    assert (last.type, last.payload(data)) == (TRAILER, b"seven..")


def test_the_declared_size_may_exceed_the_file() -> None:
    data = SMALL[:4] + b"\xff\xff\xff\xff" + SMALL[8:]
    assert list(walk(data)) == list(walk(SMALL))


@given(changes=CHANGES, cut=CUTS)
def test_the_chunks_of_a_damaged_file_cover_it_or_it_is_rejected(changes: list[tuple[int, int]], cut: int) -> None:
    damaged = samples.mutate(SMALL, changes, cut)
    try:
        parts = list(walk(damaged))
    except CorruptImage:
        return
    assert [part.start for part in parts] == [12, *(padded_end(part) for part in parts)][: len(parts)]


@pytest.mark.parametrize("data", [SMALL[:-1], SMALL[:26], SMALL[:16] + b"\xff\xff\xff\xff" + SMALL[20:]])
def test_a_chunk_that_is_cut_short_is_rejected(data: bytes) -> None:
    with pytest.raises(CorruptImage) as raised:
        list(walk(data))
    assert raised.value.code == "truncated_image"


def test_a_chunk_that_exceeds_its_frame_is_rejected() -> None:
    frame = write_chunk(b"VP8 ", bytes(20))
    assert [part.type for part in walk_within(frame + bytes(20), 0, len(frame))] == [b"VP8 "]
    with pytest.raises(CorruptImage):
        list(walk_within(frame + bytes(20), 0, len(frame) - 1))


@pytest.mark.parametrize(
    ("types", "shown"),
    [
        ((b"VP8 ",), (None, b"VP8 ")),
        ((b"ALPH", b"VP8 "), (b"ALPH", b"VP8 ")),
        ((b"ALPH", b"VP8L"), (None, b"VP8L")),
        ((b"VP8 ", b"ALPH"), (None, b"VP8 ")),
        ((b"junk", b"VP8L", b"VP8 "), (None, b"VP8L")),
        ((b"ALPH",), (b"ALPH", None)),
        ((), (None, None)),
    ],
)
def test_decoders_show_the_first_bitstream_and_the_alpha_chunk_before_a_lossy_one(
    types: tuple[bytes, ...], shown: tuple[bytes | None, bytes | None]
) -> None:
    data = riff(*((chunk_type, b"") for chunk_type in types))
    alpha, image = find_image(walk(data))
    assert (alpha.type if alpha else None, image.type if image else None) == shown


def test_of_two_alpha_chunks_the_first_is_shown() -> None:
    data = riff((b"ALPH", b"one"), (b"ALPH", b"two"), (b"VP8 ", b""))
    alpha, _ = find_image(walk(data))
    assert alpha is not None
    assert alpha.payload(data) == b"one"


def first_chunk(data: bytes) -> Chunk:
    return next(walk(data))


@pytest.mark.parametrize("options", [{}, {"lossless": True}])
def test_the_size_is_read_from_a_bitstream(options: dict[str, bool]) -> None:
    data = samples.encode(samples.draw((300, 7)), "WEBP", **options)
    assert read_canvas(data, first_chunk(data)) == (300, 7)


def test_the_size_is_read_from_an_extended_header() -> None:
    data = riff((b"VP8X", bytes(4) + b"\xff\xff\0" + b"\x02\0\1"))
    assert read_canvas(data, first_chunk(data)) == (0x10000, 0x10003)


@pytest.mark.parametrize(
    "chunk",
    [
        (b"VP8X", bytes(9)),
        (b"VP8L", b"\x2f" + bytes(3)),
        (b"VP8L", bytes(5)),
        (b"VP8 ", bytes(10)),
        (b"VP8 ", bytes(3) + b"\x9d\x01\x2a" + bytes(4)),
        (b"VP8 ", bytes(3) + b"\x9d\x01\x2a\1\0\0\0"),
        (b"ANIM", bytes(10)),
    ],
)
def test_a_first_chunk_without_a_size_is_rejected(chunk: tuple[bytes, bytes]) -> None:
    data = riff(chunk)
    with pytest.raises(CorruptImage) as raised:
        read_canvas(data, first_chunk(data))
    assert raised.value.code == "webp_size"


@pytest.mark.parametrize("payload", [b"", b"odd", b"even"])
def test_a_written_chunk_is_read_again(payload: bytes) -> None:
    made = write_chunk(b"test", payload)
    assert len(made) % 2 == 0
    assert list(walk_within(made, 0, len(made))) == [Segment(b"test", 0, 8, 8 + len(payload), 8 + len(payload))]
