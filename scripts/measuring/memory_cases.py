"""Photos and options for the measurement of memory: the usual ones, and the worst that the limits accept."""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from scripts.measuring import sample_profiles
from scripts.measuring.large_photos import animation, deep_png, in_pq, photo, sideways
from scripts.measuring.samples import chunk

_MOST = 400
_WIDE = sideways()
#: Chunks of a PNG: linear samples, and a transparent colour.
_LINEAR, _TRANSPARENT = chunk(b"gAMA", (100_000).to_bytes(4, "big")), chunk(b"tRNS", bytes((0, 1) * 3))
#: Texts of a megabyte each, as many as Pillow would keep, of four bytes a character in Python.
_WORDS = zlib.compress("\U0001f600".encode() + b"a" * 1_000_000)
_PACKED = [chunk(b"iTXt", b"k%d\0\1\0\0\0" % number + _WORDS) for number in range(60)]


@dataclass(frozen=True)
class Case:
    """A photo, the options of its request, and the memory that it may use, in megabytes."""

    name: str
    make: Callable[[], bytes]
    options: Mapping[str, object]
    bound: int = _MOST


def _stretched(width: int, height: int, image_format: str, *, plain: bool = False) -> dict[str, object]:
    """Return options for an output of exactly this size, which needs a decode at full size."""
    more = {} if plain else {"watermark": "Darkroom"}
    return {"width": width, "height": height, "fit": "stretch", "format": image_format, "grayscale": False} | more


def _animated(image_format: str) -> dict[str, object]:
    """Return options for the largest frames of an animation, which need frames at full size."""
    return _stretched(1880, 1400, image_format)


#: A crop that needs the source at its full resolution and makes the largest output of the format.
_CROPPED = {
    "width": 16000,
    "height": 1000,
    "fit": "cover",
    "format": "png",
    "grayscale": False,
    "watermark": "Darkroom",
}
#: The largest crop whose place the picture decides, turned, with the largest watermark.
_BUSIEST = _CROPPED | {"width": 4000, "height": 4000, "gravity": "auto", "rotate": 90, "watermark_size": 20}
#: The largest result of the proportions of the photo, which is turned: both axes are scaled alike.
_CONTAINED = {"width": 3460, "height": 16000, "fit": "contain", "format": "jpeg", "grayscale": False}
_GREY = _CROPPED | {"grayscale": True}
#: The largest results together: a crop whose place the picture decides, and eight renditions of it, as JPEG.
_WIDTHS = (2300, 1500, 900, 600, 480, 320, 240, 160)
_RENDITIONS = ",".join(f"w{width}:{width}" for width in _WIDTHS)
_MANY = _CROPPED | {"height": 150, "gravity": "auto", "rotate": 180, "format": "jpeg", "renditions": _RENDITIONS}

CASES = (
    Case("24 Mpx JPEG, default recipe", photo(24, "JPEG", quality=85), {}, 60),
    Case("24 Mpx JPEG sideways in wide colours, default recipe", photo(24, "JPEG", quality=85, **_WIDE), {}, 60),
    Case("24 Mpx progressive JPEG, default recipe", photo(24, "JPEG", quality=85, progressive=True), {}),
    Case("108 Mpx JPEG, default recipe", photo(108, "JPEG", quality=85, **_WIDE), {}),
    Case("200 Mpx JPEG, default recipe", photo(200, "JPEG", quality=85, **_WIDE), {}),
    Case("200 Mpx JPEG at 1/2", photo(200, "JPEG", quality=85, **_WIDE), {"width": 4000, "height": 3000}),
    Case("101 Mpx progressive JPEG, default recipe", photo(101, "JPEG", quality=85, progressive=True, **_WIDE), {}),
    Case("47 Mpx progressive JPEG, cropped", photo(47, "JPEG", quality=90, progressive=True, **_WIDE), _CROPPED),
    Case("51 Mpx JPEG, default recipe", photo(51, "JPEG", quality=85, **_WIDE), {}),
    Case("51 Mpx JPEG, cropped", photo(51, "JPEG", quality=90, **_WIDE), _CROPPED),
    Case("51 Mpx JPEG, cropped, grey", photo(51, "JPEG", quality=90, **_WIDE), _GREY),
    Case("33 Mpx progressive JPEG, cropped", photo(33, "JPEG", quality=90, progressive=True, **_WIDE), _CROPPED),
    Case(
        "33 Mpx progressive JPEG 4:4:4, cropped",
        photo(33, "JPEG", quality=90, progressive=True, subsampling=0, **_WIDE),
        _CROPPED,
    ),
    Case("40.7 Mpx CMYK JPEG, cropped", photo(40.7, "JPEG", "CMYK", quality=85), _CROPPED),
    Case(
        "40.7 Mpx CMYK JPEG with profile, cropped",
        photo(40.7, "JPEG", "CMYK", quality=85, **sideways(sample_profiles.cmyk(9))),
        _CROPPED,
    ),
    Case(
        "27.5 Mpx progressive CMYK JPEG, cropped",
        photo(27.5, "JPEG", "CMYK", quality=90, progressive=True, subsampling=0, **sideways(sample_profiles.cmyk(9))),
        _CROPPED,
    ),
    Case("40.7 Mpx PNG, cropped", photo(40.7, "PNG", "RGB", 2, compress_level=1, **_WIDE), _CROPPED),
    Case("40.7 Mpx grey 16-bit PNG, cropped", photo(40.7, "PNG", "I;16", 1, compress_level=1, **sideways()), _CROPPED),
    Case("40.7 Mpx linear 16-bit PNG, cropped", deep_png(40.7, 3, _LINEAR), _CROPPED),
    Case("25.4 Mpx linear 16-bit PNG with alpha, cropped", deep_png(25.4, 4, _LINEAR), _CROPPED),
    Case("25.4 Mpx linear 16-bit grey PNG with alpha, cropped", deep_png(25.4, 2, _LINEAR), _CROPPED),
    Case("25.4 Mpx 16-bit PNG with a transparent colour, cropped", deep_png(25.4, 3, _LINEAR, _TRANSPARENT), _CROPPED),
    Case("40.7 Mpx palette PNG, cropped", photo(40.7, "PNG", "P", 1, compress_level=1, **_WIDE), _CROPPED),
    Case(
        "25.4 Mpx palette PNG with transparency, cropped",
        photo(25.4, "PNG", "P", 1, compress_level=1, transparency=3, **_WIDE),
        _CROPPED,
    ),
    Case("25.4 Mpx PNG with alpha, cropped", photo(25.4, "PNG", "RGBA", 2, compress_level=1, **_WIDE), _CROPPED),
    Case("25.4 Mpx PNG with alpha, cropped, grey", photo(25.4, "PNG", "RGBA", 2, compress_level=1, **_WIDE), _GREY),
    Case("12 Mpx TIFF, cropped", photo(12, "TIFF", **_WIDE), _CROPPED),
    Case("40.7 Mpx TIFF, cropped", photo(40.7, "TIFF", "RGB", 2, compression="tiff_adobe_deflate", **_WIDE), _CROPPED),
    Case(
        "25.4 Mpx TIFF with alpha, cropped", photo(25.4, "TIFF", "RGBA", 2, compression="tiff_lzw", **_WIDE), _CROPPED
    ),
    Case("40.7 Mpx CMYK TIFF, cropped", photo(40.7, "TIFF", "CMYK", 2, compression="tiff_adobe_deflate"), _CROPPED),
    Case("40.7 Mpx float TIFF, cropped", photo(40.7, "TIFF", "F", 0, compression="tiff_adobe_deflate"), _CROPPED),
    Case("40.7 Mpx GIF, cropped", photo(40.7, "GIF", "P", 1), _CROPPED),
    Case("40.7 Mpx grey BMP, cropped", photo(40.7, "BMP", "L", 1), _CROPPED),
    Case("12 Mpx WebP, default recipe", photo(12, "WEBP", method=0), {}),
    Case("12 Mpx lossless WebP, default recipe", photo(12, "WEBP", "RGB", 3, method=0, lossless=True), {}),
    Case("12 Mpx WebP with alpha, default recipe", photo(12, "WEBP", "RGBA", 3, method=0), {}),
    Case("16.3 Mpx animated WebP, cropped", animation(16.3, "WEBP", method=0), _CROPPED),
    Case("16.3 Mpx WebP, cropped", photo(16.3, "WEBP", "RGB", 3, method=0, **_WIDE), _CROPPED),
    Case("16.3 Mpx WebP with alpha, cropped", photo(16.3, "WEBP", "RGBA", 3, method=0, **_WIDE), _CROPPED),
    Case("16.3 Mpx lossless WebP, cropped", photo(16.3, "WEBP", "RGBA", 3, method=0, lossless=True, **_WIDE), _CROPPED),
    Case("25.4 Mpx AVIF, cropped", photo(25.4, "AVIF", "RGB", 3, speed=10, **_WIDE), _CROPPED),
    Case(
        "25.4 Mpx AVIF 4:4:4, cropped", photo(25.4, "AVIF", "RGB", 3, speed=10, subsampling="4:4:4", **_WIDE), _CROPPED
    ),
    Case("25.4 Mpx AVIF with alpha, cropped", photo(25.4, "AVIF", "RGBA", 3, speed=10, **_WIDE), _CROPPED),
    Case("25.4 Mpx PQ AVIF, cropped", in_pq(photo(25.4, "AVIF", "RGB", 3, speed=10)), _CROPPED),
    Case("16 Mpx PNG from 51 Mpx", photo(51, "JPEG", quality=90, **_WIDE), _stretched(4000, 4000, "png")),
    Case("16 Mpx JPEG from 51 Mpx", photo(51, "JPEG", quality=90, **_WIDE), _stretched(4000, 4000, "jpeg")),
    Case("12 Mpx WebP from 51 Mpx", photo(51, "JPEG", quality=90, **_WIDE), _stretched(4000, 3000, "webp")),
    Case("8 Mpx WebP with alpha", photo(8, "PNG", "RGBA", 2, **_WIDE), _stretched(4000, 2000, "webp")),
    Case("8 Mpx AVIF from 51 Mpx", photo(51, "JPEG", quality=90, **_WIDE), _stretched(4000, 2000, "avif")),
    Case("8 Mpx AVIF with alpha", photo(8, "PNG", "RGBA", 2, **_WIDE), _stretched(4000, 2000, "avif")),
    Case("8 Mpx GIF from 51 Mpx", photo(51, "JPEG", quality=90, **_WIDE), _stretched(4000, 2000, "gif")),
    Case("8 Mpx GIF with alpha", photo(8, "PNG", "RGBA", 2, **_WIDE), _stretched(4000, 2000, "gif")),
    Case("8.4 Mpx GIF of 3 frames to GIF", animation(8.4, "GIF", "P", 3), _animated("gif")),
    Case("8.4 Mpx GIF of 3 frames to WebP", animation(8.4, "GIF", "P", 3), _animated("webp")),
    Case("8.4 Mpx GIF of 3 frames to AVIF", animation(8.4, "GIF", "P", 3), _animated("avif")),
    Case("8.4 Mpx WebP of 3 frames with alpha to GIF", animation(8.4, "WEBP", "RGBA", 3, method=0), _animated("gif")),
    Case("8.4 Mpx WebP of 3 frames with alpha to WebP", animation(8.4, "WEBP", "RGBA", 3, method=0), _animated("webp")),
    Case("8.4 Mpx WebP of 3 frames with alpha to AVIF", animation(8.4, "WEBP", "RGBA", 3, method=0), _animated("avif")),
    Case("8.4 Mpx APNG of 3 frames with alpha to WebP", animation(8.4, "PNG", "RGBA", 3), _animated("webp")),
    Case("8.4 Mpx AVIF of 3 frames with alpha to AVIF", animation(8.4, "AVIF", "RGBA", 3, speed=10), _animated("avif")),
    Case("2.7 Mpx GIF of 24 frames to GIF", animation(2.7, "GIF", "P", 24), _animated("gif")),
    Case(
        "2.7 Mpx WebP of 24 frames with alpha to WebP", animation(2.7, "WEBP", "RGBA", 24, method=0), _animated("webp")
    ),
    Case(
        "2.7 Mpx WebP of 24 frames with alpha to AVIF", animation(2.7, "WEBP", "RGBA", 24, method=0), _animated("avif")
    ),
    Case("16 Mpx crop by auto from 51 Mpx, large mark", photo(51, "JPEG", quality=90, **_WIDE), _BUSIEST),
    Case(
        "16 Mpx crop by auto from 25.4 Mpx with alpha, on a background",
        photo(25.4, "PNG", "RGBA", 2, compress_level=1, **_WIDE),
        _BUSIEST | {"background": "#ff8800"},
    ),
    Case("Crop by auto and 8 renditions from 51 Mpx, JPEG", photo(51, "JPEG", quality=90, **_WIDE), _MANY),
    Case(
        "8.4 Mpx WebP of 3 frames with alpha to AVIF, and a rendition",
        animation(8.4, "WEBP", "RGBA", 3, method=0),
        _animated("avif") | {"renditions": "r:3100"},
    ),
    Case(
        "2.7 Mpx WebP of 24 frames of noise with alpha to AVIF",
        animation(2.7, "WEBP", "RGBA", 24, 7, method=0, quality=10, alpha_quality=10),
        _animated("avif") | {"quality": 100},
    ),
    Case(
        "12 Mpx WebP of noise",
        photo(12, "JPEG", "RGB", 7, quality=90),
        _stretched(4000, 3000, "webp") | {"quality": 100},
    ),
    Case(
        "16 Mpx JPEG of noise, progressive",
        photo(51, "JPEG", quality=90),
        _stretched(4000, 4000, "jpeg") | {"quality": 100},
    ),
    Case("16 Mpx JPEG of the proportions of 51 Mpx", photo(51, "JPEG", quality=90, **_WIDE), _CONTAINED),
    Case("40.7 Mpx linear 16-bit PNG with packed texts, cropped", deep_png(40.7, 3, _LINEAR, *_PACKED), _CROPPED),
    Case("16 Mpx PNG from 51 Mpx, plain", photo(51, "JPEG", quality=90), _stretched(4000, 4000, "png", plain=True)),
)
