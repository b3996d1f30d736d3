"""Each container's blocks are found, also those that are split, compressed or written as digits."""

import io
import zlib

import pytest
from PIL import Image

from chalicelib.imaging.metadata.details.blocks import Block, Content, find_blocks
from scripts.measuring import samples
from tests.imaging.metadata.bmp.builders import bmp
from tests.imaging.metadata.jpeg.builders import with_index


def contents(data: bytes) -> list[tuple[Content, bytes]]:
    return [(block.content, block.data) for block in find_blocks(data)]


def test_the_parts_of_a_split_block_are_joined_in_their_order() -> None:
    guid = b"0123456789ABCDEF0123456789ABCDEF"
    parts = [
        samples.segment(0xE1, samples.EXTENDED_PREFIX + guid + (8).to_bytes(4, "big") + at.to_bytes(4, "big") + text)
        for at, text in ((4, b"tail"), (0, b"head"))
    ]
    exif = [samples.segment(0xE1, b"Exif\0\0" + half) for half in (b"MM", b"\0*")]
    photoshop = [samples.segment(0xED, b"Photoshop 3.0\0" + half) for half in (b"8B", b"IM")]
    assert contents(samples.jpeg(*parts, *exif, *photoshop)) == [
        (Content.XMP, b"headtail"),
        (Content.PHOTOSHOP, b"8BIM"),
        (Content.EXIF, b"MM\0*"),
    ]


def test_comments_and_the_thumbnail_of_a_jfif_extension_are_found() -> None:
    data = samples.jpeg(samples.segment(0xE0, b"JFXX\0\x10\xff\xd8\xff"), samples.segment(0xFE, b"hello"))
    assert find_blocks(data) == [Block(Content.THUMBNAIL, b"\xff\xd8\xff", "JFXX"), Block(Content.COMMENT, b"hello")]


def test_what_was_found_before_a_broken_segment_stays() -> None:
    data = samples.jpeg(samples.segment(0xFE, b"hello"))
    assert contents(data[:-2]) == [(Content.COMMENT, b"hello")]


def test_whole_blocks_in_texts_of_a_png_are_found() -> None:
    def raw(kind: bytes, content: bytes) -> bytes:
        digits = b"\n" + kind + b"\n" + str(len(content)).encode() + b"\n" + content.hex().encode()
        return samples.chunk(b"zTXt", b"Raw profile type " + kind + b"\0\0" + zlib.compress(digits))

    data = samples.png(
        raw(b"exif", b"Exif\0\0MM"),
        raw(b"APP1", samples.XMP_PREFIX + b"<x/>"),
        raw(b"iptc", b"Photoshop 3.0\x008BIM\4\4"),
        raw(b"iptc", b"\x1c\2\x78"),
        raw(b"xmp", b"<x>"),
    )
    assert contents(data) == [
        (Content.EXIF, b"Exif\0\0MM"),
        (Content.XMP, b"<x/>"),
        (Content.PHOTOSHOP, b"8BIM\4\4"),
        (Content.IPTC, b"\x1c\2\x78"),
        (Content.XMP, b"<x>"),
    ]


def test_a_text_that_is_too_long_to_read_is_named() -> None:
    long = samples.chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"x" * (2 << 20)))
    assert contents(samples.png(long)) == [(Content.UNREAD, b"")]


def test_the_comment_and_the_packet_of_a_gif_are_found() -> None:
    buffer = io.BytesIO()
    Image.new("P", (4, 4)).save(buffer, "GIF")
    comment = b"\x21\xfe\x05first\x06second\0"
    packet = b"\x21\xff\x0bXMP DataXMP<x/>" + b"\1" + bytes(range(255, -1, -1)) + b"\0"
    found = contents(buffer.getvalue()[:-1] + comment + packet + b";")
    assert found == [(Content.COMMENT, b"firstsecond"), (Content.XMP, b"<x/>")]


def test_a_tiff_is_a_block_of_its_own_and_a_bmp_has_none() -> None:
    tiff = samples.encode(Image.new("RGB", (4, 4)), "TIFF")
    assert contents(tiff) == [(Content.EXIF, tiff)]
    assert contents(bmp()) == []


def test_more_blocks_than_are_read_are_named() -> None:
    texts = [samples.chunk(b"tEXt", b"k\0v")] * 513
    for number, last in ((512, Content.TEXT), (513, Content.UNREAD)):
        found = find_blocks(samples.png(*texts[:number]))
        assert (len(found), found[-1].content) == (number, last)


@pytest.mark.parametrize(("kind", "is_shown"), [(0x010001, True), (0x010002, True), (0x020001, False), (0, False)])
def test_a_preview_of_the_index_of_pictures_is_a_thumbnail(kind: int, is_shown: bool) -> None:
    second = samples.encode(Image.new("RGB", (8, 8)))
    found = [block for block in find_blocks(with_index(samples.jpeg(), second, kind=kind)) if block.name == "MPF"]
    assert [block.data for block in found] == ([second] if is_shown else [])
