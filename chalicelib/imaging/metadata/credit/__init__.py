"""A scrub that keeps what the caller names: credit, date, description, camera. The values are written anew.

The proof reads the new file as an unknown one. A scrub of it gives the clean file again, byte for byte. What a scrub
finds is EXIF and XMP; the packet is the written one, EXIF has its one form, and their values are the written ones.
"""

from collections.abc import Collection
from dataclasses import replace

from chalicelib.errors import CorruptImage
from chalicelib.imaging import metadata
from chalicelib.imaging.formats import ImageFormat, sniff
from chalicelib.imaging.keep import Keep
from chalicelib.imaging.metadata.credit.insert import Inserted, insert, rewrite_block
from chalicelib.imaging.metadata.credit.tiff import XMP_TAG
from chalicelib.imaging.metadata.credit.values import read_credit
from chalicelib.imaging.metadata.credit.write import exif_texts, write_packet
from chalicelib.imaging.metadata.details import Details, read_details
from chalicelib.imaging.metadata.details.blocks import Content, find_blocks
from chalicelib.imaging.metadata.details.exif import read_exif
from chalicelib.imaging.metadata.details.xmp_values import read_xmp
from chalicelib.imaging.metadata.exif.minimal import KeptExif, write_exif
from chalicelib.imaging.metadata.findings import Kind, Sanitized

__all__ = ["check", "strip_keeping"]

#: What a scrub may find in the new file: the texts of a TIFF are TEXT, the box of an AVIF is TRAILER, of a GIF COMMENT.
_WRITTEN = frozenset({Kind.EXIF, Kind.XMP, Kind.TEXT, Kind.TRAILER})


def strip_keeping(data: bytes, keep: Collection[Keep]) -> Sanitized:
    """Return the same picture without its metadata, but with the values that `keep` names, as far as it has them.

    Raises the errors of metadata.strip(). Raises UnsupportedFormat if the format has no place for the values, and
    CorruptImage if a text is too long or the result cannot be proved.
    """
    clean = metadata.strip(data)
    credit = read_credit(data, keep) if keep else None
    if not credit:
        return clean
    inserted = insert(clean.data, clean.format, exif_texts(credit), write_packet(credit))
    check(inserted, clean)
    return replace(clean, data=inserted.data, kept=(*clean.kept, *credit.findings()))


def check(inserted: Inserted, clean: Sanitized) -> None:
    """Read the new file as an unknown file. Raises CorruptImage if it holds anything but picture and values."""
    reading = metadata.read(inserted.data)
    is_known = {finding.kind for finding in reading.removable} <= _WRITTEN
    is_picture = (reading.size, sniff(inserted.data)) == (clean.size, clean.format)
    is_clean = metadata.strip(inserted.data).data == inserted.base
    if not (is_known and is_picture and is_clean and _has_only_values(inserted, clean.format)):
        raise CorruptImage("What `keep` names cannot be written without anything else.", code="keep_unproved")


def _has_only_values(inserted: Inserted, image_format: ImageFormat) -> bool:
    """Return whether the new file has the written values, and its blocks have the form in which they are written."""
    expected = Details()
    for _ in read_exif(write_exif(KeptExif(), texts=inserted.texts), expected):
        return False
    read_xmp(inserted.packet, expected)
    is_same = read_details(inserted.data).document() == expected.document()
    packets, old = _find_packets(inserted.data), _find_packets(inserted.base)
    blocks = [block.data for block in find_blocks(inserted.data) if block.content is Content.EXIF]
    has_form = image_format is ImageFormat.TIFF or all(
        block == rewrite_block(block, inserted.texts) for block in blocks
    )
    return is_same and has_form and sorted(packets) == sorted(filter(None, (*old, inserted.packet)))


def _find_packets(data: bytes) -> list[bytes]:
    """Return the XMP packets of a file. A TIFF has them in a field."""
    if sniff(data) is ImageFormat.TIFF:
        return [value for tag, value in read_exif(data, Details()) if tag == XMP_TAG]
    return [block.data for block in find_blocks(data) if block.content is Content.XMP]
