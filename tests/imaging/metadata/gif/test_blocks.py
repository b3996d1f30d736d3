"""GIF blocks: every byte belongs to one block."""

import struct
from itertools import pairwise

import pytest
from hypothesis import given

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.gif.blocks import Part, walk
from scripts.measuring import samples
from scripts.measuring.samples import SECRET, extension
from tests.imaging.metadata.assert_clean import CHANGES, CUTS

HEAD = b"GIF89a" + struct.pack("<HHBBB", 40, 24, 0, 0, 0)
IMAGE = b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\0"
SMALL = HEAD + extension(0xF9, bytes(4)) + IMAGE + b";"


def test_a_block_has_a_type_a_payload_and_an_end() -> None:
    parts = [(block.type, block.start, block.payload(SMALL), block.end) for block in walk(SMALL)]
    assert parts == [
        (Part.HEAD, 0, HEAD, 13),
        (Part.CONTROL, 13, b"\4" + bytes(5), 21),
        (Part.IMAGE, 21, b"\x02\x44\x01\0", 36),
    ]


@pytest.mark.parametrize(
    ("made", "part"),
    [
        (extension(0xFE, SECRET), Part.COMMENT),
        (extension(0xFE), Part.COMMENT),
        (extension(0x01, bytes(12), SECRET), Part.TEXT),
        (extension(0xFF, b"MYCOMPANY01", SECRET), Part.APPLICATION),
        (extension(0x42, SECRET), Part.UNKNOWN),
        (bytes(3), Part.GAP),
    ],
)
def test_each_extension_is_one_block_of_its_type(made: bytes, part: Part) -> None:
    data = HEAD + made + IMAGE + b";"
    assert [(block.type, block.size) for block in walk(data)][1] == (part, len(made))


def test_a_colour_table_belongs_to_the_header_or_to_its_image() -> None:
    head = HEAD[:10] + b"\x81\0\0" + bytes(12)
    image = IMAGE[:9] + b"\x80" + bytes(6) + IMAGE[10:]
    assert [block.size for block in walk(head + image + b";")] == [len(head), len(image)]


def test_bytes_after_the_trailer_byte_are_the_trailer() -> None:
    *_, last = walk(SMALL + SECRET)
    assert (last.type, last.payload(SMALL + SECRET)) == (Part.TRAILER, SECRET)


def test_the_trailer_byte_may_be_missing() -> None:
    *_, last = walk(SMALL[:-1])
    assert (last.type, last.end) == (Part.IMAGE, 36)


@given(changes=CHANGES, cut=CUTS)
def test_a_damaged_file_is_rejected_or_its_blocks_cover_every_byte(changes: list[tuple[int, int]], cut: int) -> None:
    damaged = samples.mutate(SMALL, changes, cut)
    try:
        blocks = list(walk(damaged))
    except CorruptImage:
        return
    ends = [block.end + (following.type is Part.TRAILER) for block, following in pairwise(blocks)]
    assert [block.start for block in blocks] == [0, *ends]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (HEAD[:12], "truncated_image"),
        (HEAD[:10] + b"\x80\0\0" + bytes(5), "truncated_image"),
        (HEAD + IMAGE[:9], "truncated_image"),
        (HEAD + IMAGE[:12], "truncated_image"),
        (HEAD + b"\x21\xfe\xff", "truncated_image"),
        (HEAD + b"\x21", "truncated_image"),
        (SMALL[:-2], "truncated_image"),
        (HEAD + b";", "gif_empty"),
        (HEAD + extension(0xFE, SECRET), "gif_empty"),
        (HEAD + extension(0xF9) + IMAGE, "gif_extension"),
        (HEAD + extension(0xFF, b"NETSCAPE2.0") + IMAGE, "gif_extension"),
    ],
)
def test_a_damaged_gif_is_rejected(data: bytes, code: str) -> None:
    with pytest.raises(CorruptImage) as raised:
        list(walk(data))
    assert raised.value.code == code
