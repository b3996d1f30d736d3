"""Build JPEG files with an HDR gain map, as phones and Adobe's programs write them."""

import struct

from scripts.measuring import samples
from scripts.measuring.samples import SECRET, XMP_PREFIX, segment

NAMESPACES = (
    b'xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" xmlns:Container="http://ns.google.com/photos/1.0/container/" '
    b'xmlns:Item="http://ns.google.com/photos/1.0/container/item/" xmlns:HDRGainMap="http://ns.apple.com/HDRGainMap/1.0/"'
    b' xmlns:apdi="http://ns.apple.com/pixeldatainfo/1.0/"'
)
HDRGM = (
    b'hdrgm:Version="1.0" hdrgm:GainMapMin="-0.5" hdrgm:GainMapMax="3" hdrgm:Gamma="1.25" hdrgm:OffsetSDR="0.015625" '
    b'hdrgm:OffsetHDR="0.015625" hdrgm:HDRCapacityMin="0" hdrgm:HDRCapacityMax="2.5" hdrgm:BaseRenditionIsHDR="False"'
)
APPLE = (
    b"<apdi:AuxiliaryImageType>urn:com:apple:photo:2020:aux:hdrgainmap</apdi:AuxiliaryImageType>"
    b"<HDRGainMap:HDRGainMapVersion>65536</HDRGainMap:HDRGainMapVersion>"
)
ISO_PREFIX = b"urn:iso:std:iso:ts:21496:-1\0"
ISO = bytes(4) + b"\x40" + struct.pack(">IIII", 0, 1, 5, 2)
ISO += struct.pack(">iIiIIIiIiI", -1, 2, 3, 1, 5, 4, 1, 64, 1, 64)


def packet(attributes: bytes = b"", elements: bytes = b"") -> bytes:
    """Return an APP1 segment with an XMP packet that also has a private word."""
    head = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description ' + NAMESPACES + b' dc:creator="' + SECRET
    return segment(0xE1, XMP_PREFIX + head + b'" ' + attributes + b">" + elements + b"</rdf:Description></rdf:RDF>")


def directory(*items: tuple[bytes, int]) -> bytes:
    """Return the elements of a container directory: the primary picture, then (semantic, length)."""
    rows = b'<rdf:li><Container:Item Item:Semantic="Primary" Item:Mime="image/jpeg"/></rdf:li>'
    for semantic, length in items:
        rows += b'<rdf:li><Container:Item Item:Semantic="%b" Item:Length="%d"/></rdf:li>' % (semantic, length)
    return b"<Container:Directory><rdf:Seq>" + rows + b"</rdf:Seq></Container:Directory>"


def index(*pictures: tuple[int, int, int], order: str = ">") -> bytes:
    """Return the payload of an MPF segment. A picture is (type, size, offset)."""
    mark = b"MM" if order == ">" else b"II"
    head = struct.pack(f"{order}HIH", 42, 8, 3) + struct.pack(f"{order}HHI4s", 0xB000, 7, 4, b"0100")
    head += struct.pack(f"{order}HHII", 0xB001, 4, 1, len(pictures))
    head += struct.pack(f"{order}HHIII", 0xB002, 7, 16 * len(pictures), 50, 0)
    rows = (struct.pack(f"{order}IIIHH", kind, size, offset, 0, 0) for kind, size, offset in pictures)
    return b"MPF\0" + mark + head + b"".join(rows)


def gain_map(*segments: bytes, mode: str = "L") -> bytes:
    """Return a small JPEG with these segments."""
    return samples.jpeg(*segments, image=samples.draw((20, 12), mode=mode))


def with_index(first: bytes, *others: bytes, order: str = ">", kind: int = 0, between: bytes = b"") -> bytes:
    """Return a file of several pictures with an index. `kind` is the type of the second picture."""
    length = len(segment(0xE2, index(*[(0, 0, 0)] * (1 + len(others)))))
    base, start = 20 + 4 + 4, len(first) + length + len(between)
    rows, at = [(0x030000, len(first) + length, 0)], start
    for number, other in enumerate(others):
        rows.append((0 if number else kind, len(other), at - base))
        at += len(other)
    return first[:20] + segment(0xE2, index(*rows, order=order)) + first[20:] + between + b"".join(others)


def ultra_hdr(*first_segments: bytes, second: bytes = b"", **changes: object) -> bytes:
    """Return an Ultra HDR JPEG, as Android writes it by default."""
    second = second or gain_map(packet(HDRGM), segment(0xFE, SECRET))
    said = packet(b'hdrgm:Version="1.0"', directory((b"GainMap", len(second))))
    return with_index(samples.jpeg(said, *first_segments), second, **changes)  # type: ignore[arg-type]  # fields by name
