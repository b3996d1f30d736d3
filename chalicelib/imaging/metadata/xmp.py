"""Searches an XMP packet for the names of sensitive parts, whichever prefixes its writer gave them.

It must not parse XML, so that no entity or nesting can attack it. An orientation in XMP is metadata like the rest:
browsers ignore it.
"""

from chalicelib.imaging.metadata.findings import Finding, Kind

_CONTENTS = (
    (Kind.GPS, "GPS position in XMP", (b":GPS", b"<GPS", b"LocationShown", b"LocationCreated")),
    (Kind.SERIAL, "serial number or owner in XMP", (b"SerialNumber", b"OwnerName", b"CameraOwner")),
    (
        Kind.THUMBNAIL,
        "thumbnail in XMP",
        (b":Thumbnails", b"<Thumbnails", b"xmpGImg:image", b"GImage:Data", b"GDepth:Data"),
    ),
    (Kind.C2PA, "reference to a C2PA manifest in XMP", (b":provenance", b"<provenance", b"c2pa")),
)


def inspect_packet(packet: bytes, where: str, size: int) -> tuple[Finding, ...]:
    """Return a finding for the packet, of `size` bytes in the file, then one for each sensitive part that it names."""
    parts = (
        Finding(kind, where, 0, summary) for kind, summary, names in _CONTENTS if any(name in packet for name in names)
    )
    return (Finding(Kind.XMP, where, size, "XMP packet"), *parts)
