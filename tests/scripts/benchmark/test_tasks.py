"""Each tool makes the same thing of a photo, so that their times can be compared."""

import io
from typing import Any

import pytest
from PIL import Image

from chalicelib.imaging import metadata
from chalicelib.imaging.contents import read_contents
from chalicelib.imaging.formats import sniff
from scripts.benchmark import photos, tasks
from scripts.benchmark.cases import CASES, Case

STILLS = [case for case in CASES[3:] if "animated" not in case.options]


@pytest.fixture(scope="module")
def photo() -> bytes:
    return photos.jpeg(0.5)


def described(data: bytes) -> tuple[str | None, tuple[int, int], str]:
    with Image.open(io.BytesIO(data)) as image:
        return image.format, image.size, image.mode


@pytest.mark.parametrize("options", [case.options for case in STILLS], ids=[case.name for case in STILLS])
def test_both_libraries_make_outputs_of_one_format_size_and_mode(photo: bytes, options: dict[str, Any]) -> None:
    ours, theirs = tasks.darkroom(photo, options), tasks.vips(photo, options)
    assert list(map(described, ours)) == list(map(described, theirs))
    assert len(ours) == (len(options["widths"]) if "widths" in options else options.get("outputs", 1))


@pytest.mark.parametrize("name", ["GIF", "WEBP"])
@pytest.mark.parametrize("case", [case for case in CASES if "animated" in case.options], ids=lambda case: case.name)
def test_both_libraries_keep_the_frames_of_an_animation(name: str, case: Case) -> None:
    moving = photos.animation(name, count=3, size=(400, 300))
    ours, theirs = tasks.darkroom(moving, case.options), tasks.vips(moving, case.options)
    assert described(ours[0])[:2] == described(theirs[0])[:2] == (case.options["format"].upper(), (320, 240))
    assert frames(ours[0]) == frames(theirs[0]) == 3


def frames(data: bytes) -> int:
    return read_contents(data, sniff(data)).frames


def test_the_watermark_is_drawn_by_both(photo: bytes) -> None:
    marked = next(case.options for case in CASES if "watermark" in case.options)
    bare = {name: value for name, value in marked.items() if name != "watermark"}
    for task in (tasks.darkroom, tasks.vips):
        assert task(photo, marked) != task(photo, bare)


def test_the_strip_leaves_no_private_metadata(photo: bytes) -> None:
    [clean] = tasks.strip(photo, {})
    assert metadata.strip(clean).data == clean
    assert len(clean) < len(photo)
