"""AVIF and HEIC: what is no picture becomes zeros in place, and its box or item becomes free space; no offset moves.

Pictures stay: coded and derived ones, alpha, HDR gain maps. Thumbnails go, as the one in EXIF does: they may show what
was cropped away; so do depth maps and mattes, which editors read and no viewer shows. Bytes of mdat and idat that no
kept item reaches are zeroed, and what follows the last needed box is cut off. Which way up a picture stands is told by
its irot and imir properties alone (ISO/IEC 23008-12, 6.5.10 and 6.5.12): readers ignore the orientation in Exif. The
one that Pillow reads from the XMP packet of an AVIF without them is carried over into them.
"""

from chalicelib.errors import CorruptImage, UnsupportedFormat
from chalicelib.imaging.formats import ImageFormat, sniff
from chalicelib.imaging.metadata.findings import Kind, Reading, Stripped
from chalicelib.imaging.metadata.isobmff.boxes import Box, BoxWalker
from chalicelib.imaging.metadata.isobmff.brands import scrub_brands
from chalicelib.imaging.metadata.isobmff.meta import scrub_meta
from chalicelib.imaging.metadata.isobmff.orientation import turn
from chalicelib.imaging.metadata.isobmff.plan import BoxPlan
from chalicelib.imaging.metadata.isobmff.tracks import scrub_movie
from chalicelib.imaging.metadata.spans import Span

_NEEDED = (b"ftyp", b"meta", b"moov", b"mdat")
_FRAGMENTS = frozenset({b"moof", b"sidx", b"mfra", b"imda"})
_FREE_SPACE = frozenset({b"free", b"skip"})


def read(data: bytes) -> Reading:
    """Read the metadata of an AVIF or HEIC, and its size as coded, in pixels, before irot and clap.

    Raises CorruptImage and UnsupportedFormat.
    """
    plan, size = _plan_scrub(data)
    return Reading(plan.counter.findings(), size)


def strip(data: bytes) -> Stripped:
    """Zero everything but the pictures and what a decoder needs for them.

    Raises CorruptImage when the boxes break their rules or metadata shares bytes with a picture, UnsupportedFormat when
    the file cannot be cleaned without loss.
    """
    plan, size = _plan_scrub(data)
    reading = Reading(plan.counter.findings(), size)
    clean = plan.apply()
    return Stripped(
        data=clean if plan.orientation == 1 else turn(clean, plan.orientation),
        format=sniff(data),
        size=size,
        removed=reading.removable,
    )


def _plan_scrub(data: bytes) -> tuple[BoxPlan, tuple[int, int]]:
    if sniff(data) not in (ImageFormat.AVIF, ImageFormat.HEIC):
        raise UnsupportedFormat("The file is neither AVIF nor HEIC.")
    walker, plan = BoxWalker(data), BoxPlan(data)
    boxes = list(walker.walk_file())
    unique = {kind: _only(boxes, kind) for kind in _NEEDED[:3]}
    plan.cut = max(box.end for box in boxes if box.kind in _NEEDED)
    arenas = [Span(box.start, box.end - box.start) for box in boxes if box.kind == b"mdat"]
    size = (0, 0)
    for box in boxes:
        _scrub_top(plan, box)
    if movie := unique[b"moov"]:
        size = scrub_movie(plan, walker, movie)
    if meta := unique[b"meta"]:
        primary = scrub_meta(plan, walker, meta, arenas)
        size = primary if any(primary) else size
    if not all(size):
        raise CorruptImage("The file does not tell the size of its picture.", code="no_picture")
    plan.settle(arenas)
    return plan, size


def _only(boxes: list[Box], kind: bytes) -> Box | None:
    found = [box for box in boxes if box.kind == kind]
    if len(found) > 1:
        raise CorruptImage("A box that a file has once is there twice.", code="box_twice")
    return found[0] if found else None


def _scrub_top(plan: BoxPlan, box: Box) -> None:
    if box.kind in _FRAGMENTS:
        raise UnsupportedFormat("A file in fragments cannot be cleaned.", code="movie_fragments")
    if box.kind == b"ftyp":
        scrub_brands(plan, box)
    if box.kind in _NEEDED:
        return
    if box.at >= plan.cut:
        plan.counter.add(Kind.TRAILER, "file", box.end - box.at, "bytes behind the picture")
    elif box.kind in _FREE_SPACE:
        plan.void(box, Kind.PADDING, "file", "free space that is not empty")
    else:
        kind = Kind.C2PA if box.kind in (b"uuid", b"jumb") else Kind.UNKNOWN
        plan.void(box, kind, "file", "box that holds no picture")
