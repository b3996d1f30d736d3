"""Remove metadata from AVIF and HEIC: zero it in place, and turn its boxes and items into free space.

No offset moves. Coded and derived pictures, alpha and HDR gain maps stay.
Thumbnails are removed, since they may show what was cropped away. So are depth maps and mattes, which only editors use.
The orientation is that of irot and imir (ISO/IEC 23008-12, 6.5.10 and 6.5.12): readers ignore those in Exif and XMP.
"""

from chalicelib.errors import CorruptImage, UnsupportedFormat
from chalicelib.imaging.formats import ImageFormat, sniff
from chalicelib.imaging.metadata.findings import Kind, Reading, Stripped
from chalicelib.imaging.metadata.isobmff.boxes import Box, BoxWalker
from chalicelib.imaging.metadata.isobmff.brands import scrub_brands
from chalicelib.imaging.metadata.isobmff.meta import scrub_meta
from chalicelib.imaging.metadata.isobmff.plan import BoxPlan
from chalicelib.imaging.metadata.isobmff.tracks import scrub_movie
from chalicelib.imaging.metadata.spans import Span

_SINGLE = (b"ftyp", b"meta", b"moov")
_NEEDED = frozenset({*_SINGLE, b"mdat"})
_FRAGMENTS = frozenset({b"moof", b"sidx", b"mfra", b"imda"})
#: The video of a motion photo (Android's Motion Photo format 1.0).
_MOTION_VIDEO = b"mpvd"
_FREE_SPACE = frozenset({b"free", b"skip"})


def read(data: bytes) -> Reading:
    """Read the metadata of an AVIF or HEIC, and its size as coded, in pixels, before irot and clap.

    Raises as strip() does.
    """
    plan, size = _plan_scrub(data)
    return Reading(plan.counter.findings(), size)


def strip(data: bytes) -> Stripped:
    """Return the file with only its pictures and what a decoder needs for them. The rest is zeroed or cut off.

    Raises CorruptImage when the boxes are broken or metadata shares bytes with a picture. Raises UnsupportedFormat when
    the file cannot be cleaned without loss.
    """
    plan, size = _plan_scrub(data)
    reading = Reading(plan.counter.findings(), size)
    return Stripped(plan.apply(), sniff(data), size, reading.removable)


def _plan_scrub(data: bytes) -> tuple[BoxPlan, tuple[int, int]]:
    if sniff(data) not in (ImageFormat.AVIF, ImageFormat.HEIC):
        raise UnsupportedFormat("The file is neither AVIF nor HEIC.")
    walker, plan = BoxWalker(data), BoxPlan(data)
    boxes = list(walker.walk_file())
    single = {kind: _find_single(boxes, kind) for kind in _SINGLE}
    plan.cut_at = max(box.end for box in boxes if box.kind in _NEEDED)
    data_boxes = [Span(box.start, box.end - box.start) for box in boxes if box.kind == b"mdat"]
    size = (0, 0)
    for box in boxes:
        _scrub_top_level(plan, box)
    if movie := single[b"moov"]:
        size = scrub_movie(plan, walker, movie)
    if meta := single[b"meta"]:
        primary = scrub_meta(plan, walker, meta, data_boxes)
        size = primary if any(primary) else size
    if not all(size):
        raise CorruptImage("The file does not contain the size of its picture.", code="no_picture")
    plan.check_and_zero_gaps(data_boxes)
    return plan, size


def _find_single(boxes: list[Box], kind: bytes) -> Box | None:
    found = [box for box in boxes if box.kind == kind]
    if len(found) > 1:
        raise CorruptImage("A box that a file has once is there twice.", code="box_twice")
    return found[0] if found else None


def _scrub_top_level(plan: BoxPlan, box: Box) -> None:
    if box.kind in _FRAGMENTS:
        raise UnsupportedFormat("A file in fragments cannot be cleaned.", code="movie_fragments")
    if box.kind == b"ftyp":
        scrub_brands(plan, box)
    if box.kind in _NEEDED:
        return
    if box.kind == _MOTION_VIDEO:
        plan.counter.add(Kind.VIDEO, "file", 0, "video of a motion photo")
    if box.at >= plan.cut_at:
        plan.counter.add(Kind.TRAILER, "file", box.end - box.at, "bytes after the picture")
    elif box.kind in _FREE_SPACE:
        plan.free(box, Kind.PADDING, "file", "free space that is not empty")
    else:
        kind = Kind.C2PA if box.kind in (b"uuid", b"jumb") else Kind.UNKNOWN
        plan.free(box, kind, "file", "box that holds no picture")
