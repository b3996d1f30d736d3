"""Measure a property by its specification. No decoder reads the bytes after that length: anything can hide there."""

from chalicelib.imaging.metadata.isobmff.boxes import Box

#: HDR gain maps of Apple, Samsung and ISO 21496-1.
GAIN_MAPS = frozenset(
    {
        b"urn:com:apple:photo:2020:aux:hdrgainmap",
        b"urn:com:samsung:photo:2024:aux:hdrgainmap",
        b"urn:iso:std:iso:ts:21496:-1",
    }
)
#: Auxiliary pictures that viewers show: alpha planes and HDR gain maps. Only editors use depth maps and mattes.
AUXILIARIES = GAIN_MAPS | {
    b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha",
    b"urn:mpeg:hevc:2015:auxid:1",
    b"urn:mpeg:avc:2015:auxid:1",
}
#: Properties of a fixed length, in bytes (ISO/IEC 14496-12, 12.1; 14496-15; 23008-12, 6.5 and 11; AVIF 1.2, 2.3).
_FIXED = {
    b"ispe": 12,
    b"pasp": 8,
    b"clap": 32,
    b"irot": 1,
    b"imir": 1,
    b"a1op": 1,
    b"lsel": 2,
    b"rloc": 12,
    b"clli": 4,
    b"mdcv": 24,
    b"amve": 8,
    b"reve": 20,
    b"ndwt": 8,
    b"tols": 6,
    b"iscl": 12,
    b"ccst": 8,
    b"fiel": 2,
}
#: Bytes of a colour that numbers describe: as ISO writes it (with the range), and as QuickTime writes it.
_COLOURS = {b"nclx": 11, b"nclc": 10}
#: The offset of the count of arrays of parameter sets, which follow it (ISO/IEC 14496-15, 8.3.3.1 and 9.5.3.1).
_ARRAYS = {b"hvcC": 22, b"lhvC": 5}
#: The start of the only message that auxC may hold for an HEVC alpha plane: SEI type 165 (ITU-T H.265, annex F).
_ALPHA_MESSAGE = b"\x4e\x01\xa5"
_MESSAGE_BYTES = 16


def read_urn(data: bytes, box: Box) -> bytes:
    """Return the URN in auxC or auxi: the type of the auxiliary picture."""
    return data[box.start + 4 : min(box.end, box.start + 256)].partition(b"\0")[0]


def measure(data: bytes, box: Box) -> int:
    """Return how many bytes of a property a decoder reads; 0 if the form of the property is not known."""
    if box.kind in _FIXED:
        return _FIXED[box.kind]
    if box.kind == b"colr":
        return _COLOURS.get(data[box.start : box.start + 4], 0)
    if box.kind in (b"auxC", b"auxi"):
        return _measure_auxiliary(data, box)
    if box.kind in _ARRAYS:
        return _measure_arrays(data, box)
    return _measure_counted(data[box.start : box.start + 5], box)


def _measure_auxiliary(data: bytes, box: Box) -> int:
    urn = read_urn(data, box)
    size = 4 + len(urn) + 1
    message = data[box.start + size : box.end][-_MESSAGE_BYTES - 1 :]
    allowed = _ALPHA_MESSAGE in message[:8] and len(message) <= _MESSAGE_BYTES
    return (size + len(message) if allowed else size) if urn in AUXILIARIES else 0


def _measure_arrays(data: bytes, box: Box) -> int:
    at = box.start + _ARRAYS[box.kind]
    number, at = int.from_bytes(data[at : at + 1], "big"), at + 1
    for _ in range(number):
        units, at = int.from_bytes(data[at + 1 : at + 3], "big"), at + 3
        for _ in range(units):
            at += 2 + int.from_bytes(data[at : at + 2], "big")
            if at >= box.end:
                return box.end - box.start
    return at - box.start


def _measure_counted(head: bytes, box: Box) -> int:
    """Measure a property whose first bytes contain a count; any other property is as long as its box."""
    if box.kind == b"pixi" and len(head) == 5:
        return 5 + head[4] * (3 if head[3] & 1 else 1)
    if box.kind == b"a1lx" and head:
        return 1 + 3 * (4 if head[0] & 1 else 2)
    if box.kind == b"cclv" and head:
        return 1 + 24 * (head[0] >> 5 & 1) + 4 * (head[0] >> 2 & 7).bit_count()
    if box.kind == b"rref" and len(head) == 5:
        return 5 + 4 * head[4]
    return box.end - box.start
