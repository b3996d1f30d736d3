"""AVIF and HEIC files with secrets in them, for the tests of their scrub."""

import io
from dataclasses import replace

from PIL import Image

from tests.imaging.metadata.heif_factory import HeifFile, Piece, av1_picture, ispe

XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description dc:creator="SECRET"/></x:xmpmeta>'
EXIF = Image.Exif()
EXIF[271] = "SECRET maker"
EXIF[274] = 1
EXIF.get_ifd(0x8825)[1] = "N"
EXIF_ITEM = Piece(b"Exif", bytes(4) + EXIF.tobytes().removeprefix(b"Exif\0\0"), b"SECRET name\0")
XMP_ITEM = Piece(b"mime", XMP, b"\0application/rdf+xml\0")


def avif_file(*pieces: Piece, **changes: object) -> HeifFile:
    coded, properties = av1_picture()
    picture = Piece(b"av01", coded, b"SECRET title\0", (1, 2, 3, 4))
    whole = HeifFile((picture, *pieces), properties, brand=b"avif", essential=3)
    return replace(whole, **changes)  # type: ignore[arg-type]  # the tests name the fields


def heic_file(*pieces: Piece, **changes: object) -> bytes:
    whole = HeifFile((Piece(b"hvc1", b"coded picture", properties=(1,)), *pieces), (ispe(64, 48),))
    return replace(whole, **changes).build()  # type: ignore[arg-type]  # the tests name the fields


def animation() -> bytes:
    frames = [Image.new("RGBA", (32, 32), (shade, 0, 0, shade)) for shade in (10, 90, 200)]
    exif = Image.Exif()
    exif[271] = "SECRET maker"
    buffer = io.BytesIO()
    frames[0].save(
        buffer, "AVIF", save_all=True, append_images=frames[1:], duration=[100, 200, 300], exif=exif, xmp=XMP
    )
    return buffer.getvalue()
