"""Reads the orientation that browsers read: that of EXIF, and nothing of XMP or of texts.

Pillow's getexif() also reads XMP (with double quotes only) and PNG's texts. Browsers and libvips ignore both.
metadata/ keeps the same orientation in a scrub.
"""

from PIL import ExifTags, Image

from chalicelib.imaging.formats import ImageFormat

#: The decoder turns these itself: libheif by irot and imir (ISO/IEC 23008-12), Pillow by the TIFF tag 274.
_TURNED_BY_DECODER = frozenset({ImageFormat.HEIC, ImageFormat.TIFF})
#: Where Pillow puts an XMP packet. It turns a TIFF by it while it decodes.
_PACKETS = ("xmp", "XML:com.adobe.xmp")
_PNG_SIGNATURE_SIZE, _CHUNK_FRAME = 8, 12


def ignore_xmp(image: Image.Image) -> None:
    """Forget the XMP packet before the pixels are decoded."""
    for name in _PACKETS:
        image.info.pop(name, None)


def read_orientation(image: Image.Image, data: bytes, image_format: ImageFormat) -> int:
    """Return the orientation that is still to apply to a decoded image, 1 to 8; 1 if the EXIF cannot be read.

    For AVIF, Pillow writes irot and imir into the EXIF: they count there, and not the orientation in the file's EXIF.
    """
    if image_format in _TURNED_BY_DECODER:
        return 1
    block = _find_exif_chunk(data) if image_format is ImageFormat.PNG else image.info.get("exif", b"")
    exif = Image.Exif()
    try:
        exif.load(block)
        value = exif.get(ExifTags.Base.Orientation, 1)
    except Exception:  # noqa: BLE001 -- Pillow documents no type for damaged EXIF (SyntaxError, struct.error, KeyError...)
        return 1  # the pixels may be good, and a photo without an orientation is upright
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _find_exif_chunk(data: bytes) -> bytes:
    """Return the first eXIf chunk (PNG third edition, 11.3.4.5). Pillow would also take a text named "exif" for it."""
    at = _PNG_SIGNATURE_SIZE
    while (kind := data[at + 4 : at + 8]) not in (b"eXIf", b"IEND", b""):
        at += _CHUNK_FRAME + int.from_bytes(data[at : at + 4], "big")
    end = at + 8 + int.from_bytes(data[at : at + 4], "big")
    return data[at + 8 : end] if kind == b"eXIf" else b""
