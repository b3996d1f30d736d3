"""The choice of pictures: what a viewer shows stays, thumbnails and pictures for editors are removed."""

import struct

import pytest

from chalicelib.errors import UnsupportedFormat
from chalicelib.imaging.metadata import isobmff
from chalicelib.imaging.metadata.findings import Kind
from scripts.measuring.heif_files import HeifFile, HeifItem, avif_file, box, full_box, heic_file, ispe
from tests.imaging.metadata.isobmff.checks import assert_clean, pixels


def auxiliary_file(urn: bytes, data: bytes) -> bytes:
    plane = HeifItem(b"hvc1", data, properties=(2,), hidden=True)
    properties = (ispe(64, 48), full_box(b"auxC", urn + b"\0"))
    return heic_file(plane, properties=properties, references=((b"auxl", 2, 1),))


def test_a_thumbnail_is_removed_with_its_reference() -> None:
    data = avif_file(HeifItem(b"av01", b"SECRET uncropped", hidden=True), references=((b"thmb", 2, 1),)).build()
    clean = assert_clean(data, b"thmb")
    assert pixels(clean) == pixels(data)
    assert Kind.THUMBNAIL in {finding.kind for finding in isobmff.strip(data).removed}


@pytest.mark.parametrize("urn", [b"urn:com:apple:photo:2020:aux:hdrgainmap", b"urn:mpeg:hevc:2015:auxid:1"])
def test_alpha_and_gain_map_stay(urn: bytes) -> None:
    assert b"gain map" in assert_clean(auxiliary_file(urn, b"gain map"))


@pytest.mark.parametrize("urn", [b"urn:mpeg:hevc:2015:auxid:2", b"urn:com:apple:photo:2018:aux:portraiteffectsmatte"])
def test_depth_maps_and_mattes_are_removed(urn: bytes) -> None:
    assert_clean(auxiliary_file(urn, b"SECRET depth"))


def test_a_visible_depth_map_is_removed_too() -> None:
    depth = HeifItem(b"hvc1", b"SECRET depth", properties=(2,))
    properties = (ispe(64, 48), full_box(b"auxC", b"urn:mpeg:hevc:2015:auxid:2\0"))
    assert_clean(heic_file(depth, properties=properties, references=((b"auxl", 2, 1),)))


def test_tiles_of_a_grid_stay() -> None:
    items = (
        HeifItem(b"grid", b"\0\0\0\0\0\x40\0\x30", properties=(1,), in_idat=True),
        HeifItem(b"hvc1", b"a tile", hidden=True),
    )
    data = HeifFile(items, (ispe(64, 48),), ((b"dimg", 1, 2),)).build()
    assert b"a tile" in assert_clean(data)


@pytest.mark.parametrize("kind", [b"altr", b"ster"])
def test_a_hidden_picture_stays_if_it_is_in_a_known_group(kind: bytes) -> None:
    group = full_box(kind, struct.pack(">IIII", 7, 2, 1, 2))
    other = HeifItem(b"hvc1", b"other eye", properties=(1,), hidden=True)
    assert b"other eye" in assert_clean(heic_file(other, in_meta=(box(b"grpl", group),)))
    assert b"other eye" not in assert_clean(heic_file(other))


@pytest.mark.parametrize("kind", [b"jpeg", b"j2k1"])
def test_a_coding_that_may_contain_metadata_is_rejected(kind: bytes) -> None:
    with pytest.raises(UnsupportedFormat, match="coding"):
        isobmff.strip(HeifFile((HeifItem(kind, b"x", properties=(1,)),), (ispe(1, 1),)).build())


def test_such_a_coding_is_accepted_in_a_thumbnail_that_is_removed() -> None:
    thumbnail = HeifItem(b"jpeg", b"SECRET", properties=(1,))
    assert_clean(heic_file(thumbnail, references=((b"thmb", 2, 1),)))


def test_the_size_is_that_of_the_primary_picture() -> None:
    other = HeifItem(b"hvc1", b"larger", properties=(2,))
    assert isobmff.read(heic_file(other, properties=(ispe(64, 48), ispe(640, 480)))).size == (64, 48)
