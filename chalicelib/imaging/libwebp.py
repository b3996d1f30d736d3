"""Decodes a still WebP by the libwebp that Pillow is linked with, at a smaller scale if less is needed.

Pillow decodes a WebP as an animation, at its full size and into four buffers. libwebp scales while it decodes.
The structures are those of libwebp's webp/decode.h, whose ABI version libwebp checks itself.
"""

import ctypes
from fractions import Fraction
from functools import cache
from math import ceil

from PIL import Image

from chalicelib.imaging.geometry import Size

#: WEBP_DECODER_ABI_VERSION. libwebp refuses another major number, its high byte.
_ABI_VERSION = 0x0200
_MODE_RGB, _MODE_RGBA = 0, 1
_OK, _LOSSY = 0, 1
#: libwebp averages areas, which blurs. It keeps this many times what is needed, so that LANCZOS makes the output:
#: SSIM is .990 without and .997 with it, and that of libvips, which lets libwebp make the output, .990.
_SPARE = 2
#: libwebp adds up rows of 255 times the width in 32 bits: the largest picture may become no lower than this.
_LEAST_SIDE = 16


def _integers(names: str) -> list[tuple[str, type[ctypes.c_int]]]:
    return [(name, ctypes.c_int) for name in names.split()]


class _Features(ctypes.Structure):
    _fields_ = (*_integers("width height has_alpha has_animation format"), ("pad", ctypes.c_uint32 * 5))


class _Rgba(ctypes.Structure):
    _fields_ = (("pixels", ctypes.c_void_p), ("stride", ctypes.c_int), ("size", ctypes.c_size_t))


class _Yuva(ctypes.Structure):
    _fields_ = (("planes", ctypes.c_void_p * 4), ("strides", ctypes.c_int * 4), ("sizes", ctypes.c_size_t * 4))


class _Pixels(ctypes.Union):
    _fields_ = (("rgba", _Rgba), ("yuva", _Yuva))


class _Output(ctypes.Structure):
    _fields_ = (
        *_integers("mode width height is_external_memory"),
        ("buffer", _Pixels),
        ("pad", ctypes.c_uint32 * 4),
        ("private_memory", ctypes.c_void_p),
    )


class _Options(ctypes.Structure):
    _fields_ = (
        *_integers("bypass_filtering no_fancy_upsampling use_cropping crop_left crop_top crop_width crop_height"),
        *_integers("use_scaling scaled_width scaled_height use_threads dithering flip alpha_dithering"),
        ("pad", ctypes.c_uint32 * 5),
    )


class _Config(ctypes.Structure):
    _fields_ = (("input", _Features), ("output", _Output), ("options", _Options))


def open_library(path: str) -> ctypes.CDLL | None:
    """Return a library, or one that it is linked with, if it decodes WebP and has the ABI of this module."""
    try:
        library = ctypes.CDLL(path)
        library.WebPDecode.argtypes = (ctypes.c_char_p, ctypes.c_size_t, ctypes.POINTER(_Config))
        library.WebPGetFeaturesInternal.argtypes = (
            ctypes.c_char_p,
            ctypes.c_size_t,
            ctypes.POINTER(_Features),
            ctypes.c_int,
        )
        library.WebPInitDecoderConfigInternal.argtypes = (ctypes.POINTER(_Config), ctypes.c_int)
    except (OSError, AttributeError):
        return None
    return library if library.WebPInitDecoderConfigInternal(_Config(), _ABI_VERSION) else None


@cache
def library_of_pillow() -> ctypes.CDLL | None:
    """Return the libwebp that Pillow has loaded, or None if Pillow has none or hides its symbols."""
    try:
        from PIL import _webp
    except ImportError:
        return None
    return open_library(_webp.__file__)


def decode(data: bytes, stored: Size, mode: str, scale: Fraction) -> Image.Image | None:
    """Decode a still WebP of this size and mode (RGB or RGBA) to at least `scale`. The result is never enlarged.

    Returns None if libwebp cannot be called or refuses the file. Pillow's decoder then tells why.
    """
    library, features = library_of_pillow(), _Features()
    if library is None or library.WebPGetFeaturesInternal(data, len(data), features, _ABI_VERSION) != _OK:
        return None
    found = (features.width, features.height, "RGBA" if features.has_alpha else "RGB")
    if features.has_animation or found != (stored.width, stored.height, mode):
        return None
    # libwebp scales a lossy picture and its alpha apart: colours of transparent pixels would colour their neighbours.
    is_whole = features.format == _LOSSY and features.has_alpha
    return _decode(library, data, stored, stored if is_whole else scaled_size(stored, scale), mode)


def scaled_size(stored: Size, scale: Fraction) -> Size:
    """Return the size in pixels of a decode from which LANCZOS makes an output of this scale."""
    width, height = (min(side, max(ceil(side * scale * _SPARE), _LEAST_SIDE)) for side in (stored.width, stored.height))
    return Size(width, height)


def _decode(library: ctypes.CDLL, data: bytes, stored: Size, size: Size, mode: str) -> Image.Image | None:
    config, stride = _Config(), size.width * len(mode)
    library.WebPInitDecoderConfigInternal(config, _ABI_VERSION)
    config.options.use_scaling = size != stored  # scaling to the same size would still blur the colours
    config.options.scaled_width, config.options.scaled_height = size.width, size.height
    pixels = bytearray(stride * size.height)
    config.output.mode = _MODE_RGBA if mode == "RGBA" else _MODE_RGB
    config.output.is_external_memory = 1
    address = ctypes.addressof((ctypes.c_char * len(pixels)).from_buffer(pixels))
    config.output.buffer.rgba = _Rgba(address, stride, len(pixels))
    if library.WebPDecode(data, len(data), config) != _OK:
        return None
    # A mode RGBA shares the buffer. Of RGB, Pillow makes a copy with four bytes for each pixel.
    return Image.frombuffer(mode, (size.width, size.height), pixels, "raw", mode, 0, 1)
