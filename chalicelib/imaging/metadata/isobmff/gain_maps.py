"""HDR gain maps in HEIF: which items they are, and their parameters in `tmap` items (ISO 21496-1; ISO/IEC 23008-12)."""

from chalicelib.errors import UnsupportedFormat
from chalicelib.imaging.metadata.findings import Kind
from chalicelib.imaging.metadata.gain_map.parameters import read_parameters, write_parameters
from chalicelib.imaging.metadata.isobmff.boxes import Box
from chalicelib.imaging.metadata.isobmff.items import Item, Items
from chalicelib.imaging.metadata.isobmff.lengths import AUXILIARIES, GAIN_MAPS, read_urn
from chalicelib.imaging.metadata.isobmff.plan import BoxPlan
from chalicelib.imaging.metadata.spans import Span

APPLE_NAME = b"urn:com:apple:photo:2020:aux:hdrgainmap"
_TONE_MAP = b"tmap"
_MAX_TONE_MAP = 1 << 16
#: The name that replaces an unknown one, which is free text.
_ISO_NAME = b"urn:iso:std:iso:ts:21496:-1"


def find_gain_maps(plan: BoxPlan, items: Items, kept: set[int]) -> set[int]:
    """Return the kept items that are gain maps, by their name or because a kept `tmap` derives from them.

    Adds a finding for each of them.

    The first picture that a `tmap` derives from is the base picture.
    """
    derived: dict[int, list[int]] = {number: [] for number in kept if is_tone_map(items.entries[number])}
    for link in items.references:
        if link.box.kind == b"dimg" and link.source in derived:
            derived[link.source].extend(link.targets)
    names = {index for index, box in enumerate(items.properties, 1) if _has_name(plan.data, box)}
    named = {link.item for link in items.associations if link.index in names}
    gain_maps = (named | {target for targets in derived.values() for target in targets[1:]}) & kept
    for number in sorted(gain_maps):
        size = sum(span.size for span in items.extents.get(number, ()))
        plan.counter.add(Kind.GAIN_MAP, f"item {number}", size, "gain map", allowed=True)
    return gain_maps


def _has_name(data: bytes, box: Box) -> bool:
    return box.kind == b"auxC" and read_urn(data, box) in GAIN_MAPS


def is_tone_map(item: Item) -> bool:
    """Return True if the item holds the parameters of a gain map."""
    return item.kind == _TONE_MAP


def scrub_tone_map(plan: BoxPlan, item: Item, spans: list[Span]) -> None:
    """Plan to write the parameters of a gain map in their one form, with zeros up to the length of the item.

    Raises UnsupportedFormat for parameters of an unknown form.
    """
    size = sum(span.size for span in spans)
    content = b"".join(plan.data[span.at : span.end] for span in spans) if size <= _MAX_TONE_MAP else b""
    parameters = read_parameters(content[1:]) if content[:1] == b"\0" else None
    if parameters is None or len(content) <= len(write_parameters(parameters)):
        raise UnsupportedFormat("The parameters of the gain map have an unknown form.", code="gain_map")
    plan.counter.add(Kind.GAIN_MAP, f"item {item.number}", size, "parameters of a gain map", allowed=True)
    plan.replace_item(spans, b"\0" + write_parameters(parameters), Kind.PADDING, f"item {item.number}")


def scrub_name(plan: BoxPlan, box: Box, where: str) -> None:
    """Plan to replace an unknown name of a gain map, in auxC, by ISO's name. The name keeps its length."""
    name = read_urn(plan.data, box)
    known = name in AUXILIARIES or _ISO_NAME.startswith(name)
    new = name if known else _ISO_NAME[: len(name)].ljust(len(name), b"\0")
    if not known:
        plan.counter.add(Kind.TEXT, where, len(name), "name of a gain map")
        plan.patch(box.start + 4, new)
    end = min(box.start + 4 + len(name) + 1, box.end)
    plan.zero(end, box.end, Kind.PADDING, where, "bytes after a property")
