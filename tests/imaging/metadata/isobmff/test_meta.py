"""The meta box: items of metadata are zeroed, references and locations to them are removed, and overlaps rejected."""

import struct
from dataclasses import replace

import pytest

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata import isobmff
from chalicelib.imaging.metadata.findings import Kind
from scripts.measuring.heif_files import (
    EXIF_ITEM,
    XMP_ITEM,
    HeifFile,
    HeifItem,
    avif_file,
    box,
    full_box,
    heic_file,
    ispe,
)
from tests.imaging.metadata.isobmff.checks import assert_clean, pixels


class SharedExtents(HeifFile):
    """A file in which all items but the first have the same bytes, `hidden_data`."""

    def _locations(self, start: int) -> bytes:
        body = struct.pack(">BBH", 0x44, 0, len(self.items))
        for number, item in enumerate(self.items, 1):
            place = (start, len(item.data)) if number == 1 else (start + 13, len(self.hidden_data))
            body += struct.pack(">HHHHII", number, 0, 0, 1, *place)
        return body


def test_every_kind_of_item_is_emptied_and_the_picture_stays() -> None:
    c2pa = HeifItem(b"mime", b"SECRET manifest", b"\0application/c2pa\0")
    link = HeifItem(b"uri ", b"SECRET data", b"\0https://SECRET\0")
    data = avif_file(EXIF_ITEM, XMP_ITEM, c2pa, link, references=((b"cdsc", 2, 1), (b"cdsc", 3, 1))).build()
    clean = assert_clean(data)
    assert pixels(clean) == pixels(data)
    assert len(clean) == len(data)
    kinds = {finding.kind for finding in isobmff.read(data).removable}
    assert {Kind.EXIF, Kind.GPS, Kind.XMP, Kind.C2PA, Kind.UNKNOWN, Kind.TEXT} <= kinds


def test_no_finding_repeats_the_text_that_it_found() -> None:
    assert "SECRET" not in repr(isobmff.read(avif_file(EXIF_ITEM, XMP_ITEM).build()).findings)


def test_xml_boxes_and_unknown_groups_are_removed() -> None:
    in_meta = (full_box(b"xml ", b"<SECRET/>"), box(b"grpl", full_box(b"albc", b"SECRETSECRET")))
    assert_clean(avif_file(in_meta=in_meta).build())


@pytest.mark.parametrize("reference", [(b"SECR", 1, 2), (b"cdsc", 2, 0x4A61), (b"cdsc", 0x4A61, 1)])
def test_a_reference_of_an_unknown_type_or_to_a_missing_item_is_replaced(reference: tuple[bytes, int, int]) -> None:
    data = avif_file(EXIF_ITEM, references=(reference,)).build()
    clean = assert_clean(data, b"SECR")
    assert pixels(clean) == pixels(data)
    assert b"\x4a\x61" not in clean[clean.index(b"iref") : clean.index(b"iprp")]


def test_a_primary_item_that_is_not_a_picture_is_rejected() -> None:
    with pytest.raises(CorruptImage, match="not a picture"):
        isobmff.strip(heic_file(EXIF_ITEM, primary=2))


def test_metadata_that_shares_bytes_with_the_picture_is_rejected() -> None:
    data = heic_file(EXIF_ITEM)
    at = data.index(b"mdat") + 4
    location = struct.pack(">HHHHII", 2, 0, 0, 1, at + len(b"coded picture"), len(EXIF_ITEM.data))
    overlap = struct.pack(">HHHHII", 2, 0, 0, 1, at + 4, len(EXIF_ITEM.data))
    assert data.count(location) == 1
    with pytest.raises(CorruptImage, match="share"):
        isobmff.strip(data.replace(location, overlap))


def test_metadata_that_is_located_in_the_boxes_is_rejected() -> None:
    data = heic_file(EXIF_ITEM)
    at = data.index(b"mdat") + 4 + len(b"coded picture")
    located_in_meta = data.replace(struct.pack(">II", at, len(EXIF_ITEM.data)), struct.pack(">II", 40, 50))
    with pytest.raises(CorruptImage, match="outside"):
        isobmff.strip(located_in_meta)


@pytest.mark.parametrize("kind", [b"mime", b"Exif", b"uri "])
def test_items_that_share_more_bytes_than_the_file_has_are_rejected(kind: bytes) -> None:
    many = HeifItem(kind, b"", b"\0application/rdf+xml\0")
    whole = SharedExtents((HeifItem(b"hvc1", b"coded picture", properties=(1,)), *([many] * 300)), (ispe(64, 48),))
    with pytest.raises(CorruptImage, match="share"):
        isobmff.read(replace(whole, hidden_data=b"x" * 100_000).build())


def test_items_may_share_a_few_bytes() -> None:
    whole = SharedExtents((HeifItem(b"hvc1", b"coded picture", properties=(1,)), XMP_ITEM, XMP_ITEM), (ispe(64, 48),))
    assert b"SECRET" not in isobmff.strip(replace(whole, hidden_data=XMP_ITEM.data).build()).data


def test_an_extent_that_runs_behind_the_end_of_the_file_is_zeroed_as_far_as_it_goes() -> None:
    data = heic_file(EXIF_ITEM)
    at, size = data.index(b"mdat") + 4 + len(b"coded picture"), len(EXIF_ITEM.data)
    assert_clean(data.replace(struct.pack(">II", at, size), struct.pack(">II", at, size + 1_000)))
