"""The items and tracks of AVIF and HEIC are told apart: pictures, thumbnails, tiles, maps, frames."""

from dataclasses import replace

import pytest
from PIL import Image

from chalicelib.imaging.contents.found import Contents
from chalicelib.imaging.contents.isobmff import read
from scripts.measuring import heif_files
from scripts.measuring.heif_files import HeifItem, box, full_box, ispe
from tests.pictures import encoded, picture

PICTURE = HeifItem(b"hvc1", b"another picture", properties=(1,))
_GAIN_MAP = full_box(b"auxC", b"urn:com:apple:photo:2020:aux:hdrgainmap\0")


def test_a_second_picture_counts() -> None:
    assert read(heif_files.heic_file(PICTURE, PICTURE)) == Contents(further_pictures=2)


@pytest.mark.parametrize(
    "links", [((b"thmb", 2, 1),), ((b"auxl", 2, 1),), ((b"dimg", 1, 2),)], ids=["thumbnail", "auxiliary", "tile"]
)
def test_parts_of_the_primary_picture_do_not_count(links: tuple[tuple[bytes, int, int], ...]) -> None:
    assert read(heif_files.heic_file(PICTURE, references=links)) == Contents()


def test_hidden_pictures_and_other_items_do_not_count() -> None:
    hidden = replace(PICTURE, hidden=True)
    assert read(heif_files.heic_file(hidden, heif_files.EXIF_ITEM, heif_files.XMP_ITEM)) == Contents()


def test_a_gain_map_is_found_by_its_name_or_by_the_item_that_applies_it() -> None:
    named = heif_files.heic_file(
        replace(PICTURE, properties=(1, 2)), properties=(ispe(64, 48), _GAIN_MAP), references=((b"auxl", 2, 1),)
    )
    applied = heif_files.heic_file(PICTURE, HeifItem(b"tmap", b"values"), references=((b"dimg", 3, 1), (b"dimg", 3, 2)))
    assert read(named) == read(applied) == Contents(has_gain_map=True)


def test_the_depth_is_that_of_the_primary_picture() -> None:
    def with_depth(prop: bytes) -> bytes:
        return heif_files.heic_file(properties=(prop,))

    hvcc = box(b"hvcC", bytes(17) + b"\xfa" + bytes(5))
    assert read(with_depth(full_box(b"pixi", b"\3\x0a\x0a\x0a"))).bits == 10
    assert read(with_depth(box(b"av1C", b"\x81\0\x60\0"))).bits == 12
    assert read(with_depth(box(b"av1C", b"\x81\0\x40\0"))).bits == 10
    assert read(with_depth(hvcc)).bits == 10
    assert read(with_depth(ispe(64, 48))).bits == 8


def test_a_grid_has_the_depth_of_its_tiles() -> None:
    tile = HeifItem(b"hvc1", b"tile", properties=(2,))
    data = heif_files.heic_file(
        tile,
        properties=(ispe(64, 48), full_box(b"pixi", b"\3\x0a\x0a\x0a")),
        references=((b"dimg", 1, 2),),
    )
    assert read(data) == Contents(bits=10)


def test_the_samples_of_a_track_are_frames() -> None:
    frames = [Image.new("RGBA", (16, 16), (level, 0, 0, level)) for level in (10, 90, 200)]
    data = encoded(frames[0], "AVIF", save_all=True, append_images=frames[1:])
    assert (read(data).frames, read(encoded(picture(), "AVIF")).frames) == (3, 1)
    assert read(heif_files.sequence()).frames == 1


def test_a_manifest_is_told_from_other_boxes() -> None:
    def with_box(uuid: str) -> bytes:
        return heif_files.heic_file(after=box(b"uuid", bytes.fromhex(uuid), b"content"))

    assert read(with_box("d8fec3d61b0e483c92975828877ec481")).has_c2pa
    assert not read(with_box("be7acfcb97a942e89c71999491e3afac")).has_c2pa
