"""Build AVIF and HEIC files box by box, with any content in any place (ISO/IEC 14496-12 and 23008-12)."""

import io
import struct
from dataclasses import dataclass, field, replace
from functools import cache

from PIL import Image

XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description dc:creator="SECRET"/></x:xmpmeta>'


def box(kind: bytes, *parts: bytes) -> bytes:
    """Return a payload with the header of a box."""
    payload = b"".join(parts)
    return struct.pack(">I", 8 + len(payload)) + kind + payload


def full_box(kind: bytes, *parts: bytes, version: int = 0, flags: int = 0) -> bytes:
    """Return a payload with the header of a box that has version and flags."""
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


def ispe(width: int, height: int) -> bytes:
    """Return the property that contains a picture's size in pixels."""
    return full_box(b"ispe", struct.pack(">II", width, height))


@dataclass(frozen=True)
class HeifItem:
    """One item: type, data, the text after its type in iinf, its properties (from 1), and where its data goes."""

    kind: bytes
    data: bytes
    text: bytes = b"\0"
    properties: tuple[int, ...] = ()
    hidden: bool = False
    in_idat: bool = False


@dataclass(frozen=True)
class HeifFile:
    """The parts of a file. Items are numbered from 1; a reference is (type, from, to)."""

    items: tuple[HeifItem, ...]
    properties: tuple[bytes, ...] = ()
    references: tuple[tuple[bytes, int, int], ...] = ()
    brand: bytes = b"heic"
    primary: int = 1
    in_meta: tuple[bytes, ...] = ()
    before_data: bytes = b""
    hidden_data: bytes = b""
    after: bytes = b""
    essential: int = 0
    handler: bytes = field(default=b"\0\0\0\0pict" + b"appl" + bytes(8) + b"Secret handler\0")

    def build(self) -> bytes:
        """Return the bytes of the file."""
        head = box(b"ftyp", self.brand, bytes(4), b"mif1", self.brand)
        start = len(head) + len(self._meta(0)) + len(self.before_data) + 8
        data = b"".join(item.data for item in self.items if not item.in_idat)
        return head + self._meta(start) + self.before_data + box(b"mdat", data, self.hidden_data) + self.after

    def _meta(self, start: int) -> bytes:
        entries = [self._entry(number, item) for number, item in enumerate(self.items, 1)]
        infos = struct.pack(">H", len(entries)) + b"".join(entries)
        links = [box(kind, struct.pack(">HHH", source, 1, target)) for kind, source, target in self.references]
        inside = b"".join(item.data for item in self.items if item.in_idat)
        return full_box(
            b"meta",
            full_box(b"hdlr", self.handler),
            full_box(b"pitm", struct.pack(">H", self.primary)),
            full_box(b"iinf", infos),
            full_box(b"iref", *links) if links else b"",
            box(b"iprp", box(b"ipco", *self.properties), self._associations()),
            full_box(b"iloc", self._locations(start), version=1),
            *([box(b"idat", inside)] if inside else []),
            *self.in_meta,
        )

    def _entry(self, number: int, item: HeifItem) -> bytes:
        return full_box(b"infe", struct.pack(">HH", number, 0), item.kind, item.text, version=2, flags=item.hidden)

    def _associations(self) -> bytes:
        rows = [(number, item.properties) for number, item in enumerate(self.items, 1) if item.properties]
        body = struct.pack(">I", len(rows))
        for number, indexes in rows:
            marked = bytes(index | (0x80 if index == self.essential else 0) for index in indexes)
            body += struct.pack(">HB", number, len(indexes)) + marked
        return full_box(b"ipma", body)

    def _locations(self, start: int) -> bytes:
        body = struct.pack(">BBH", 0x44, 0, len(self.items))
        offsets = {False: start, True: 0}
        for number, item in enumerate(self.items, 1):
            body += struct.pack(">HHHHII", number, item.in_idat, 0, 1, offsets[item.in_idat], len(item.data))
            offsets[item.in_idat] += len(item.data)
        return body


def exif_item() -> HeifItem:
    """Return an Exif item with a maker and a GPS directory."""
    exif = Image.Exif()
    exif[271] = "SECRET maker"
    exif[274] = 1
    exif.get_ifd(0x8825)[1] = "N"
    return HeifItem(b"Exif", bytes(4) + exif.tobytes().removeprefix(b"Exif\0\0"), b"SECRET name\0")


EXIF_ITEM = exif_item()
XMP_ITEM = HeifItem(b"mime", XMP, b"\0application/rdf+xml\0")


@cache
def av1_picture(size: tuple[int, int] = (64, 48)) -> tuple[bytes, tuple[bytes, ...]]:
    """Encode a gradient. Return its coded data and its properties."""
    return av1_picture_of(Image.linear_gradient("L").resize(size).convert("RGB"))


def av1_picture_of(image: Image.Image) -> tuple[bytes, tuple[bytes, ...]]:
    """Encode an image. Return its coded data and its properties, cut out of the file that Pillow writes."""
    buffer = io.BytesIO()
    image.save(buffer, "AVIF", quality=90, speed=10)
    data = buffer.getvalue()
    properties = tuple(_cut(data, kind) for kind in (b"ispe", b"pixi", b"av1C", b"colr"))
    return data[data.index(b"mdat") + 4 :], properties


def _cut(data: bytes, kind: bytes) -> bytes:
    at = data.index(kind) - 4
    return data[at : at + int.from_bytes(data[at : at + 4], "big")]


def avif_file(*items: HeifItem, **changes: object) -> HeifFile:
    """Return an AVIF of one picture and of `items`; `changes` replaces fields of the file."""
    coded, properties = av1_picture()
    picture = HeifItem(b"av01", coded, b"SECRET title\0", (1, 2, 3, 4))
    whole = HeifFile((picture, *items), properties, brand=b"avif", essential=3)
    return replace(whole, **changes)  # type: ignore[arg-type]  # the callers name fields of HeifFile


def heic_file(*items: HeifItem, **changes: object) -> bytes:
    """Build a HEIC of one picture and of `items`. The coded data is a placeholder that no decoder can read."""
    whole = HeifFile((HeifItem(b"hvc1", b"coded picture", properties=(1,)), *items), (ispe(64, 48),))
    return replace(whole, **changes).build()  # type: ignore[arg-type]  # the callers name fields of HeifFile


def animated_avif() -> bytes:
    """Build an AVIF of three frames, with EXIF and XMP."""
    frames = [Image.new("RGBA", (32, 32), (shade, 0, 0, shade)) for shade in (10, 90, 200)]
    exif = Image.Exif()
    exif[271] = "SECRET maker"
    buffer = io.BytesIO()
    frames[0].save(
        buffer, "AVIF", save_all=True, append_images=frames[1:], duration=[100, 200, 300], exif=exif, xmp=XMP
    )
    return buffer.getvalue()


def sequence(runs: bytes = struct.pack(">III", 1, 1, 1), offsets: tuple[int, ...] = (28,), **more: bytes) -> bytes:
    """Build an image sequence of one track.

    `runs` are the rows of stsc, `offsets` those of stco. `more` adds bytes to the box of that name.
    """
    tables = (
        full_box(b"stsc", struct.pack(">I", len(runs) // 12), runs),
        full_box(b"stco", struct.pack(f">I{len(offsets)}I", len(offsets), *offsets), more.get("stco", b"")),
        full_box(b"stsz", struct.pack(">II", 100, 1), more.get("stsz", b"")),
    )
    minf = box(
        b"minf",
        full_box(b"vmhd", bytes(8), more.get("vmhd", b"")),
        box(b"stbl", *tables, more.get("stbl", b"")),
        more.get("minf", b""),
    )
    media = box(b"mdia", full_box(b"hdlr", bytes(4), b"pict", bytes(13)), minf)
    head = full_box(b"tkhd", bytes(72), struct.pack(">II", 64 << 16, 48 << 16), more.get("tkhd", b""))
    movie = full_box(b"mvhd", bytes(96), more.get("mvhd", b""))
    track = box(b"trak", head, media, more.get("trak", b""))
    start = box(b"ftyp", b"avis", bytes(4), b"avif")
    return start + box(b"mdat", b"\x01" * 100) + box(b"moov", movie, track, more.get("moov", b""))
