"""The image formats that Darkroom reads and writes, and their signatures."""

from enum import Enum

from chalicelib.errors import UnsupportedFormat


class ImageFormat(Enum):
    """A container format: Pillow's name, the media type, the file suffix, and whether Darkroom writes it."""

    JPEG = ("JPEG", "image/jpeg", ".jpg", True)
    PNG = ("PNG", "image/png", ".png", True)
    WEBP = ("WEBP", "image/webp", ".webp", True)
    AVIF = ("AVIF", "image/avif", ".avif", True)
    GIF = ("GIF", "image/gif", ".gif", True)
    TIFF = ("TIFF", "image/tiff", ".tiff", False)
    BMP = ("BMP", "image/bmp", ".bmp", False)
    HEIC = ("HEIF", "image/heic", ".heic", False)

    def __init__(self, pillow_name: str, media_type: str, suffix: str, writable: bool) -> None:
        self.pillow_name = pillow_name
        self.media_type = media_type
        self.suffix = suffix
        self.writable = writable


_SIGNATURES: tuple[tuple[bytes, ImageFormat], ...] = (
    (b"\xff\xd8\xff", ImageFormat.JPEG),
    (b"\x89PNG\r\n\x1a\n", ImageFormat.PNG),
    (b"GIF87a", ImageFormat.GIF),
    (b"GIF89a", ImageFormat.GIF),
    (b"II*\x00", ImageFormat.TIFF),
    (b"MM\x00*", ImageFormat.TIFF),
    (b"II+\x00", ImageFormat.TIFF),
    (b"MM\x00+", ImageFormat.TIFF),
    (b"BM", ImageFormat.BMP),
)
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})


def sniff(data: bytes) -> ImageFormat:
    """Detect the format by the signature in the first bytes. Ignore file names and media types.

    Raises UnsupportedFormat if no signature matches.
    """
    for signature, image_format in _SIGNATURES:
        if data.startswith(signature):
            return image_format
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return ImageFormat.WEBP
    brands = _iso_brands(data)
    if brands & _AVIF_BRANDS:
        return ImageFormat.AVIF
    if brands & _HEIC_BRANDS:
        return ImageFormat.HEIC
    names = ", ".join(known.name for known in ImageFormat)
    raise UnsupportedFormat(f"The bytes are not an image of a supported format ({names}).")


def _iso_brands(data: bytes) -> set[bytes]:
    """Return the major and the compatible brands of an ISO base media file (ISO/IEC 14496-12, 4.3)."""
    if data[4:8] != b"ftyp":
        return set()
    end = min(int.from_bytes(data[:4], "big"), 256)
    return {data[8:12]} | {data[at : at + 4] for at in range(16, end - 3, 4)}
