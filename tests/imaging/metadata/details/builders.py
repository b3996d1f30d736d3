"""EXIF blocks, XMP packets and IPTC records with known values, and photos of each container that hold them."""

import io
import struct
from typing import Any

from PIL import Image

from scripts.measuring import samples

#: Degrees, minutes and seconds of a place in the south-west, and the same in decimal degrees.
GPS = {1: "S", 2: (33.0, 51.0, 24.12), 3: "W", 4: (70.0, 39.0, 1.5), 5: b"\1", 6: 12.5, 16: "T", 17: 241.25}
LATITUDE, LONGITUDE = -33.8567, -70.65041666666667
EXIF_IFD, GPS_IFD = 0x8769, 0x8825


def exif(
    first: dict[int, Any] | None = None, more: dict[int, Any] | None = None, gps: dict[int, Any] | None = None
) -> bytes:
    """Build an EXIF block with Pillow."""
    block = Image.Exif()
    block.update(first or {})
    for tag, fields in ((EXIF_IFD, more), (GPS_IFD, gps)):
        if fields:
            block.get_ifd(tag).update(fields)
    return block.tobytes().removeprefix(b"Exif\0\0")


def packet(inner: str, attributes: str = "") -> bytes:
    """Build an XMP packet with the properties as elements and as attributes."""
    names = {
        "dc": "http://purl.org/dc/elements/1.1/",
        "exif": "http://ns.adobe.com/exif/1.0/",
        "xmp": "http://ns.adobe.com/xap/1.0/",
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "xmpGImg": "http://ns.adobe.com/xap/1.0/g/img/",
    }
    declared = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in names.items())
    head = '<?xpacket begin=""?><x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Kit 1"><rdf:RDF '
    return f"{head}{declared}><rdf:Description {attributes}>{inner}</rdf:Description></rdf:RDF></x:xmpmeta>".encode()


def record(number: int, value: bytes, of: int = 2) -> bytes:
    """Build one IPTC data set."""
    return struct.pack(">BBBH", 0x1C, of, number, len(value)) + value


def resource(number: int, content: bytes) -> bytes:
    """Build one Photoshop resource."""
    return b"8BIM" + struct.pack(">H2xI", number, len(content)) + content + bytes(len(content) % 2)


def thumbnail() -> bytes:
    """Make a small JPEG."""
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(buffer, "JPEG")
    return buffer.getvalue()


def with_thumbnail(block: bytes, picture: bytes) -> bytes:
    """Append a second directory with a thumbnail to a big-endian or little-endian block of one directory chain."""
    order = ">" if block[:2] == b"MM" else "<"
    first = struct.unpack_from(f"{order}I", block, 4)[0]
    count = struct.unpack_from(f"{order}H", block, first)[0]
    link = first + 2 + 12 * count
    at = len(block) + len(block) % 2
    fields = struct.pack(f"{order}HHHIIHHIII", 2, 0x0201, 4, 1, at + 30, 0x0202, 4, 1, len(picture), 0)
    joined = bytearray(block.ljust(at, b"\0") + fields + picture)
    struct.pack_into(f"{order}I", joined, link, at)
    return bytes(joined)


def photos(block: bytes, xmp: bytes) -> dict[str, bytes]:
    """Make a photo of each container, with the same EXIF block and XMP packet."""
    image = Image.new("RGB", (16, 16), "teal")
    jpeg = samples.jpeg(samples.segment(0xE1, b"Exif\0\0" + block), samples.segment(0xE1, samples.XMP_PREFIX + xmp))
    png = samples.png(samples.chunk(b"eXIf", block), samples.chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp))
    return {
        "JPEG": jpeg,
        "PNG": png,
        "WEBP": samples.encode(image, "WEBP", exif=block, xmp=xmp),
        "AVIF": samples.encode(image, "AVIF", exif=block, xmp=xmp),
    }
