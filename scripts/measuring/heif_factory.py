"""Builds AVIF and HEIC files box by box, so that a test can put anything anywhere (ISO/IEC 14496-12, 23008-12)."""

import io
import struct
from dataclasses import dataclass, field
from functools import cache

from PIL import Image


def box(kind: bytes, *parts: bytes) -> bytes:
    """Frame a payload as a box."""
    payload = b"".join(parts)
    return struct.pack(">I", 8 + len(payload)) + kind + payload


def full_box(kind: bytes, *parts: bytes, version: int = 0, flags: int = 0) -> bytes:
    """Frame a payload as a box with version and flags."""
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


@dataclass(frozen=True)
class Piece:
    """One item: type, data, the text behind its type, the properties it has (from 1), and where its data goes."""

    kind: bytes
    data: bytes
    text: bytes = b"\0"
    properties: tuple[int, ...] = ()
    hidden: bool = False
    in_idat: bool = False


@dataclass(frozen=True)
class HeifFile:
    """A file in the making; items are numbered from 1."""

    pieces: tuple[Piece, ...]
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
        """Lay the file out."""
        head = box(b"ftyp", self.brand, bytes(4), b"mif1", self.brand)
        start = len(head) + len(self._meta(0)) + len(self.before_data) + 8
        data = b"".join(piece.data for piece in self.pieces if not piece.in_idat)
        return head + self._meta(start) + self.before_data + box(b"mdat", data, self.hidden_data) + self.after

    def _meta(self, start: int) -> bytes:
        entries = [self._entry(number, piece) for number, piece in enumerate(self.pieces, 1)]
        infos = struct.pack(">H", len(entries)) + b"".join(entries)
        links = [box(kind, struct.pack(">HHH", source, 1, target)) for kind, source, target in self.references]
        inside = b"".join(piece.data for piece in self.pieces if piece.in_idat)
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

    def _entry(self, number: int, piece: Piece) -> bytes:
        return full_box(b"infe", struct.pack(">HH", number, 0), piece.kind, piece.text, version=2, flags=piece.hidden)

    def _associations(self) -> bytes:
        rows = [(number, piece.properties) for number, piece in enumerate(self.pieces, 1) if piece.properties]
        body = struct.pack(">I", len(rows))
        for number, indexes in rows:
            marked = bytes(index | (0x80 if index == self.essential else 0) for index in indexes)
            body += struct.pack(">HB", number, len(indexes)) + marked
        return full_box(b"ipma", body)

    def _locations(self, start: int) -> bytes:
        body = struct.pack(">BBH", 0x44, 0, len(self.pieces))
        places = {False: start, True: 0}
        for number, piece in enumerate(self.pieces, 1):
            body += struct.pack(">HHHHII", number, piece.in_idat, 0, 1, places[piece.in_idat], len(piece.data))
            places[piece.in_idat] += len(piece.data)
        return body


def ispe(width: int, height: int) -> bytes:
    """Build the property that tells a picture's size."""
    return full_box(b"ispe", struct.pack(">II", width, height))


@cache
def av1_picture(size: tuple[int, int] = (64, 48)) -> tuple[bytes, tuple[bytes, ...]]:
    """Encode a picture; gives its coded data and its properties, cut out of the file that Pillow writes."""
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(buffer, "AVIF", quality=90, speed=10)
    data = buffer.getvalue()
    properties = tuple(_cut(data, kind) for kind in (b"ispe", b"pixi", b"av1C", b"colr"))
    return data[data.index(b"mdat") + 4 :], properties


def _cut(data: bytes, kind: bytes) -> bytes:
    at = data.index(kind) - 4
    return data[at : at + int.from_bytes(data[at : at + 4], "big")]
