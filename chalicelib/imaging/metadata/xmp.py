"""Looks into an XMP packet by bounded searches: no XML is parsed, so no entity or nesting can cost anything."""

import re

from chalicelib.imaging.metadata.findings import Finding, Kind

# Pillow's own pattern (Image.getexif), so that a picture stands after a scrub as it stood before
_ORIENTATION = re.compile(rb'tiff:Orientation(?:="|>)([0-9])')
# what XML allows besides: either quote, white space, attributes of the element; no two attempts read the same bytes
_SPELLINGS = re.compile(
    rb"(?:<([\w.\-]{1,32}):Orientation(?:\s[^<>]{0,256})?>|\s([\w.\-]{1,32}):Orientation\s{0,64}=\s{0,64}[\"'])"
    rb"\s{0,64}([0-9])"
)
#: Any prefix may stand for the namespace of TIFF properties (XMP part 1, 7.2).
_BINDING = re.compile(rb"xmlns:([\w.\-]{1,32})\s{0,64}=\s{0,64}[\"']http://ns\.adobe\.com/tiff/1\.0/[\"']")
_TELLING = (
    (Kind.GPS, "GPS position in XMP", (b"exif:GPS", b"LocationShown", b"LocationCreated")),
    (Kind.SERIAL, "serial number or owner in XMP", (b"SerialNumber", b"OwnerName", b"CameraOwner")),
    (Kind.THUMBNAIL, "thumbnail in XMP", (b"xmp:Thumbnails", b"xmpGImg:image", b"GImage:Data", b"GDepth:Data")),
    (Kind.C2PA, "reference to a C2PA manifest in XMP", (b"dcterms:provenance", b"c2pa")),
)


def read_orientation(packet: bytes) -> int:
    """Read tiff:Orientation (1 to 8), held as attribute or element; 1 when absent or invalid (XMP part 2, 3.2)."""
    match = _ORIENTATION.search(packet)
    value = int(match[1] if match else _find_spelling(packet))
    return value if value in range(1, 9) else 1


def _find_spelling(packet: bytes) -> bytes:
    """Find the first orientation in another spelling, under `tiff` or a prefix that is bound to its namespace."""
    bound = {b"tiff"}.union(match[1] for match in _BINDING.finditer(packet))
    found = (match[3] for match in _SPELLINGS.finditer(packet) if (match[1] or match[2]) in bound)
    return next(found, b"1")


def inspect_packet(packet: bytes, where: str, size: int) -> tuple[Finding, ...]:
    """List what an XMP packet holds: the packet itself with its `size` in the file, then the telling parts of it."""
    telling = (
        Finding(kind, where, 0, summary) for kind, summary, names in _TELLING if any(name in packet for name in names)
    )
    return (Finding(Kind.XMP, where, size, "XMP packet"), *telling)
