"""Reads what an AVIF or HEIC file holds, by its boxes.

Sources: ISO/IEC 14496-12 (8.4.3 hdlr, 8.7.3 stsz, 8.11.6 iinf, 8.11.12 iref); ISO/IEC 23008-12 (6.5.6 pixi, 6.5.8 auxC,
6.6.2 derived pictures); AV1-ISOBMFF 2.3.3 (av1C); ISO/IEC 14496-15, 8.3.3.1 (hvcC); ISO 21496-1; C2PA 2.2, A.3.2.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from chalicelib.imaging.contents.found import Contents
from chalicelib.imaging.iso_boxes import Range, boxes, find_box, find_meta, properties_of, read_primary

#: Items that are pictures. `tmap` is the base picture with its gain map applied.
_PICTURES = frozenset(b"av01 hvc1 hev1 lhv1 avc1 jpeg j2k1 vvc1 unci grid iovl iden".split())
_TONE_MAP = b"tmap"
#: References from a thumbnail or an auxiliary picture, and to the parts of a derived picture.
_FROM_SMALL, _TO_PARTS = frozenset({b"thmb", b"auxl"}), b"dimg"
_GAIN_MAPS = (b"hdrgainmap", b"urn:iso:std:iso:ts:21496:-1")
_C2PA_UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_MAX_ITEMS = 1 << 14


class _Item(NamedTuple):
    kind: bytes
    is_hidden: bool


def read(data: bytes) -> Contents:
    """Count frames and pictures, and note the depth. Raises struct.error or IndexError if a box is cut short."""
    whole = (0, len(data))
    found = Contents(
        frames=_count_frames(data),
        has_c2pa=any(kind == b"uuid" and data.startswith(_C2PA_UUID, at) for kind, at, _ in boxes(data, *whole)),
    )
    meta = find_meta(data)
    primary = read_primary(data, meta) if meta else None
    if meta is None or primary is None:
        return found
    items, links = dict(_items(data, meta)), list(_links(data, meta))
    further = _further_pictures(items, links, primary)
    parts = [to for kind, source, to in links if kind == _TO_PARTS and source == primary]
    depths = (_depth(data, meta, item) for item in (primary, *parts[:1]))
    return Contents(
        found.frames, len(further), next(filter(None, depths), 8), _has_gain_map(data, meta, items), found.has_c2pa
    )


def _count_frames(data: bytes) -> int:
    """Return the samples of the longest track of pictures (handler `pict`), at least 1."""
    moov, counts = find_box(data, (0, len(data)), b"moov"), [1]
    for kind, start, end in boxes(data, *(moov or (0, 0))):
        hdlr = find_box(data, (start, end), b"mdia", b"hdlr") if kind == b"trak" else None
        stsz = find_box(data, (start, end), b"mdia", b"minf", b"stbl", b"stsz") if hdlr else None
        if hdlr and stsz and data[hdlr[0] + 8 : hdlr[0] + 12] == b"pict":
            counts.append(struct.unpack_from(">I", data, stsz[0] + 8)[0])
    return max(counts)


def _items(data: bytes, meta: Range) -> Iterator[tuple[int, _Item]]:
    iinf = find_box(data, meta, b"iinf")
    if not iinf:
        return
    start = iinf[0] + (8 if data[iinf[0]] else 6)
    for number, (kind, at, _) in enumerate(boxes(data, start, iinf[1])):
        if kind == b"infe" and data[at] in (2, 3) and number < _MAX_ITEMS:
            identifier = ">H" if data[at] == 2 else ">I"
            (item,) = struct.unpack_from(identifier, data, at + 4)
            kind_at = at + 4 + struct.calcsize(identifier) + 2
            yield item, _Item(data[kind_at : kind_at + 4], bool(data[at + 3] & 1))


def _links(data: bytes, meta: Range) -> Iterator[tuple[bytes, int, int]]:
    """Yield the type, the source and the target of each reference."""
    iref = find_box(data, meta, b"iref")
    if not iref:
        return
    code = "I" if data[iref[0]] else "H"
    size = struct.calcsize("=" + code)
    for kind, at, end in boxes(data, iref[0] + 4, iref[1]):
        source, count = struct.unpack_from(f">{code}H", data, at)
        targets = data[at + size + 2 : min(at + 2 + size * (1 + count), end)]
        yield from ((kind, source, target) for (target,) in struct.iter_unpack(">" + code, targets))


def _further_pictures(items: dict[int, _Item], links: list[tuple[bytes, int, int]], primary: int) -> set[int]:
    small = {source for kind, source, _ in links if kind in _FROM_SMALL}
    parts = {target for kind, _, target in links if kind == _TO_PARTS}
    shown = {number for number, item in items.items() if item.kind in _PICTURES and not item.is_hidden}
    return shown - small - parts - {primary}


def _depth(data: bytes, meta: Range, item: int) -> int:
    """Return the bits of a sample by the properties of an item, or 0."""
    for kind, at, _end in properties_of(data, meta, item):
        if kind == b"pixi":
            return max(data[at + 5 : at + 5 + data[at + 4]], default=0)
        if kind == b"av1C":
            high, twelve = data[at + 2] & 0x40, data[at + 2] & 0x20
            return 12 if twelve else 10 if high else 8
        if kind == b"hvcC":
            return 8 + (data[at + 17] & 7)
    return 0


def _has_gain_map(data: bytes, meta: Range, items: dict[int, _Item]) -> bool:
    if any(item.kind == _TONE_MAP for item in items.values()):
        return True
    ipco = find_box(data, meta, b"iprp", b"ipco")
    names = (data[at:end] for kind, at, end in boxes(data, *(ipco or (0, 0))) if kind == b"auxC")
    return any(known in name for name in names for known in _GAIN_MAPS)
