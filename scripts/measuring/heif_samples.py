"""AVIF and HEIC files with secrets in them, for the tests of their scrub."""

import io
import struct
from dataclasses import replace

from PIL import Image

from scripts.measuring.heif_factory import HeifFile, Piece, av1_picture, box, full_box, ispe

XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description dc:creator="SECRET"/></x:xmpmeta>'
EXIF = Image.Exif()
EXIF[271] = "SECRET maker"
EXIF[274] = 1
EXIF.get_ifd(0x8825)[1] = "N"
EXIF_ITEM = Piece(b"Exif", bytes(4) + EXIF.tobytes().removeprefix(b"Exif\0\0"), b"SECRET name\0")
XMP_ITEM = Piece(b"mime", XMP, b"\0application/rdf+xml\0")


def avif_file(*pieces: Piece, **changes: object) -> HeifFile:
    """Build an AVIF of one picture and of more items; `changes` replaces fields of the file."""
    coded, properties = av1_picture()
    picture = Piece(b"av01", coded, b"SECRET title\0", (1, 2, 3, 4))
    whole = HeifFile((picture, *pieces), properties, brand=b"avif", essential=3)
    return replace(whole, **changes)  # type: ignore[arg-type]  # the tests name the fields


def heic_file(*pieces: Piece, **changes: object) -> bytes:
    """Build a HEIC of one picture and of more items; its coded data is a placeholder."""
    whole = HeifFile((Piece(b"hvc1", b"coded picture", properties=(1,)), *pieces), (ispe(64, 48),))
    return replace(whole, **changes).build()  # type: ignore[arg-type]  # the tests name the fields


def animation() -> bytes:
    """Build an animated AVIF with EXIF."""
    frames = [Image.new("RGBA", (32, 32), (shade, 0, 0, shade)) for shade in (10, 90, 200)]
    exif = Image.Exif()
    exif[271] = "SECRET maker"
    buffer = io.BytesIO()
    frames[0].save(
        buffer, "AVIF", save_all=True, append_images=frames[1:], duration=[100, 200, 300], exif=exif, xmp=XMP
    )
    return buffer.getvalue()


def sequence(runs: bytes = struct.pack(">III", 1, 1, 1), offsets: tuple[int, ...] = (28,), **more: bytes) -> bytes:
    """Build an image sequence of one track; `more` is put behind the box, or into the container, of its name."""
    tables = (
        full_box(b"stsc", struct.pack(">I", len(runs) // 12), runs),
        full_box(b"stco", struct.pack(f">I{len(offsets)}I", len(offsets), *offsets), more.get("stco", b"")),
        full_box(b"stsz", struct.pack(">II", 100, 1), more.get("stsz", b"")),
    )
    minf = box(
        b"minf", full_box(b"vmhd", bytes(8), more.get("vmhd", b"")), box(b"stbl", *tables, more.get("stbl", b""))
    )
    media = box(b"mdia", full_box(b"hdlr", bytes(4), b"pict", bytes(13)), minf)
    head = full_box(b"tkhd", bytes(72), struct.pack(">II", 64 << 16, 48 << 16), more.get("tkhd", b""))
    movie = full_box(b"mvhd", bytes(96), more.get("mvhd", b""))
    track = box(b"trak", head, media, more.get("trak", b""))
    start = box(b"ftyp", b"avis", bytes(4), b"avif")
    return start + box(b"mdat", b"\x01" * 100) + box(b"moov", movie, track, more.get("moov", b""))
