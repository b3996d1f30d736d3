"""The properties of pictures in a HEIF file or in a sample entry: an allow-list of those that decoders read."""

import struct

from chalicelib.errors import UnsupportedFormat
from chalicelib.imaging.metadata import icc
from chalicelib.imaging.metadata.findings import Kind
from chalicelib.imaging.metadata.isobmff.boxes import Box
from chalicelib.imaging.metadata.isobmff.items import Items
from chalicelib.imaging.metadata.isobmff.lengths import measure
from chalicelib.imaging.metadata.isobmff.plan import BoxPlan

#: Coding, geometry, colour, light, layers, and those of sample entries (ISO/IEC 23008-12, 6.5; MIAF; AVIF 1.2).
_KEPT = frozenset(
    b"ispe pixi pasp colr clap irot imir av1C hvcC lhvC auxC auxi a1op a1lx lsel rloc clli mdcv cclv amve reve ndwt "
    b"tols iscl rref ccst fiel".split()
)
#: Properties that say who, when or with what, and never how to decode: they go even where they are called essential.
_TELLING = {
    b"udes": (Kind.TEXT, "user description"),
    b"altt": (Kind.TEXT, "alternative text"),
    b"crtt": (Kind.TIMESTAMP, "creation time"),
    b"mdft": (Kind.TIMESTAMP, "modification time"),
    b"cmin": (Kind.PRIVATE, "camera intrinsics"),
    b"cmex": (Kind.PRIVATE, "camera position"),
}
_PROFILES = (b"prof", b"rICC")


def scrub_properties(plan: BoxPlan, items: Items, kept: set[int]) -> None:
    """Plan the scrub of all item properties; one that no picture that stays has goes.

    Raises UnsupportedFormat when a picture that stays needs a property that is not known.
    """
    used = {link.index for link in items.associations if link.item in kept}
    gone = {index for index, box in enumerate(items.properties, 1) if not _scrub_used(plan, box, used=index in used)}
    for link in items.associations:
        if link.index not in gone or not link.essential:
            continue
        kind = items.properties[link.index - 1].kind
        if link.item in kept and kind not in (*_TELLING, b"colr"):
            raise UnsupportedFormat("A picture needs a property that is not known.", code="item_property")
        # A reader that meets an essential property it does not know must not show the picture
        plan.patch(link.at, bytes([plan.data[link.at] & 0x7F]))


def _scrub_used(plan: BoxPlan, box: Box, *, used: bool) -> bool:
    if used or box.kind not in _KEPT:
        return scrub_property(plan, box, "meta/iprp")
    plan.void(box, Kind.UNKNOWN, "meta/iprp", "property that no picture has")
    return False


def scrub_property(plan: BoxPlan, box: Box, where: str) -> bool:
    """Plan the scrub of one property; tells whether it stays."""
    if box.kind == b"colr" and plan.data[box.start : box.start + 4] in _PROFILES:
        return _scrub_profile(plan, box, where)
    if box.kind == b"free":
        plan.void(box, Kind.PADDING, where, "free space")
    elif box.kind in _KEPT and (size := measure(plan.data, box)):
        plan.blank(min(box.start + size, box.end), box.end, Kind.PADDING, where, "bytes behind a property")
        return True
    else:
        kind, summary = _TELLING.get(box.kind, (Kind.UNKNOWN, "unknown property"))
        plan.void(box, kind, where, summary)
    return False


def _scrub_profile(plan: BoxPlan, box: Box, where: str) -> bool:
    """Judge a colour profile; a cleaned one is filled up with zeros inside its declared size, so that nothing moves."""
    profile = plan.data[box.start + 4 : box.end]
    findings = icc.inspect_profile(profile, where, len(profile))
    plan.counter.extend(findings)
    if all(finding.allowed for finding in findings):
        return True
    cleaned = icc.clean_profile(profile)
    if not cleaned or len(cleaned) > len(profile):
        plan.void(box, Kind.ICC, where, "colour profile box")
        return False
    plan.patch(box.start + 4, struct.pack(">I", len(profile)) + cleaned[4:].ljust(len(profile) - 4, b"\0"))
    return True
