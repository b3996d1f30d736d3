"""The further pictures of a JPEG are counted, and gain maps, thumbnails and other maps are none of them."""

import pytest

from chalicelib.imaging.contents.found import Contents
from chalicelib.imaging.contents.jpeg import read
from scripts.measuring import samples
from tests.imaging.metadata.jpeg.builders import index
from tests.pictures import encoded, picture

_XMP = b"http://ns.adobe.com/xap/1.0/\0"
HDRGM = samples.segment(0xE1, _XMP + b'<x hdrgm:Version="1.0"/>')
ISO = samples.segment(0xE2, b"urn:iso:std:iso:ts:21496:-1\0\0\0\0\0")
APPLE = samples.segment(0xE1, _XMP + b"<a>urn:com:apple:photo:2020:aux:hdrgainmap</a>")
DEPTH = samples.segment(0xE1, _XMP + b"<a>urn:com:apple:photo:2018:aux:depth</a>")


def indexed(second: bytes, kind: int = 0, before: bytes = b"") -> bytes:
    """Make a JPEG whose index names a second picture behind the first one."""
    empty = samples.jpeg(before, samples.segment(0xE2, index((0x030000, 0, 0), (kind, 0, 0))))
    base = empty.index(b"MPF\0") + 4
    payload = index((0x030000, len(empty), 0), (kind, len(second), len(empty) - base))
    return samples.jpeg(before, samples.segment(0xE2, payload)) + second


@pytest.mark.parametrize("kind", [0, 0x020001, 0x020002, 0x020003])
def test_another_view_is_a_further_picture(kind: int) -> None:
    assert read(indexed(samples.jpeg(), kind)) == Contents(further_pictures=1)


def test_the_frames_of_pillow_s_mpo_are_further_pictures() -> None:
    data = encoded(picture(), "MPO", save_all=True, append_images=[picture(mode="L"), picture()])
    assert read(data) == Contents(further_pictures=2)


@pytest.mark.parametrize("kind", [0x010001, 0x010002])
def test_a_thumbnail_does_not_count(kind: int) -> None:
    assert read(indexed(samples.jpeg(), kind)) == Contents()


@pytest.mark.parametrize("mark", [HDRGM, ISO, APPLE])
def test_a_gain_map_is_no_further_picture(mark: bytes) -> None:
    assert read(indexed(samples.jpeg(mark), before=HDRGM)) == Contents(has_gain_map=True)


def test_a_gain_map_without_an_index_is_found_behind_the_scans() -> None:
    assert read(samples.jpeg(HDRGM, trailer=samples.jpeg(HDRGM))) == Contents(has_gain_map=True)


def test_another_trailer_is_no_gain_map() -> None:
    assert read(samples.jpeg(HDRGM, trailer=samples.jpeg())) == Contents()


def test_a_claim_without_a_map_is_no_map() -> None:
    assert read(samples.jpeg(HDRGM)) == read(samples.jpeg(ISO)) == Contents()


def test_a_depth_map_is_neither() -> None:
    assert read(indexed(samples.jpeg(DEPTH))) == Contents()


def test_a_manifest_is_told_from_other_jumbf_boxes() -> None:
    def jumbf(kind: bytes) -> bytes:
        return samples.jpeg(samples.segment(0xEB, b"JP\0\1\0\0\0\1\0\0\0\x40jumb\0\0\0\x20jumd" + kind + bytes(28)))

    assert (read(jumbf(b"c2pa")).has_c2pa, read(jumbf(b"json")).has_c2pa) == (True, False)


def test_an_index_to_nowhere_names_no_picture() -> None:
    data = indexed(samples.jpeg())
    assert read(data[: data.rindex(b"\xff\xd8\xff")]) == Contents()
