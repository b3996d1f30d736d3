"""Checks that a page keeps every field that a decoder needs for its picture (TIFF 6.0, libtiff's tif_dirread.c).

A field that Darkroom cannot read may still be readable for another decoder: libtiff converts between number types. To
remove it would change the picture, so such a file is rejected.
"""

from chalicelib.errors import CorruptImage, UnsupportedFormat
from chalicelib.imaging.metadata.exif.directories import Directory, Entry, TiffReader
from chalicelib.imaging.metadata.tiff import tags
from chalicelib.imaging.metadata.tiff.chunks import is_tiled

_STRIPS = frozenset({tags.STRIP_OFFSETS, tags.STRIP_BYTE_COUNTS})
_TILES = frozenset({tags.TILE_OFFSETS, tags.TILE_BYTE_COUNTS})


def check_picture_fields(
    reader: TiffReader, directory: Directory, kept: dict[int, Entry], numbers: dict[int, int]
) -> None:
    """Check the fields of one page: `kept` are those that stay, `numbers` the values of those with one value.

    Raises CorruptImage when a needed field would be lost. Raises UnsupportedFormat when decoders
    differ in whether the page has strips or tiles, and for a volume of slices.
    """
    needed = tags.PICTURE_TAGS
    needed |= tags.PALETTE_TAGS if numbers.get(tags.PHOTOMETRIC) == tags.PALETTE else frozenset()
    needed |= tags.OLD_JPEG_TAGS if numbers.get(tags.COMPRESSION) == tags.OLD_JPEG else frozenset()
    first = {entry.tag: entry for entry in reversed(directory.entries) if entry.tag in needed}
    for tag, entry in first.items():
        # Decoders ignore a second field with the same tag
        if kept.get(tag) is not entry or (tags.MAX_COUNTS.get(tag) == 1 and tag not in numbers):
            raise CorruptImage("A field that the picture needs is damaged.", code="tiff_field")
    for entry in directory.entries:
        if entry.tag in tags.DEPTH_TAGS and not _is_one(reader, entry):
            raise UnsupportedFormat("A volume of several slices cannot be cleaned.", code="tiff_depth")
    _check_tiles(kept, numbers)


def _is_one(reader: TiffReader, entry: Entry) -> bool:
    return reader.is_readable(entry) and tuple(reader.read_integers(entry, 1)) == (1,)


def _check_tiles(kept: dict[int, Entry], numbers: dict[int, int]) -> None:
    """Check that decoders agree whether the page has strips or tiles.

    libtiff takes a page for tiled if it has a tile size, whichever tags hold the offsets. If the pixels are not
    compressed, Pillow decides by the tags of the offsets.
    """
    tiled = is_tiled(kept)
    if tiled and not (numbers.get(tags.TILE_WIDTH) and numbers.get(tags.TILE_HEIGHT)):
        raise CorruptImage("A TIFF page has tiles without a size.", code="tiff_field")
    both = not kept.keys().isdisjoint(_STRIPS) and not kept.keys().isdisjoint(_TILES)
    misplaced = not kept.keys().isdisjoint(_STRIPS if tiled else _TILES)
    plain = numbers.get(tags.COMPRESSION, tags.UNCOMPRESSED) == tags.UNCOMPRESSED
    if both or (misplaced and plain):
        raise UnsupportedFormat("Decoders differ in whether a TIFF page has strips or tiles.", code="tiff_tiles")
