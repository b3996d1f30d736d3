"""The LZW codes of a GIF image: their end is found at the right bit, and nothing behind it stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.gif.codes import CodeEnd, cut, find_end
from scripts.measuring.samples import SECRET
from tests.imaging.metadata.gif.builders import Code, codes_of, count_pixels, pack

CLEAR, END = 256, 257
#: More codes than fit into a table of 4,096: every width, and codes of a full table.
LONG = [CLEAR, *(index % 256 for index in range(9_000)), END]


@pytest.mark.parametrize("behind", [b"", b"\0", SECRET, SECRET * 400])
def test_the_end_code_is_found_behind_codes_of_every_width(behind: bytes) -> None:
    stream = pack(codes_of(LONG, 8))
    for pixels in (9_000, 9_001):
        end = find_end(stream + behind, 8, pixels)
        assert (end.size, end.width) == (len(stream), 0)


def test_an_end_code_before_the_last_pixel_ends_the_image() -> None:
    stream = pack(codes_of([CLEAR, 1, 2, END], 8))
    assert find_end(stream + SECRET, 8, 1_000) == CodeEnd(36, 0, 0)


@pytest.mark.parametrize("count", [1, 200, 253, 254, 255, 256, 700, 5_000])
def test_codes_behind_a_full_picture_are_cut_and_an_end_code_is_written(count: int) -> None:
    stream = pack(codes_of(LONG, 8))
    bits, pixels = count_pixels(stream, 8)[count]
    end = find_end(stream, 8, pixels)
    assert (end.bits, end.end_code) == (bits, END)
    cut(stream, end)
    assert count_pixels(stream, 8)[-1][1] == pixels
    assert find_end(stream, 8, pixels).size == len(stream)


def test_a_clear_code_before_the_end_code_is_no_hidden_byte() -> None:
    stream = pack(codes_of([CLEAR, 1, 2, CLEAR, END], 8))
    assert find_end(stream, 8, 2).size == len(stream)
    assert find_end(pack(codes_of([CLEAR, 1, 2, CLEAR, CLEAR, END], 8)), 8, 2).width == 9


def test_a_picture_that_is_full_at_the_last_byte_needs_no_end_code() -> None:
    stream = pack(codes_of([CLEAR, 1, 2], 8))
    assert find_end(stream, 8, 2) == CodeEnd(27, END, 0)
    before = bytes(stream)
    cut(stream, find_end(stream, 8, 2))
    assert stream == before


@pytest.mark.parametrize("unknown", [[CLEAR, 258], [CLEAR, 1, 2, 300], [CLEAR, *range(200), 511]])
def test_a_code_that_is_not_in_the_table_is_rejected(unknown: list[int]) -> None:
    with pytest.raises(CorruptImage) as raised:
        find_end(pack(codes_of(unknown, 8)), 8, 1_000)
    assert raised.value.code == "gif_code"


def test_a_code_of_the_entry_that_it_makes_is_read() -> None:
    assert find_end(pack(codes_of([CLEAR, 1, 258, 259, END], 8)), 8, 6).width == 0


def test_unknown_codes_behind_a_full_picture_are_cut() -> None:
    numbers = [CLEAR, *range(150)]
    stream = pack([*codes_of(numbers, 8), *[Code(511, 9)] * 100])
    assert find_end(stream, 8, 150).bits == 9 * len(numbers)


@pytest.mark.parametrize("code_size", [0, 1, 12, 255])
def test_a_code_size_on_which_decoders_differ_is_rejected(code_size: int) -> None:
    with pytest.raises(CorruptImage):
        find_end(bytearray(9), code_size, 9)


@given(
    code_size=st.integers(2, 11),
    seeds=st.lists(st.integers(0, 1 << 16), min_size=1, max_size=400),
    repeat=st.sampled_from([1, 30]),
    clear_every=st.sampled_from([0, 3, 1_000]),
    stop=st.floats(0, 1),
)
def test_the_end_is_that_of_a_plain_decoder(
    code_size: int, seeds: list[int], repeat: int, clear_every: int, stop: float
) -> None:
    clear = 1 << code_size
    numbers, table, is_first = [clear], clear + 2, True
    for index, seed in enumerate(seeds * repeat):
        if clear_every and index % clear_every == 0:
            numbers.append(clear)
            table, is_first = clear + 2, True
        table += not is_first and table < 4096
        known = clear if is_first else table - 2
        numbers.append(seed % known + 2 * (seed % known >= clear))
        is_first = False
    stream = pack(codes_of(numbers, code_size))
    steps = [step for step in count_pixels(stream, code_size) if step[1]]
    bits, pixels = steps[int(stop * (len(steps) - 1))]
    first = next(at for at, made in steps if made == pixels)
    end = find_end(stream + SECRET, code_size, pixels)
    assert end.bits == first or (end.width == 0 and end.bits > first)
    assert bits >= first
