"""The values of a photo's metadata: positions, times, camera, serial numbers, names, software, texts and thumbnails.

Only the answer that asks for them holds them. Nothing here raises an error for broken metadata, and nothing is logged.
"""

from collections.abc import Callable, Iterable, Iterator

from chalicelib.imaging.metadata.details.blocks import Block, Content, find_blocks
from chalicelib.imaging.metadata.details.exif import read_exif
from chalicelib.imaging.metadata.details.iptc import (
    EXIF_RESOURCES,
    IPTC_RESOURCE,
    THUMBNAIL_HEADER,
    THUMBNAIL_RESOURCE,
    XMP_RESOURCE,
    read_iptc,
    walk_resources,
)
from chalicelib.imaging.metadata.details.texts import decode
from chalicelib.imaging.metadata.details.values import Detail, Details, Position, Thumbnail, Topic
from chalicelib.imaging.metadata.details.xmp_values import read_xmp
from chalicelib.imaging.metadata.findings import Finding, Kind

__all__ = ["Detail", "Details", "Position", "Thumbnail", "Topic", "read_details"]

#: The keywords of PNG texts that are not captions (PNG third edition, 11.3.3.1, and ImageMagick's).
_TEXT_TOPICS = {
    "Author": Topic.NAMES,
    "Artist": Topic.NAMES,
    "Copyright": Topic.NAMES,
    "Software": Topic.SOFTWARE,
    "Creation Time": Topic.TIMES,
    "date:create": Topic.TIMES,
    "date:modify": Topic.TIMES,
    "date:timestamp": Topic.TIMES,
    "Make": Topic.CAMERA,
    "Model": Topic.CAMERA,
}
#: Kinds whose values are not read, or only in part.
_UNREAD = frozenset(
    {Kind.C2PA, Kind.PRIVATE, Kind.UNKNOWN, Kind.MAKERNOTE, Kind.TRAILER, Kind.PADDING, Kind.ICC_TEXT}
    | {Kind.VIDEO, Kind.VIEW, Kind.DEPTH_MAP}
)
#: Blocks inside blocks: EXIF in Photoshop's resources, Photoshop's resources in a TIFF.
_MAX_DEPTH = 3
_EMBEDDED = {0x02BC: Content.XMP, 0x83BB: Content.IPTC, 0x8649: Content.PHOTOSHOP}
_Inner = Iterator[Block]


def read_details(data: bytes, found: Iterable[Finding] = ()) -> Details:
    """Return the values of a photo's metadata. A part that cannot be read has none.

    `found` are the findings in the photo: they tell what is not read.
    """
    details = Details()
    details.is_complete = not any(each.kind in _UNREAD for each in found)
    blocks = find_blocks(data)
    # Where values are in EXIF too, people look there first.
    for block in sorted(blocks, key=lambda block: block.content is not Content.EXIF):
        _read(block, details, 0)
    return details


def _read(block: Block, details: Details, depth: int) -> None:
    for inner in _READERS[block.content](block, details):
        if depth < _MAX_DEPTH:
            _read(inner, details, depth + 1)


def _read_exif(block: Block, details: Details) -> _Inner:
    yield from (Block(_EMBEDDED[tag], value) for tag, value in read_exif(block.data, details))


def _read_xmp(block: Block, details: Details) -> _Inner:
    read_xmp(block.data, details)
    return iter(())


def _read_iptc(block: Block, details: Details) -> _Inner:
    read_iptc(block.data, details)
    return iter(())


def _read_resources(block: Block, details: Details) -> _Inner:
    for number, content in walk_resources(block.data):
        if number == IPTC_RESOURCE:
            yield Block(Content.IPTC, content)
        elif number == XMP_RESOURCE:
            yield Block(Content.XMP, content)
        elif number in EXIF_RESOURCES:
            yield Block(Content.EXIF, content)
        elif number == THUMBNAIL_RESOURCE:
            details.add_thumbnail("Photoshop", content[THUMBNAIL_HEADER:])


def _read_text(block: Block, details: Details) -> _Inner:
    details.add(_TEXT_TOPICS.get(block.name, Topic.CAPTIONS), block.name, decode(block.data), "PNG")
    return iter(())


def _read_time(block: Block, details: Details) -> _Inner:
    if len(block.data) == 7:
        year, rest = int.from_bytes(block.data[:2], "big"), block.data[2:]
        month, day, hour, minute, second = rest
        time = f"{year:04}:{month:02}:{day:02} {hour:02}:{minute:02}:{second:02}"
        details.add(Topic.TIMES, "tIME", time, "PNG")
    return iter(())


def _read_comment(block: Block, details: Details) -> _Inner:
    details.add(Topic.CAPTIONS, "Comment", decode(block.data.rstrip(b"\0")), "comment")
    return iter(())


def _read_thumbnail(block: Block, details: Details) -> _Inner:
    details.add_thumbnail(block.name, block.data)
    return iter(())


def _count_unread(_: Block, details: Details) -> _Inner:
    details.is_complete = False
    return iter(())


_READERS: dict[Content, Callable[[Block, Details], _Inner]] = {
    Content.EXIF: _read_exif,
    Content.XMP: _read_xmp,
    Content.IPTC: _read_iptc,
    Content.PHOTOSHOP: _read_resources,
    Content.TEXT: _read_text,
    Content.TIME: _read_time,
    Content.COMMENT: _read_comment,
    Content.THUMBNAIL: _read_thumbnail,
    Content.UNREAD: _count_unread,
}
