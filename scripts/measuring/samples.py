"""Make pictures of each format, with metadata of each kind, and decode the results."""

import io
import struct
import zlib
from collections.abc import Iterable
from functools import cache
from typing import Any

from PIL import Image, ImageCms, ImageOps

#: Private words in the metadata. No stripped file may contain them.
SECRET = b"Jane Doe, 12 Secret Street"
XMP_PREFIX = b"http://ns.adobe.com/xap/1.0/\0"
EXTENDED_PREFIX = b"http://ns.adobe.com/xmp/extension/\0"


def draw(size: tuple[int, int] = (40, 24), mode: str = "RGB", turn: int = 0) -> Image.Image:
    """Draw a picture that every mirroring and rotation changes. Another `turn` gives another picture."""
    image = Image.new("RGB", size)
    image.putdata(
        [(x * 6 % 256, (y * 10 + turn * 40) % 256, (x * y) % 256) for y in range(size[1]) for x in range(size[0])]
    )
    return image.convert(mode)


def encode(image: Image.Image, pillow_format: str = "JPEG", **options: Any) -> bytes:
    """Encode a picture with Pillow."""
    buffer = io.BytesIO()
    image.save(buffer, pillow_format, **options)
    return buffer.getvalue()


@cache
def srgb_profile() -> bytes:
    """Return Little CMS's sRGB profile with a fixed creation time: a scrub keeps it as it is."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile[:24] + struct.pack(">6H", 2000, 1, 1, 0, 0, 0) + profile[36:]


def rich_exif(orientation: int | None = None) -> bytes:
    """Build an EXIF block with a name, a serial number, a maker note and a GPS position."""
    exif = Image.Exif()
    exif[0x013B] = SECRET.decode()
    if orientation is not None:
        exif[0x0112] = orientation
    exif.get_ifd(0x8769).update({0xA431: SECRET.decode(), 0x927C: b"Apple iOS\0" + SECRET})
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0)})
    return exif.tobytes().removeprefix(b"Exif\0\0")


def packet(orientation: int | None = None, *, as_element: bool = False) -> bytes:
    """Build an XMP packet with a GPS position, and with the orientation as an attribute or as an element."""
    attribute = f' tiff:Orientation="{orientation}"' if orientation and not as_element else ""
    element = f"<tiff:Orientation>{orientation}</tiff:Orientation>" if orientation and as_element else ""
    head = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description exif:GPSLatitude="52,31N"{attribute}>{element}'
    return head.encode() + SECRET + b"</rdf:Description></x:xmpmeta>"


def segment(marker: int, payload: bytes) -> bytes:
    """Return a JPEG segment."""
    return bytes([0xFF, marker]) + struct.pack(">H", len(payload) + 2) + payload


def jpeg(*segments: bytes, trailer: bytes = b"", **options: Any) -> bytes:
    """Make a JPEG with more segments after its JFIF header, and bytes after its end."""
    data = encode(options.pop("image", draw()), "JPEG", **{"quality": 90, **options})
    at = 2 + (2 + int.from_bytes(data[4:6], "big") if data[3] == 0xE0 else 0)
    return data[:at] + b"".join(segments) + data[at:] + trailer


def chunk(kind: bytes, payload: bytes) -> bytes:
    """Return a PNG chunk with its length and checksum."""
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))


def png(*chunks: bytes, late: bytes = b"", trailer: bytes = b"", **options: Any) -> bytes:
    """Make a PNG with more chunks after its header, others before its end, and bytes after its end."""
    data = encode(options.pop("image", draw()), "PNG", **options)
    return data[:33] + b"".join(chunks) + data[33:-12] + late + data[-12:] + trailer


def riff(*chunks: tuple[bytes, bytes], trailer: bytes = b"") -> bytes:
    """Return a WebP of these chunks."""
    body = b"".join(kind + struct.pack("<I", len(data)) + data + bytes(len(data) % 2) for kind, data in chunks)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body + trailer


def riff_chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """Read the chunks of a WebP."""
    chunks, at = [], 12
    while at < len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        chunks.append((data[at : at + 4], data[at + 8 : at + 8 + size]))
        at += 8 + size + size % 2
    return chunks


def webp(*chunks: tuple[bytes, bytes], flags: int = 0, trailer: bytes = b"", **options: Any) -> bytes:
    """Make an extended WebP with more chunks at its end."""
    image = options.pop("image", draw())
    own = [part for part in riff_chunks(encode(image, "WEBP", **options)) if part[0] != b"VP8X"]
    canvas = b"".join(struct.pack("<I", side - 1)[:3] for side in image.size)
    return riff((b"VP8X", bytes([flags, 0, 0, 0]) + canvas), *own, *chunks, trailer=trailer)


def extension(label: int, *blocks: bytes) -> bytes:
    """Return a GIF extension of these sub-blocks."""
    return bytes([0x21, label]) + b"".join(bytes([len(block)]) + block for block in blocks) + b"\0"


def gif(*blocks: bytes, trailer: bytes = b"", **options: Any) -> bytes:
    """Make a GIF with more blocks after its colour table, and bytes after its end."""
    data = encode(options.pop("image", draw(mode="P")), "GIF", **options)
    at = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)
    return data[:at] + b"".join(blocks) + data[at:] + trailer


def frames(data: bytes) -> list[tuple[str, tuple[int, int], bytes, object, object]]:
    """Decode every frame. Return its mode, size, pixels and duration, and the animation's loop count."""
    with Image.open(io.BytesIO(data)) as image:
        found = []
        for index in range(getattr(image, "n_frames", 1)):
            image.seek(index)
            image.load()
            timing = image.info.get("duration"), image.info.get("loop")
            found.append((image.mode, image.size, image.tobytes(), *timing))
        return found


def upright(data: bytes) -> tuple[tuple[int, int], bytes]:
    """Decode a picture and apply its orientation as browsers do, by EXIF and not by XMP. Return size and pixels."""
    with Image.open(io.BytesIO(data)) as image:
        image.info.pop("xmp", None)
        image.load()
        bare = image.copy()
        bare.info = {"exif": image.info["exif"]} if "exif" in image.info else {}
        turned = ImageOps.exif_transpose(bare)
        return turned.size, turned.tobytes()


def profile_of(data: bytes) -> bytes | None:
    """Return the colour profile that Pillow finds."""
    with Image.open(io.BytesIO(data)) as image:
        found = image.info.get("icc_profile")
    return found if isinstance(found, bytes) else None


def animation(pillow_format: str, count: int = 3, **options: Any) -> bytes:
    """Make an animation of different frames."""
    first, *others = [draw(turn=turn) for turn in range(count)]
    return encode(first, pillow_format, save_all=True, append_images=list(others), duration=70, loop=3, **options)


def mutate(data: bytes, changes: Iterable[tuple[int, int]], cut: int) -> bytes:
    """Change bytes at these offsets, and cut bytes off the end."""
    changed = bytearray(data)
    for at, value in changes:
        changed[at % len(data)] = value
    return bytes(changed[: len(data) - cut % len(data)])
