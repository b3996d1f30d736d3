"""Finds the parts of a file that hold values: EXIF, XMP, IPTC, texts, comments and thumbnails.

A broken container yields what was found up to its fault.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from enum import Enum
from itertools import islice
from typing import NamedTuple

from chalicelib.errors import ImageRejected
from chalicelib.imaging.formats import ImageFormat, sniff
from chalicelib.imaging.metadata.details.items import find_items
from chalicelib.imaging.metadata.exif.embedded import EXIF_PREFIX
from chalicelib.imaging.metadata.gif.blocks import Part
from chalicelib.imaging.metadata.gif.blocks import walk as walk_gif
from chalicelib.imaging.metadata.jpeg import segments as jpeg
from chalicelib.imaging.metadata.jpeg.inspector import XMP_PREFIX
from chalicelib.imaging.metadata.jpeg.multi_picture import MPF_PREFIX, read_index
from chalicelib.imaging.metadata.png.chunks import walk as walk_png
from chalicelib.imaging.metadata.png.text import TEXT_CHUNKS, XMP_KEYWORD, TextReader, read_raw_profile
from chalicelib.imaging.metadata.webp.chunks import walk as walk_webp

#: Blocks of a file that are read. A photo has fewer than ten.
_MAX_BLOCKS = 512
_EXTENSION = b"http://ns.adobe.com/xmp/extension/\0"
#: The identifier, the length of the whole packet, and the offset of this part (XMP part 3, 1.1.3.1).
_GUID_END, _EXTENSION_HEAD = len(_EXTENSION) + 32, len(_EXTENSION) + 40
_PHOTOSHOP, _JFXX_JPEG = b"Photoshop 3.0\0", b"JFXX\0\x10"
#: The start of GIF's block of an XMP packet, and its "magic trailer", which is not part of the packet (1.1.2).
_GIF_XMP, _GIF_TRAILER = b"\x0bXMP DataXMP", b"\1" + bytes(range(255, -1, -1)) + b"\0"


class Content(Enum):
    """What a block holds."""

    EXIF = "EXIF"
    XMP = "XMP"
    IPTC = "IPTC"
    PHOTOSHOP = "Photoshop"
    TEXT = "PNG"
    TIME = "PNG tIME"
    COMMENT = "comment"
    THUMBNAIL = "thumbnail"
    UNREAD = "a block that is too long, or one too many, to read"


class Block(NamedTuple):
    """One part of a file. `name` is the keyword of a text, or the place of a thumbnail."""

    content: Content
    data: bytes
    name: str = ""


def find_blocks(data: bytes) -> list[Block]:
    """Return the blocks in the order of the file. No error of a broken container is raised.

    If there are more blocks than are read, the last one says so.
    """
    found: list[Block] = []
    with suppress(ImageRejected):
        # What was found before an error stays: extend() keeps it.
        found.extend(islice(_FINDERS[sniff(data)](data), _MAX_BLOCKS + 1))
    return found if len(found) <= _MAX_BLOCKS else [*found[:-1], Block(Content.UNREAD, b"")]


def _find_in_jpeg(data: bytes) -> Iterator[Block]:
    exif, photoshop, extensions = bytearray(), bytearray(), dict[bytes, dict[int, bytes]]()
    with suppress(ImageRejected):
        for segment in jpeg.walk(data):
            payload = segment.payload(data) if jpeg.APP0 <= segment.type <= jpeg.COM else b""
            if segment.type == jpeg.APP1 and payload.startswith(EXIF_PREFIX):
                exif += payload[len(EXIF_PREFIX) :]
            elif segment.type == jpeg.APP13 and payload.startswith(_PHOTOSHOP):
                photoshop += payload[len(_PHOTOSHOP) :]
            elif segment.type == jpeg.APP1 and payload.startswith(_EXTENSION):
                offset = int.from_bytes(payload[_EXTENSION_HEAD - 4 : _EXTENSION_HEAD], "big")
                parts = extensions.setdefault(payload[len(_EXTENSION) : _GUID_END], {})
                parts.setdefault(offset, payload[_EXTENSION_HEAD:])
            else:
                yield from _find_in_segment(data, segment.type, payload, segment.payload_start)
    yield from (Block(Content.XMP, b"".join(parts[at] for at in sorted(parts))) for parts in extensions.values())
    if photoshop:
        yield Block(Content.PHOTOSHOP, bytes(photoshop))
    if exif:
        yield Block(Content.EXIF, bytes(exif))


def _find_in_segment(data: bytes, marker: int, payload: bytes, at: int) -> Iterator[Block]:
    """Find what one segment holds, whose payload is at the offset `at` of the file."""
    if marker == jpeg.APP1 and payload.startswith(XMP_PREFIX):
        yield Block(Content.XMP, payload[len(XMP_PREFIX) :])
    elif marker == jpeg.APP2 and payload.startswith(MPF_PREFIX):
        for picture in read_index(payload, at):
            if picture.is_preview:
                yield Block(Content.THUMBNAIL, data[picture.span.at : picture.span.end], "MPF")
    elif marker == jpeg.COM:
        yield Block(Content.COMMENT, payload)
    elif marker == jpeg.APP0 and payload.startswith(_JFXX_JPEG):
        yield Block(Content.THUMBNAIL, payload[len(_JFXX_JPEG) :], "JFXX")


def _find_in_png(data: bytes) -> Iterator[Block]:
    texts = TextReader(data)
    for chunk in walk_png(data):
        if chunk.type == b"eXIf":
            yield Block(Content.EXIF, chunk.payload(data))
        elif chunk.type == b"tIME":
            yield Block(Content.TIME, chunk.payload(data))
        elif chunk.type in TEXT_CHUNKS:
            keyword, text = texts.keyword(chunk), texts.read(chunk)
            yield (
                Block(Content.UNREAD, b"")
                if not text
                else _read_text(keyword, text, "utf-8" if chunk.type == b"iTXt" else "latin-1")
            )


def _read_text(keyword: bytes, text: bytes, encoding: str) -> Block:
    """Return the block of a text. ImageMagick writes whole blocks as texts of hex digits."""
    if keyword == XMP_KEYWORD:
        return Block(Content.XMP, text)
    profile = _PROFILES.get(keyword)
    if profile is None:
        content = text.decode(encoding, "replace").encode()
        return Block(Content.TEXT, content, keyword.decode("latin-1"))
    raw = read_raw_profile(text)
    if raw.startswith(XMP_PREFIX):
        return Block(Content.XMP, raw[len(XMP_PREFIX) :])
    if profile is Content.IPTC and b"8BIM" in raw[:32]:
        return Block(Content.PHOTOSHOP, raw.removeprefix(_PHOTOSHOP))
    return Block(profile, raw)


_PROFILES = {
    b"Raw profile type exif": Content.EXIF,
    b"Raw profile type APP1": Content.EXIF,
    b"Raw profile type xmp": Content.XMP,
    b"Raw profile type iptc": Content.IPTC,
    b"Raw profile type 8bim": Content.PHOTOSHOP,
}


def _find_in_webp(data: bytes) -> Iterator[Block]:
    for chunk in walk_webp(data):
        if chunk.type == b"EXIF":
            yield Block(Content.EXIF, chunk.payload(data))
        elif chunk.type == b"XMP ":
            yield Block(Content.XMP, chunk.payload(data))


def _find_in_gif(data: bytes) -> Iterator[Block]:
    for block in walk_gif(data):
        payload = block.payload(data)
        if block.type is Part.COMMENT:
            yield Block(Content.COMMENT, _join_sub_blocks(payload))
        elif block.type is Part.APPLICATION and payload.startswith(_GIF_XMP):
            yield Block(Content.XMP, payload[len(_GIF_XMP) :].removesuffix(_GIF_TRAILER))


def _join_sub_blocks(payload: bytes) -> bytes:
    at, parts = 0, []
    while at < len(payload) and payload[at]:
        parts.append(payload[at + 1 : at + 1 + payload[at]])
        at += 1 + payload[at]
    return b"".join(parts)


def _find_in_tiff(data: bytes) -> Iterator[Block]:
    yield Block(Content.EXIF, data, "TIFF")


def _find_in_heif(data: bytes) -> Iterator[Block]:
    for is_exif, content in find_items(data):
        yield Block(Content.EXIF if is_exif else Content.XMP, content)


def _find_nothing(_: bytes) -> Iterator[Block]:
    return iter(())


_FINDERS: dict[ImageFormat, Callable[[bytes], Iterator[Block]]] = {
    ImageFormat.JPEG: _find_in_jpeg,
    ImageFormat.PNG: _find_in_png,
    ImageFormat.WEBP: _find_in_webp,
    ImageFormat.GIF: _find_in_gif,
    ImageFormat.TIFF: _find_in_tiff,
    ImageFormat.AVIF: _find_in_heif,
    ImageFormat.HEIC: _find_in_heif,
    ImageFormat.BMP: _find_nothing,
}
