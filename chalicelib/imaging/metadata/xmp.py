"""Searches an XMP packet with bounded patterns. It must not parse XML, so that no entity or nesting can attack it."""

import re

from chalicelib.imaging.metadata.findings import Finding, Kind

# Pillow's own pattern (Image.getexif), so that a scrub does not turn a picture.
_ORIENTATION = re.compile(rb'tiff:Orientation(?:="|>)([0-9])')
# All that XML allows: either quote, white space, attributes of the element. Two matches never read the same bytes.
_XML_ORIENTATION = re.compile(
    rb"(?:<([\w.\-]{1,32}):Orientation(?:\s[^<>]{0,256})?>|\s([\w.\-]{1,32}):Orientation\s{0,64}=\s{0,64}[\"'])"
    rb"\s{0,64}([0-9])"
)
#: A declaration of the namespace of TIFF properties, for any prefix (XMP part 1, 7.2).
_NAMESPACE = re.compile(rb"xmlns:([\w.\-]{1,32})\s{0,64}=\s{0,64}[\"']http://ns\.adobe\.com/tiff/1\.0/[\"']")
_CONTENTS = (
    (Kind.GPS, "GPS position in XMP", (b"exif:GPS", b"LocationShown", b"LocationCreated")),
    (Kind.SERIAL, "serial number or owner in XMP", (b"SerialNumber", b"OwnerName", b"CameraOwner")),
    (Kind.THUMBNAIL, "thumbnail in XMP", (b"xmp:Thumbnails", b"xmpGImg:image", b"GImage:Data", b"GDepth:Data")),
    (Kind.C2PA, "reference to a C2PA manifest in XMP", (b"dcterms:provenance", b"c2pa")),
)


def read_orientation(packet: bytes) -> int:
    """Return tiff:Orientation, 1 to 8, from an attribute or an element; 1 when absent or invalid (XMP part 2, 3.2)."""
    match = _ORIENTATION.search(packet)
    value = int(match[1] if match else _find_xml_orientation(packet))
    return value if value in range(1, 9) else 1


def _find_xml_orientation(packet: bytes) -> bytes:
    """Return the first orientation in any XML form, with the prefix `tiff` or one declared for its namespace."""
    prefixes = {b"tiff"}.union(match[1] for match in _NAMESPACE.finditer(packet))
    found = (match[3] for match in _XML_ORIENTATION.finditer(packet) if (match[1] or match[2]) in prefixes)
    return next(found, b"1")


def inspect_packet(packet: bytes, where: str, size: int) -> tuple[Finding, ...]:
    """Return a finding for the packet, of `size` bytes in the file, then one for each sensitive part that it names."""
    parts = (
        Finding(kind, where, 0, summary) for kind, summary, names in _CONTENTS if any(name in packet for name in names)
    )
    return (Finding(Kind.XMP, where, size, "XMP packet"), *parts)
