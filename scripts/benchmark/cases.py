"""The rows of the benchmark: a photo, what is made of it, and the mark that the project set itself."""

from dataclasses import dataclass, field
from typing import Any

_SMALL = {"width": "300", "format": "jpeg", "quality": "80", "grayscale": "false"}
_MARKED = {"width": "1600", "format": "jpeg", "quality": "85", "grayscale": "false", "watermark": "Darkroom"}
_WIDTHS = [1920, 1280, 960, 640, 320]
_FIVE = {"widths": _WIDTHS, "format": "jpeg", "quality": "80", "grayscale": "false"}
_MOVING = {"width": "320", "format": "webp", "quality": "80", "grayscale": "false", "animated": "true"}
_GREY = {"width": "9000", "format": "png", "grayscale": "true"}


@dataclass(frozen=True)
class Case:
    """One row. `most` is the mark: the largest CPU ratio to the best peer."""

    name: str
    photo: str
    options: dict[str, Any] = field(default_factory=lambda: dict(_SMALL))
    most: float = 1.0


CASES = (
    *(Case(f"JPEG {size} MP to 300 px", f"{size}mp.jpg") for size in (6, 12, 24, 48)),
    Case("JPEG 12 MP, two outputs", "12mp.jpg", {"outputs": 2}),
    Case("JPEG 12 MP, watermark, 1600 px", "12mp.jpg", _MARKED),
    Case("JPEG 12 MP, five renditions", "12mp.jpg", _FIVE | {"decodes": len(_WIDTHS)}),
    Case("JPEG 12 MP, five renditions, one decode", "12mp.jpg", _FIVE | {"decodes": 1}),
    Case("PNG 12 MP to 300 px", "12mp.png", most=1.3),
    Case("WebP 12 MP to 300 px", "12mp.webp", most=1.3),
    Case("AVIF 12 MP to 300 px", "12mp.avif"),
    Case("GIF of 30 frames to WebP, 320 px", "30frames.gif", _MOVING),
    Case("WebP of 30 frames to WebP, 320 px", "30frames.webp", _MOVING),
    Case("JPEG 12 MP to full grey PNG", "12mp.jpg", _GREY, most=0.9),
)
#: The photos whose metadata is removed, one for each container.
SCRUBBED = ("12mp.jpg", "12mp.png", "12mp.webp", "2mp.gif", "12mp.tif", "12mp.avif")


def real_cases(names: list[str]) -> list[Case]:
    """Return the rows of real photos: each to 300 pixels, and each with both outputs."""
    small = [Case(f"{name} to 300 px", name) for name in names]
    return small + [Case(f"{name}, two outputs", name, {"outputs": 2}) for name in names]
