"""Puts an EXIF block and an XMP packet into a clean file. What a scrub kept in EXIF stays in the new block."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from chalicelib.errors import UnsupportedFormat
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.metadata.credit.tiff import insert_into_tiff
from chalicelib.imaging.metadata.exif.directories import open_tiff
from chalicelib.imaging.metadata.exif.embedded import EXIF_PREFIX, find_kept, find_orientation
from chalicelib.imaging.metadata.exif.minimal import TEXTS_IN_EXIF, write_exif
from chalicelib.imaging.metadata.jpeg.gain_map import find_gain_map, read_header
from chalicelib.imaging.metadata.jpeg.inspector import XMP_PREFIX
from chalicelib.imaging.metadata.jpeg.pictures import insert_into_pair
from chalicelib.imaging.metadata.jpeg.segments import APP0, APP1, SOI
from chalicelib.imaging.metadata.jpeg.segments import walk as walk_jpeg
from chalicelib.imaging.metadata.png.chunks import SIGNATURE
from chalicelib.imaging.metadata.png.chunks import walk as walk_png
from chalicelib.imaging.metadata.png.chunks import write_chunk as write_png_chunk
from chalicelib.imaging.metadata.png.text import XMP_KEYWORD
from chalicelib.imaging.metadata.webp.chunks import (
    ALPHA_FLAG,
    EXIF_FLAG,
    HEADER,
    XMP_FLAG,
    read_canvas,
    write_chunk,
)
from chalicelib.imaging.metadata.webp.chunks import walk as walk_webp

Texts = Mapping[int, bytes]
_PNG_HEADER_END = len(SIGNATURE) + 25
#: The type of a uuid box that holds an XMP packet (XMP part 3, 1.2.7.1).
_XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
#: GIF's application block of an XMP packet, and what readers of sub-blocks skip after it (XMP part 3, 1.1.2).
_GIF_HEAD, _GIF_TAIL = b"\x21\xff\x0bXMP DataXMP", b"\1" + bytes(range(255, -1, -1)) + b"\0"
#: The bit of a VP8L bitstream that says that it has an alpha plane (RFC 9649, 3.4).
_VP8L_ALPHA = 0x10


@dataclass(frozen=True)
class Inserted:
    """A file with values, and the same file without them: what a scrub of the new file must give.

    `texts` are the EXIF texts that it has, by tag, and `packet` its new XMP packet, b"" for none.
    """

    data: bytes
    base: bytes
    texts: Texts
    packet: bytes


def insert(data: bytes, image_format: ImageFormat, texts: Texts, packet: bytes) -> Inserted:
    """Put EXIF texts and an XMP packet into a clean file, as far as its format has a place for each.

    Raises UnsupportedFormat for a format that has no place at all.
    """
    if image_format not in _INSERTERS:
        raise UnsupportedFormat(
            f"A {image_format.name} file has no place for what `keep` names.", code="keep_unsupported"
        )
    return _INSERTERS[image_format](data, texts, packet)


def rewrite_block(old: bytes, texts: Texts) -> bytes:
    """Return a block with the texts and with what the old block holds of the picture, b"" for no old block."""
    orientation = find_orientation(old)
    return write_exif(replace(find_kept(old), orientation=orientation if orientation != 1 else None), texts=texts)


def _insert_into_jpeg(data: bytes, texts: Texts, packet: bytes) -> Inserted:
    """Write both segments after the JFIF header. The XMP of an HDR photo is the index of its gain map, and stays."""
    header = read_header(data)
    found = find_gain_map(data, header) if header.has_more else None
    if found:
        new = insert_into_pair(data, found, lambda first: _replace_exif(first, texts, b""))
        return Inserted(new, data, texts, b"")
    return Inserted(_replace_exif(data, texts, packet), data, texts, packet)


def _replace_exif(data: bytes, texts: Texts, packet: bytes) -> bytes:
    start, end, old = 2, 2, b""
    for segment in walk_jpeg(data):
        is_exif = segment.type == APP1 and data.startswith(EXIF_PREFIX, segment.payload_start)
        if segment.type not in (SOI, APP0) and not is_exif:
            break
        start, end = (segment.start if is_exif else segment.end), segment.end
        old = data[segment.payload_start : segment.end] if is_exif else old
    new = _write_segment(EXIF_PREFIX + rewrite_block(old, texts))
    return b"".join((data[:start], new, _write_segment(XMP_PREFIX + packet) if packet else b"", data[end:]))


def _write_segment(payload: bytes) -> bytes:
    return b"\xff\xe1" + (len(payload) + 2).to_bytes(2, "big") + payload


def _insert_into_png(data: bytes, texts: Texts, packet: bytes) -> Inserted:
    old = next((chunk for chunk in walk_png(data) if chunk.type == b"eXIf"), None)
    block = write_png_chunk(b"eXIf", rewrite_block(old.payload(data) if old else b"", texts))
    text = write_png_chunk(b"iTXt", XMP_KEYWORD + bytes(5) + packet)
    rest = data[_PNG_HEADER_END : old.start] + data[old.end :] if old else data[_PNG_HEADER_END:]
    return Inserted(b"".join((data[:_PNG_HEADER_END], block, text, rest)), data, texts, packet)


def _extend_webp(data: bytes) -> bytes:
    """Return a WebP with an extended header, which EXIF and XMP need (RFC 9649, 2.7)."""
    first = next(walk_webp(data))
    if first.type == b"VP8X":
        return data
    has_alpha = first.type == b"VP8L" and data[first.payload_start + 4] & _VP8L_ALPHA
    canvas = b"".join((side - 1).to_bytes(3, "little") for side in read_canvas(data, first))
    header = write_chunk(b"VP8X", bytes((ALPHA_FLAG if has_alpha else 0, 0, 0, 0)) + canvas)
    return _write_riff(header + data[HEADER:])


def _insert_into_webp(data: bytes, texts: Texts, packet: bytes) -> Inserted:
    base = _extend_webp(data)
    old = next((chunk for chunk in walk_webp(base) if chunk.type == b"EXIF"), None)
    body = bytearray(base[HEADER : old.start if old else len(base)])
    body[8] |= EXIF_FLAG | XMP_FLAG
    block = rewrite_block(old.payload(base) if old else b"", texts)
    new = _write_riff(bytes(body) + write_chunk(b"EXIF", block) + write_chunk(b"XMP ", packet))
    return Inserted(new, base, texts, packet)


def _write_riff(body: bytes) -> bytes:
    return b"RIFF" + (4 + len(body)).to_bytes(4, "little") + b"WEBP" + body


def _insert_into_gif(data: bytes, _: Texts, packet: bytes) -> Inserted:
    return Inserted(data[:-1] + _GIF_HEAD + packet + _GIF_TAIL + data[-1:], data, {}, packet)


def _insert_into_tiff(data: bytes, texts: Texts, packet: bytes) -> Inserted:
    """Few readers follow an Exif directory in a BigTIFF: there, the packet alone has the date."""
    is_big = open_tiff(data).big
    placed = {tag: text for tag, text in texts.items() if not (is_big and tag in TEXTS_IN_EXIF)}
    return Inserted(insert_into_tiff(data, placed, packet), data, placed, packet)


def _insert_into_heif(data: bytes, _: Texts, packet: bytes) -> Inserted:
    """Append the packet in a box of its own: no offset moves."""
    box = (8 + len(_XMP_UUID) + len(packet)).to_bytes(4, "big") + b"uuid" + _XMP_UUID + packet
    return Inserted(data + box, data, {}, packet)


_INSERTERS: dict[ImageFormat, Callable[[bytes, Texts, bytes], Inserted]] = {
    ImageFormat.JPEG: _insert_into_jpeg,
    ImageFormat.PNG: _insert_into_png,
    ImageFormat.WEBP: _insert_into_webp,
    ImageFormat.GIF: _insert_into_gif,
    ImageFormat.TIFF: _insert_into_tiff,
    ImageFormat.AVIF: _insert_into_heif,
    ImageFormat.HEIC: _insert_into_heif,
}
