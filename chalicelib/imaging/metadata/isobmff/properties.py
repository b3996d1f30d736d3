"""Scrub the properties of pictures, in a HEIF file or in a sample entry: keep only those that decoders read."""

import struct

from chalicelib.errors import UnsupportedFormat
from chalicelib.imaging.metadata import icc
from chalicelib.imaging.metadata.findings import Kind
from chalicelib.imaging.metadata.isobmff.boxes import Box
from chalicelib.imaging.metadata.isobmff.gain_maps import scrub_name
from chalicelib.imaging.metadata.isobmff.items import Items
from chalicelib.imaging.metadata.isobmff.lengths import measure
from chalicelib.imaging.metadata.isobmff.plan import BoxPlan

#: Coding, geometry, colour, light, layers, and those of sample entries (ISO/IEC 23008-12, 6.5; MIAF; AVIF 1.2).
_KEPT = frozenset(
    b"ispe pixi pasp colr clap irot imir av1C hvcC lhvC auxC auxi a1op a1lx lsel rloc clli mdcv cclv amve reve ndwt "
    b"tols iscl rref ccst fiel".split()
)
#: Properties that say who, when or with which camera. No decoder needs them, even if the file calls them essential.
_METADATA = {
    b"udes": (Kind.TEXT, "user description"),
    b"altt": (Kind.TEXT, "alternative text"),
    b"crtt": (Kind.TIMESTAMP, "creation time"),
    b"mdft": (Kind.TIMESTAMP, "modification time"),
    b"cmin": (Kind.PRIVATE, "camera intrinsics"),
    b"cmex": (Kind.PRIVATE, "camera position"),
}
_PROFILES = (b"prof", b"rICC")


def scrub_properties(plan: BoxPlan, items: Items, kept: set[int], gain_maps: set[int]) -> None:
    """Plan the scrub of all item properties. A property that no kept picture has is removed.

    An unknown name of a gain map is replaced by a known one.

    Raises UnsupportedFormat when an unknown property is essential for a kept picture.
    """
    used = {link.index for link in items.associations if link.item in kept}
    named = {link.index for link in items.associations if link.item in gain_maps}
    removed = set()
    for index, box in enumerate(items.properties, 1):
        if index in named and box.kind == b"auxC":
            scrub_name(plan, box, "meta/iprp")
        elif not _scrub_used(plan, box, used=index in used):
            removed.add(index)
    for link in items.associations:
        if link.index not in removed or not link.essential:
            continue
        kind = items.properties[link.index - 1].kind
        if link.item in kept and kind not in (*_METADATA, b"colr"):
            raise UnsupportedFormat("A picture needs an unknown property.", code="item_property")
        # A reader must not show a picture that has an unknown essential property
        plan.patch(link.at, bytes([plan.data[link.at] & 0x7F]))


def _scrub_used(plan: BoxPlan, box: Box, *, used: bool) -> bool:
    if used or box.kind not in _KEPT:
        return scrub_property(plan, box, "meta/iprp")
    plan.free(box, Kind.UNKNOWN, "meta/iprp", "property that no picture has")
    return False


def scrub_property(plan: BoxPlan, box: Box, where: str) -> bool:
    """Plan the scrub of one property. Return True if it stays."""
    if box.kind == b"colr" and plan.data[box.start : box.start + 4] in _PROFILES:
        return _scrub_profile(plan, box, where)
    if box.kind == b"free":
        plan.free(box, Kind.PADDING, where, "free space")
    elif box.kind in _KEPT and (size := measure(plan.data, box)):
        plan.zero(min(box.start + size, box.end), box.end, Kind.PADDING, where, "bytes after a property")
        return True
    else:
        kind, summary = _METADATA.get(box.kind, (Kind.UNKNOWN, "unknown property"))
        plan.free(box, kind, where, summary)
    return False


def _scrub_profile(plan: BoxPlan, box: Box, where: str) -> bool:
    """Plan the scrub of a colour profile. Zeros fill a cleaned profile up to its old size, so that no offset moves."""
    profile = plan.data[box.start + 4 : box.end]
    findings = icc.inspect_profile(profile, where, len(profile))
    plan.counter.extend(findings)
    if all(finding.allowed for finding in findings):
        return True
    cleaned = icc.clean_profile(profile)
    if not cleaned or len(cleaned) > len(profile):
        plan.free(box, Kind.ICC, where, "colour profile box")
        return False
    plan.patch(box.start + 4, struct.pack(">I", len(profile)) + cleaned[4:].ljust(len(profile) - 4, b"\0"))
    return True
