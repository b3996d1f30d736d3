"""Keep the headroom of Apple's HDR gain maps in HEIF: two values of a maker note in Exif, and an XMP packet.

Older photos have the headroom in the maker note of the picture, newer ones in the XMP of the gain map. Both items stay
where they are, with these values alone. The space after them is filled with zeros, or with blanks in XMP.
"""

from collections.abc import Iterator
from typing import NamedTuple

from chalicelib.imaging.metadata import xmp
from chalicelib.imaging.metadata.exif.block import read_exif
from chalicelib.imaging.metadata.exif.embedded import find_kept
from chalicelib.imaging.metadata.exif.minimal import APPLE_NOTE, KeptExif, write_exif
from chalicelib.imaging.metadata.findings import Kind
from chalicelib.imaging.metadata.gain_map.xmp import read_apple, write_packet
from chalicelib.imaging.metadata.isobmff.boxes import Box
from chalicelib.imaging.metadata.isobmff.gain_maps import APPLE_NAME
from chalicelib.imaging.metadata.isobmff.items import Item, Items
from chalicelib.imaging.metadata.isobmff.lengths import read_urn
from chalicelib.imaging.metadata.isobmff.plan import BoxPlan
from chalicelib.imaging.metadata.spans import Span

#: Items that are larger are not read: an EXIF block or a packet of a gain map is far smaller.
_MAX_ITEM = 1 << 20
_XMP_TEXT = b"\0application/rdf+xml\0"


class HeldItem(NamedTuple):
    """An item that stays with other data, and the text after its type in iinf."""

    data: bytes
    text: bytes


def find_headroom(plan: BoxPlan, items: Items, gain_maps: set[int]) -> dict[int, HeldItem]:
    """Return the items to hold: at most one Exif item of the picture, and one XMP item of an Apple gain map.

    Adds a finding if a maker note of Apple has no headroom that can be kept.
    """
    boxes = {index for index, box in enumerate(items.properties, 1) if box.kind == b"auxC" and _is_apple(plan, box)}
    apple = {link.item for link in items.associations if link.index in boxes} & gain_maps
    if not apple:
        return {}
    exif, has_note = _hold_exif(plan, items)
    packet, has_headroom = _hold_packet(plan, items, apple)
    has_tone_map = any(item.kind == b"tmap" for item in items.entries.values())
    if has_note and not (exif or has_headroom or has_tone_map):
        plan.counter.add(Kind.HEADROOM_LOST, "meta", 0, "maker note without a headroom that can be kept")
    return exif | packet


def _is_apple(plan: BoxPlan, box: Box) -> bool:
    return read_urn(plan.data, box) == APPLE_NAME


def _described_by(plan: BoxPlan, items: Items, targets: set[int], kind: bytes) -> Iterator[tuple[Item, bytes]]:
    """Yield the items of a kind that describe one of the targets, with their data."""
    for link in items.references:
        item = items.entries.get(link.source)
        if link.box.kind == b"cdsc" and item and item.kind == kind and targets.intersection(link.targets):
            spans = items.extents.get(item.number, [])
            if sum(span.size for span in spans) <= _MAX_ITEM:
                yield item, b"".join(plan.data[span.at : span.end] for span in spans)


def _hold_exif(plan: BoxPlan, items: Items) -> tuple[dict[int, HeldItem], bool]:
    """Return the Exif item with its headroom, and whether the picture has a maker note of Apple."""
    item, content = next(_described_by(plan, items, {items.primary}, b"Exif"), (None, b""))
    headroom = find_kept(_read_block(content)).headroom
    data = bytes(4) + write_exif(KeptExif(headroom=headroom))
    if item is None or headroom is None or len(data) > len(content):
        return {}, APPLE_NOTE[:10] in content
    return {item.number: HeldItem(data.ljust(len(content), b"\0"), b"")}, True


def _read_block(content: bytes) -> bytes:
    """Return the EXIF block of an Exif item, which starts with the block's offset (ISO/IEC 23008-12, A.2.1)."""
    return content[4 + int.from_bytes(content[:4], "big") :]


def _hold_packet(plan: BoxPlan, items: Items, gain_maps: set[int]) -> tuple[dict[int, HeldItem], bool]:
    """Return the XMP item of a gain map with its values, and whether it has a headroom."""
    for item, content in _described_by(plan, items, gain_maps, b"mime"):
        apple = read_apple(content, needs_type=False)
        data = write_packet(None, apple, with_type=False)
        has_space = len(data) <= len(content) and item.box.end - item.text_at >= len(_XMP_TEXT)
        if apple and has_space and _XMP_TEXT[1:-1] in plan.data[item.text_at : item.box.end]:
            return {item.number: HeldItem(data.ljust(len(content)), _XMP_TEXT)}, apple.headroom is not None
    return {}, False


def hold_item(plan: BoxPlan, item: Item, spans: list[Span], held: HeldItem) -> None:
    """Plan to replace the data of an item and the text after its type. Report what stays and what goes."""
    where, size = f"item {item.number}", len(held.data)
    content = b"".join(plan.data[span.at : span.end] for span in spans)
    is_exif = item.kind == b"Exif"
    summary = "headroom of the gain map in EXIF" if is_exif else "values of the gain map in XMP"
    plan.counter.add(Kind.GAIN_MAP, where, size, summary, allowed=True)
    if content != held.data:
        parts = read_exif(_read_block(content)).findings(where) if is_exif else xmp.inspect_packet(content, where, 0)
        plan.counter.extend(parts[1:])
    plan.replace_item(spans, held.data, Kind.EXIF if is_exif else Kind.XMP, where)
    text = held.text.ljust(item.box.end - item.text_at, b"\0")
    if plan.data[item.text_at : item.box.end] != text:
        plan.counter.add(Kind.TEXT, where, len(text), "name or media type of an item")
        plan.patch(item.text_at, text)
