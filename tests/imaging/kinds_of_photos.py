"""Small photos of every format and of every kind that has a share of the pixel limit of its own."""

import struct
from collections.abc import Callable

from chalicelib.errors import ImageTooLarge
from chalicelib.imaging.codec import probe
from scripts.measuring import heif_files, samples
from tests.imaging.colour.made import flat, tiff
from tests.pictures import encoded, one_component_first, photo, picture

#: A configuration of HEVC that libheif opens: Main profile, 4:2:0, 8 bits, no parameter sets.
_HVCC = bytes.fromhex("0101600000009000000000005df000fcfdf8f800000f00")


def heic() -> bytes:
    """Build a HEIC that libheif opens. Its coded picture cannot be decoded."""
    properties = (heif_files.ispe(64, 48), heif_files.box(b"hvcC", _HVCC))
    item = heif_files.HeifItem(b"hvc1", b"coded picture", properties=(1, 2))
    return heif_files.HeifFile((item,), properties, essential=2).build()


def unopened_avif() -> bytes:
    """Build an AVIF of 20000 x 20000 pixels. libavif opens no side over 16384 pixels."""
    small, large = heif_files.ispe(64, 48), heif_files.ispe(20_000, 20_000)
    return heif_files.avif_file().build().replace(small, large)


def gif_with_larger_image() -> bytes:
    """Make a GIF whose first image is larger than its screen."""
    data = photo(64, 48, "GIF")
    return data[:6] + struct.pack("<HH", 16, 16) + data[10:]


def pages() -> bytes:
    """Make a TIFF whose second page is larger than its first."""
    return encoded(picture(), "TIFF", save_all=True, append_images=[picture(200, 100)])


KINDS: dict[str, Callable[[], bytes]] = {
    "JPEG": photo,
    "JPEG, on its side": lambda: photo(orientation=6),
    "JPEG, CMYK": lambda: photo(mode="CMYK"),
    "JPEG, progressive": lambda: photo(progressive=True),
    "JPEG, one component first": lambda: one_component_first(photo()),
    "PNG": lambda: photo(pillow_name="PNG"),
    "PNG, alpha": lambda: photo(pillow_name="PNG", mode="RGBA"),
    "PNG, transparent colour": lambda: photo(pillow_name="PNG", mode="P", transparency=0),
    "PNG, animated": lambda: samples.animation("PNG"),
    "WebP": lambda: photo(pillow_name="WEBP"),
    "WebP, alpha": lambda: photo(pillow_name="WEBP", mode="RGBA"),
    "WebP, animated": lambda: samples.animation("WEBP"),
    "GIF": lambda: photo(pillow_name="GIF"),
    "GIF, animated": lambda: samples.animation("GIF"),
    "GIF, image larger than its screen": gif_with_larger_image,
    "TIFF": lambda: photo(pillow_name="TIFF"),
    "TIFF, CMYK": lambda: photo(pillow_name="TIFF", mode="CMYK"),
    "TIFF, alpha": lambda: photo(pillow_name="TIFF", mode="RGBA"),
    "TIFF, colours of 16 bits": lambda: tiff((16, 16, 16), 2, flat("<3H", 51_400, 25_700, 12_850)),
    "TIFF, larger second page": pages,
    "AVIF": lambda: photo(pillow_name="AVIF"),
    "AVIF, animated": heif_files.animated_avif,
    "HEIC": heic,
    "BMP": lambda: photo(pillow_name="BMP"),
}


def smallest_limit(data: bytes) -> int:
    """Return the smallest limit of pixels with which the photo may be decoded."""
    low, high = 0, 1 << 20
    while high - low > 1:
        middle = (low + high) // 2
        try:
            probe(data, middle)
            high = middle
        except ImageTooLarge:
            low = middle
    return high
