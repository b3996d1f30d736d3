"""The made photos are the same shape for everybody, and hold what a scrub must remove."""

import io
from pathlib import Path

import pytest
from PIL import Image, ImageSequence

from chalicelib.imaging import metadata
from chalicelib.imaging.metadata import Kind
from scripts.benchmark import photos


def test_a_made_photo_is_3_to_2_and_its_sides_are_odd() -> None:
    width, height = photos.make(0.05).size
    assert width % 2 == height % 2 == 1
    assert abs(width / height - 1.5) < 0.02
    assert abs(width * height / 50_000 - 1) < 0.05


def test_a_made_photo_has_edges_and_a_grain() -> None:
    shades = photos.make(0.05).convert("L").getcolors(256)
    assert shades is not None
    assert len(shades) > 200


def test_a_made_jpeg_holds_exif_xmp_and_a_profile() -> None:
    found = {finding.kind for finding in metadata.inspect(photos.jpeg(0.05))}
    assert {Kind.EXIF, Kind.GPS, Kind.XMP, Kind.ICC} <= found


def test_other_formats_hold_exif() -> None:
    for name in ("PNG", "WEBP", "AVIF", "TIFF"):
        assert Kind.GPS in {finding.kind for finding in metadata.inspect(photos.encoded(0.02, name))}, name


@pytest.mark.parametrize("name", ["GIF", "WEBP"])
def test_a_made_animation_moves_in_every_frame(name: str) -> None:
    with Image.open(io.BytesIO(photos.animation(name, count=4, size=(60, 40)))) as image:
        frames = [frame.convert("RGB").tobytes() for frame in ImageSequence.Iterator(image)]
    assert (image.size, len(set(frames)), len(frames)) == ((60, 40), 4, 4)


def test_a_photo_is_written_once(tmp_path: Path) -> None:
    (tmp_path / "6mp.jpg").write_bytes(b"there already")
    assert photos.write(tmp_path, "6mp.jpg").read_bytes() == b"there already"


def test_real_photos_are_those_of_the_folder(tmp_path: Path) -> None:
    for name in ("b.JPG", "a.webp", "notes.txt"):
        (tmp_path / name).write_bytes(b"")
    assert [path.name for path in photos.real(str(tmp_path))] == ["a.webp", "b.JPG"]
    assert photos.real("") == []


def test_a_folder_without_a_photo_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_bytes(b"")
    with pytest.raises(SystemExit, match="holds no photo"):
        photos.real(str(tmp_path))
