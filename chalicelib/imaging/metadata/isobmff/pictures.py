"""Which items of a HEIF file are pictures that a viewer shows, and so stay (ISO/IEC 23008-12, 6.4 and 6.5)."""

from collections import defaultdict

from chalicelib.errors import UnsupportedFormat
from chalicelib.imaging.metadata.findings import Kind
from chalicelib.imaging.metadata.isobmff.boxes import Box, BoxWalker, Cursor
from chalicelib.imaging.metadata.isobmff.items import Items
from chalicelib.imaging.metadata.isobmff.lengths import AUXILIARIES, read_urn
from chalicelib.imaging.metadata.isobmff.plan import BoxPlan

#: Codings and derivations of pictures that stay. What a coded stream carries besides the picture, such as SEI messages
#: of HEVC and metadata OBUs of AV1, stays with it, since the scrub never looks into coded data.
_PICTURES = frozenset({b"av01", b"hvc1", b"lhv1", b"grid", b"iden", b"iovl", b"tmap"})
#: Pictures that may carry segments and comments of their own, which cannot be taken out in place.
_OPAQUE = frozenset({b"jpeg", b"avc1", b"j2k1", b"j2ki", b"vvc1", b"unci", b"jxl ", b"svc1", b"mvc1"})
#: What one picture is to another: the other kinds of references are for editors.
REFERENCES = frozenset({b"thmb", b"auxl", b"cdsc", b"dimg", b"base", b"exbl", b"prem", b"pred"})
_GROUPS = frozenset({b"altr", b"ster", b"pymd", b"eqiv", b"prgr", b"tsyn", b"brst", b"pano", b"slid"})


def choose_pictures(data: bytes, items: Items, grouped: set[int]) -> set[int]:
    """Gather the primary picture, all others that are not hidden or are in a group, and what these are made of.

    Raises UnsupportedFormat when one of them is of a coding with room for metadata of its own.
    """
    needs, serves, minor = _read_roles(data, items)
    pictures = {number for number, item in items.entries.items() if item.kind in _PICTURES | _OPAQUE}
    shown = {number for number in pictures if number in grouped or not items.entries[number].hidden}
    queue = [*((shown - minor) | ({items.primary} & pictures))]
    kept: set[int] = set(queue)
    while queue:
        number = queue.pop()
        found = {*needs[number], *serves[number]} & pictures - kept
        kept |= found
        queue.extend(found)
    if any(items.entries[number].kind in _OPAQUE for number in kept):
        raise UnsupportedFormat("A picture of this coding cannot be cleaned inside HEIF.", code="item_coding")
    return kept


def _read_roles(data: bytes, items: Items) -> tuple[dict[int, set[int]], dict[int, set[int]], set[int]]:
    """Sort the references: what a picture is made of, which auxiliaries serve it, and which items serve others only."""
    needs: dict[int, set[int]] = defaultdict(set)
    serves: dict[int, set[int]] = defaultdict(set)
    minor: set[int] = set()
    wanted = _wanted_auxiliaries(data, items)
    for reference in items.references:
        if reference.box.kind in (b"thmb", b"auxl"):
            minor.add(reference.source)
        if reference.box.kind == b"auxl" and reference.source in wanted:
            for target in reference.targets:
                serves[target].add(reference.source)
        elif reference.box.kind in (b"dimg", b"base", b"exbl", b"prem", b"pred"):
            needs[reference.source].update(reference.targets)
    return needs, serves, minor


def _wanted_auxiliaries(data: bytes, items: Items) -> set[int]:
    boxes = {index: box for index, box in enumerate(items.properties, 1) if box.kind == b"auxC"}
    wanted = {index for index, box in boxes.items() if read_urn(data, box) in AUXILIARIES}
    return {link.item for link in items.associations if link.index in wanted}


def scrub_groups(plan: BoxPlan, walker: BoxWalker, box: Box) -> set[int]:
    """Plan the scrub of grpl; gives the items that known groups name. Raises CorruptImage for broken groups."""
    grouped: set[int] = set()
    for group in walker.walk(box.start, box.end):
        if group.kind not in _GROUPS:
            plan.void(group, Kind.UNKNOWN, "meta/grpl", "unknown group of items")
            continue
        cursor = Cursor(walker, group)
        cursor.take(8)
        grouped.update(cursor.take(4) for _ in range(cursor.take(4)))
        plan.void(cursor.rest(), Kind.UNKNOWN, "meta/grpl", "bytes behind the members of a group")
    return grouped


def measure_primary(walker: BoxWalker, items: Items) -> tuple[int, int]:
    """Read width and height of the primary picture from ispe; (0, 0) without one."""
    for link in items.associations:
        if link.item == items.primary and 0 < link.index <= len(items.properties):
            box = items.properties[link.index - 1]
            if box.kind == b"ispe" and box.end - box.start >= 12:
                return walker.number(box.start + 4, 4), walker.number(box.start + 8, 4)
    return (0, 0)
