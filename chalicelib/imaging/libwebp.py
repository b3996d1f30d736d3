"""Decodes a still WebP by the libwebp that Pillow is linked with, at a smaller scale if less is needed.

Pillow decodes a WebP as an animation, at its full size and into four buffers. libwebp scales while it decodes.
The structures are those of its decode.h and demux.h, whose ABI versions libwebp checks itself.
"""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from functools import cache
from math import ceil

from PIL import Image

from chalicelib.imaging.geometry import Size

#: WEBP_DECODER_ABI_VERSION and WEBP_DEMUX_ABI_VERSION. libwebp refuses another major number, the high byte.
_DECODER_VERSION, _DEMUX_VERSION = 0x0200, 0x0100
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


class _Data(ctypes.Structure):
    _fields_ = (("bytes", ctypes.c_void_p), ("size", ctypes.c_size_t))


class _Frame(ctypes.Structure):
    _fields_ = (
        *_integers("number count left top width height duration disposal complete"),
        ("fragment", _Data),
        *_integers("has_alpha blending"),
        ("pad", ctypes.c_uint32 * 2),
        ("private", ctypes.c_void_p),
    )


#: The functions that are called, and the types of their result and their arguments.
_FUNCTIONS: dict[str, tuple[type | None, tuple[type, ...]]] = {
    "WebPInitDecoderConfigInternal": (ctypes.c_int, (ctypes.POINTER(_Config), ctypes.c_int)),
    "WebPGetFeaturesInternal": (
        ctypes.c_int,
        (ctypes.c_void_p, ctypes.c_size_t, ctypes.POINTER(_Features), ctypes.c_int),
    ),
    "WebPDecode": (ctypes.c_int, (ctypes.c_void_p, ctypes.c_size_t, ctypes.POINTER(_Config))),
    "WebPDemuxInternal": (ctypes.c_void_p, (ctypes.POINTER(_Data), ctypes.c_int, ctypes.c_void_p, ctypes.c_int)),
    "WebPDemuxGetFrame": (ctypes.c_int, (ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(_Frame))),
    "WebPDemuxReleaseIterator": (None, (ctypes.POINTER(_Frame),)),
    "WebPDemuxDelete": (None, (ctypes.c_void_p,)),
}


def open_library(path: str) -> ctypes.CDLL | None:
    """Return a library, or one that it is linked with, if it decodes WebP and has the ABI of this module."""
    try:
        library = ctypes.CDLL(path)
        for name, (result, arguments) in _FUNCTIONS.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
    except (OSError, AttributeError):
        return None
    return library if library.WebPInitDecoderConfigInternal(_Config(), _DECODER_VERSION) else None


@cache
def library_of_pillow() -> ctypes.CDLL | None:
    """Return the libwebp that Pillow has loaded, or None if Pillow has none or hides its symbols."""
    try:
        from PIL import _webp
    except ImportError:
        return None
    return open_library(_webp.__file__)


def decode(library: ctypes.CDLL | None, data: bytes, stored: Size, mode: str, scale: Fraction) -> Image.Image | None:
    """Decode a still WebP of this size and mode (RGB or RGBA) to at least `scale`. The result is never enlarged.

    Returns None without a library, or if it refuses the file. Pillow's decoder then tells why.
    """
    if library is None:
        return None
    with _only_frame(library, data) as frame:
        is_still = frame is not None and (frame.width, frame.height) == (stored.width, stored.height)
        return _decode(library, frame.fragment, stored, mode, scale) if frame and is_still else None


def decodes(library: ctypes.CDLL | None, data: bytes) -> bool | None:
    """Return whether a still WebP can be decoded, or None without a library.

    libwebp reads all coded data for the last rows too, but does not filter or convert the rows above.
    """
    if library is None:
        return None
    with _only_frame(library, data) as frame:
        return frame is not None and _decodes_last_rows(library, frame)


def scaled_size(stored: Size, scale: Fraction) -> Size:
    """Return the size in pixels of a decode from which LANCZOS makes an output of this scale."""
    width, height = (min(side, max(ceil(side * scale * _SPARE), _LEAST_SIDE)) for side in (stored.width, stored.height))
    return Size(width, height)


@contextmanager
def _only_frame(library: ctypes.CDLL, data: bytes) -> Iterator[_Frame | None]:
    """Find the bytes that Pillow's decoder decodes. Yields None for an animation or a damaged file."""
    source = _Data(ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p), len(data))
    demuxer, frame = library.WebPDemuxInternal(source, False, None, _DEMUX_VERSION), _Frame()
    if not demuxer:
        yield None
        return
    try:
        found = library.WebPDemuxGetFrame(demuxer, 1, frame)
        yield frame if found and frame.count == 1 else None
    finally:
        library.WebPDemuxReleaseIterator(frame)
        library.WebPDemuxDelete(demuxer)


def _decode(library: ctypes.CDLL, coded: _Data, stored: Size, mode: str, scale: Fraction) -> Image.Image | None:
    features = _Features()
    if library.WebPGetFeaturesInternal(coded.bytes, coded.size, features, _DECODER_VERSION) != _OK:
        return None
    if features.has_alpha and mode == "RGB":
        return None
    # libwebp scales a lossy picture and its alpha apart: colours of transparent pixels would colour their neighbours.
    size = stored if features.format == _LOSSY and features.has_alpha else scaled_size(stored, scale)
    pixels = bytearray(size.pixels * len(mode))
    address = ctypes.addressof((ctypes.c_char * len(pixels)).from_buffer(pixels))
    config = _configure(library)
    config.options.use_scaling = size != stored  # to the same size, it would upsample the colours in another way
    config.options.scaled_width, config.options.scaled_height = size.width, size.height
    config.output.mode = _MODE_RGBA if mode == "RGBA" else _MODE_RGB
    config.output.buffer.rgba = _Rgba(address, size.width * len(mode), len(pixels))
    if library.WebPDecode(coded.bytes, coded.size, config) != _OK:
        return None
    # An image of RGBA shares the buffer. For RGB, Pillow makes a copy with four bytes for each pixel.
    return Image.frombuffer(mode, (size.width, size.height), pixels, "raw", mode, 0, 1)


def _decodes_last_rows(library: ctypes.CDLL, frame: _Frame) -> bool:
    top = (frame.height - 1) & ~1  # libwebp crops at even rows only, because colours have half the rows
    stride, config = frame.width * len("RGBA"), _configure(library)
    pixels = ctypes.create_string_buffer(stride * (frame.height - top))
    options = config.options
    options.bypass_filtering = options.use_cropping = True
    options.crop_top, options.crop_width, options.crop_height = top, frame.width, frame.height - top
    config.output.mode = _MODE_RGBA
    config.output.buffer.rgba = _Rgba(ctypes.addressof(pixels), stride, len(pixels))
    return bool(library.WebPDecode(frame.fragment.bytes, frame.fragment.size, config) == _OK)


def _configure(library: ctypes.CDLL) -> _Config:
    """Return the defaults, with a buffer of the caller for the pixels."""
    config = _Config()
    library.WebPInitDecoderConfigInternal(config, _DECODER_VERSION)
    config.output.is_external_memory = True
    return config
