"""Choose the items of a HEIF file that a viewer shows (ISO/IEC 23008-12, 6.4 and 6.5). The scrub keeps only these."""

from collections import defaultdict
from typing import NamedTuple

from chalicelib.errors import UnsupportedFormat
from chalicelib.imaging.metadata.findings import Kind
from chalicelib.imaging.metadata.isobmff.boxes import Box, BoxWalker, Cursor
from chalicelib.imaging.metadata.isobmff.items import Items
from chalicelib.imaging.metadata.isobmff.lengths import AUXILIARIES, read_urn
from chalicelib.imaging.metadata.isobmff.plan import BoxPlan

#: Coded and derived pictures that stay. The scrub does not look into coded data: SEI messages of HEVC and metadata
#: OBUs of AV1 stay too.
_PICTURES = frozenset({b"av01", b"hvc1", b"lhv1", b"grid", b"iden", b"iovl", b"tmap"})
#: Codings that may have segments and comments inside the coded data, which cannot be removed in place.
_OPAQUE = frozenset({b"jpeg", b"avc1", b"j2k1", b"j2ki", b"vvc1", b"unci", b"jxl ", b"svc1", b"mvc1"})
#: References between pictures. Only editors use the other kinds.
REFERENCES = frozenset({b"thmb", b"auxl", b"cdsc", b"dimg", b"base", b"exbl", b"prem", b"pred"})
_GROUPS = frozenset({b"altr", b"ster", b"pymd", b"eqiv", b"prgr", b"tsyn", b"brst", b"pano", b"slid"})
#: Parts of the names of depth maps (ISO/IEC 23008-12, annex B; ISO/IEC 23091-2; Apple).
_DEPTH_WORDS = (b"depth", b"disparity", b"hevc:2015:auxid:2", b"avc:2015:auxid:2")


class _Roles(NamedTuple):
    """Pictures that each picture is made of, auxiliaries of each picture, and items that only serve another one."""

    inputs: dict[int, set[int]]
    auxiliaries: dict[int, set[int]]
    secondary: set[int]


def choose_pictures(data: bytes, items: Items, grouped: set[int]) -> set[int]:
    """Return the numbers of the items to keep.

    These are the primary picture, the other pictures that are visible or in a group, and all that they are made of.
    Raises UnsupportedFormat when one of them has a coding that may contain metadata.
    """
    roles = _read_roles(data, items)
    pictures = {number for number, item in items.entries.items() if item.kind in _PICTURES | _OPAQUE}
    shown = {number for number in pictures if number in grouped or not items.entries[number].hidden}
    queue = [*((shown - roles.secondary) | ({items.primary} & pictures))]
    kept: set[int] = set(queue)
    while queue:
        number = queue.pop()
        related = {*roles.inputs[number], *roles.auxiliaries[number]}
        found = {other for other in related if other in pictures and other not in kept}
        kept |= found
        queue.extend(found)
    if any(items.entries[number].kind in _OPAQUE for number in kept):
        raise UnsupportedFormat("A picture of this coding cannot be cleaned inside HEIF.", code="item_coding")
    return kept


def _read_roles(data: bytes, items: Items) -> _Roles:
    roles = _Roles(defaultdict(set), defaultdict(set), set())
    shown = _shown_auxiliaries(data, items)
    for reference in items.references:
        if reference.box.kind in (b"thmb", b"auxl"):
            roles.secondary.add(reference.source)
        if reference.box.kind == b"auxl" and reference.source in shown:
            for target in reference.targets:
                roles.auxiliaries[target].add(reference.source)
        elif reference.box.kind in (b"dimg", b"base", b"exbl", b"prem", b"pred"):
            roles.inputs[reference.source].update(reference.targets)
    return roles


def _shown_auxiliaries(data: bytes, items: Items) -> set[int]:
    boxes = {index: box for index, box in enumerate(items.properties, 1) if box.kind == b"auxC"}
    shown = {index for index, box in boxes.items() if read_urn(data, box) in AUXILIARIES}
    return {link.item for link in items.associations if link.index in shown}


def name_removed(data: bytes, items: Items) -> dict[int, tuple[Kind, str]]:
    """Return a kind and a name for each item that is a thumbnail or an auxiliary picture."""
    names: dict[int, tuple[Kind, str]] = {}
    boxes = {index: box for index, box in enumerate(items.properties, 1) if box.kind == b"auxC"}
    for link in items.associations:
        if link.index in boxes:
            urn = read_urn(data, boxes[link.index])
            is_depth = any(word in urn for word in _DEPTH_WORDS)
            names[link.item] = (Kind.DEPTH_MAP, "depth map") if is_depth else (Kind.THUMBNAIL, "matte or the like")
    thumbnails = {link.source for link in items.references if link.box.kind == b"thmb"}
    return names | dict.fromkeys(thumbnails, (Kind.THUMBNAIL, "thumbnail"))


def scrub_groups(plan: BoxPlan, walker: BoxWalker, box: Box) -> set[int]:
    """Plan the scrub of grpl. Return the items in groups of a known type. Raises CorruptImage for broken groups."""
    grouped: set[int] = set()
    for group in walker.walk(box.start, box.end):
        if group.kind not in _GROUPS:
            plan.free(group, Kind.UNKNOWN, "meta/grpl", "unknown group of items")
            continue
        cursor = Cursor(walker, group)
        cursor.take(8)
        grouped.update(cursor.take(4) for _ in range(cursor.take(4)))
        plan.free(cursor.rest(), Kind.UNKNOWN, "meta/grpl", "bytes after the members of a group")
    return grouped


def measure_primary(walker: BoxWalker, items: Items) -> tuple[int, int]:
    """Return width and height of the primary picture in pixels, from ispe; (0, 0) without one."""
    for box in items.primary_properties():
        if box.kind == b"ispe" and box.end - box.start >= 12:
            return walker.number(box.start + 4, 4), walker.number(box.start + 8, 4)
    return (0, 0)
