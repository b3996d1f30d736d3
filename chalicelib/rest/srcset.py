"""Writes the renditions of an image as a value of HTML's attribute `srcset`."""

from chalicelib.flows.images import ImageView
from chalicelib.imaging.renditions import is_rendition_name
from chalicelib.records import ImageRecord, Variant


def srcset(view: ImageView) -> str | None:
    """Return the presigned links of the renditions with their widths, the narrowest first; None if there is none.

    A rendition that shows only a part of the photo is not among them: a browser must find the same picture under each
    link. A width stands once (HTML, 4.8.4.2.1: no two candidates with the same width descriptor).
    """
    widths: dict[int, str] = {}
    for name, link in view.links.items():
        variant = view.record.variants.get(name)
        if variant and is_rendition_name(name) and _shows_all(view.record, variant):
            widths.setdefault(variant.width, link)
    return ", ".join(f"{widths[width]} {width}w" for width in sorted(widths)) or None


def _shows_all(record: ImageRecord, variant: Variant) -> bool:
    """Return whether a variant has the shape of the turned photo, except for the rounding of one side."""
    width, height = record.width, record.height
    if str(record.recipe.get("rotate")) in ("90", "270"):
        width, height = height, width
    return abs(variant.width * height - variant.height * width) <= max(width, height)
