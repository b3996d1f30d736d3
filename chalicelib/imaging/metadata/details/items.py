"""Finds the EXIF and XMP items of an AVIF or HEIC (ISO/IEC 23008-12, annex A; 14496-12, 8.11)."""

from collections.abc import Iterator
from contextlib import suppress

from chalicelib.errors import ImageRejected
from chalicelib.imaging.metadata.isobmff.boxes import Box, BoxWalker
from chalicelib.imaging.metadata.isobmff.items import Items, read_info, read_locations

#: The type of a uuid box that holds an XMP packet (XMP part 3, 1.2.7.1).
_XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")


def find_items(data: bytes) -> Iterator[tuple[bool, bytes]]:
    """Yield each block: whether it is EXIF, else XMP, and its bytes. Raises ImageRejected for broken boxes.

    All blocks together have at most as many bytes as the file.
    """
    walker, left = BoxWalker(data), len(data)
    for box in walker.walk_file():
        if box.kind == b"uuid" and data[box.start : box.start + 16] == _XMP_UUID:
            yield False, data[box.start + 16 : box.end]
        elif box.kind == b"meta":
            for is_exif, content in _read_meta(walker, box):
                left -= len(content)
                if left < 0:
                    return
                yield is_exif, content


def _read_meta(walker: BoxWalker, meta: Box) -> Iterator[tuple[bool, bytes]]:
    parts = {box.kind: box for box in walker.walk(meta.start + 4, meta.end)}
    items = Items()
    with suppress(ImageRejected):
        if b"iinf" in parts and b"iloc" in parts:
            read_info(walker, parts[b"iinf"], items)
            read_locations(walker, parts[b"iloc"], items, parts.get(b"idat"))
    for item in items.entries.values():
        text = walker.data[item.text_at : item.box.end]
        is_exif = item.kind == b"Exif"
        if is_exif or (item.kind == b"mime" and b"rdf+xml" in text):
            content = b"".join(walker.data[span.at : span.end] for span in items.extents.get(item.number, ()))
            # Four bytes before EXIF say how far its TIFF header is (23008-12, A.2.1).
            start = 4 + int.from_bytes(content[:4], "big") if is_exif else 0
            yield is_exif, content[start:]
