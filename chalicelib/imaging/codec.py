"""Decodes bytes to an sRGB image. Only this module opens images; encoding.py saves them.

Decoding has five steps: detect the format, open the header, check the limits, decode, convert the colours.
Pixels are never decoded before the limits are checked. The orientation is the only metadata that is kept.
Each step may change or close the image that it is given: memory has no space for two images of 50 megapixels.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, cast

from PIL import Image

from chalicelib.errors import CorruptImage, ImageTooLarge, UnsupportedFormat
from chalicelib.imaging import png_samples
from chalicelib.imaging.colour import Samples, Space, Transforms, find_space, flatten_modes, to_srgb
from chalicelib.imaging.colour.gamut import SRGB, name_gamut
from chalicelib.imaging.cut_short import cut_short, is_cut_short
from chalicelib.imaging.edges import EdgeMap, find_edges
from chalicelib.imaging.formats import ImageFormat, sniff
from chalicelib.imaging.geometry import Crop, Placement, Size
from chalicelib.imaging.limits import check_before_open, check_input, check_scans, reduction
from chalicelib.imaging.orientation import ignore_xmp, read_orientation
from chalicelib.imaging.placeholder import shrink
from chalicelib.imaging.png_reader import open_without_unread
from chalicelib.imaging.resampling import Extent
from chalicelib.imaging.tiff_header import has_disputed_tiles
from chalicelib.imaging.unread import refuse_unread_kinds
from chalicelib.imaging.views import View, ViewFor, reduce, whole_view

# limits.py checks every image before it is decoded. Pillow's own check only warns below twice its limit.
Image.MAX_IMAGE_PIXELS = None

#: The formats whose Pillow image keeps its decoder in memory, with two more copies of the pixels.
_KEEPS_DECODER = frozenset({ImageFormat.WEBP, ImageFormat.AVIF})
#: The formats whose decoders scale.
_SCALED = frozenset({ImageFormat.JPEG, ImageFormat.WEBP})

#: Most JPEGs end with this marker, so that no search for it is needed.
_JPEG_END = b"\xff\xd9"


@dataclass(frozen=True)
class Decoded:
    """A decoded image in mode L, LA, RGB or RGBA (sRGB).

    The image may be smaller than its source; `size` is the size of the whole upright source in pixels.
    The pixels are not rotated yet. resize() applies `orientation` (EXIF, 1 to 8) to its small output.
    """

    image: Image.Image
    format: ImageFormat
    size: Size
    orientation: int = 1
    #: The part of the upright source that the image shows; None is the whole of it.
    crop: Crop | None = None
    #: The size of the picture in the image, if the decoder has padded it on the right and below.
    extent: Extent | None = None
    #: The gamut of the source: `srgb`, or the name of a wider one.
    gamut: str = SRGB
    #: The edges of the upright source, if the view needs them.
    edges: EdgeMap | None = None
    #: A small copy of the whole source, also if the image shows a part of it.
    miniature: Image.Image | None = None

    def seen(self, placement: Placement) -> Placement:
        """Return the placement of an output for what the image shows of the source."""
        return placement.seen_in(self.crop) if self.crop else placement


def probe(data: bytes, max_pixels: int, view_for: ViewFor = whole_view) -> ImageFormat:
    """Return the format, after a check of the size in the header. Decodes no pixels. `view_for` is that of decode().

    Raises UnsupportedFormat, ImageTooLarge or CorruptImage.
    """
    image_format = sniff(data)
    with _errors_as_corrupt_image(data, image_format), refuse_unread_kinds(data, image_format):
        _open_checked(data, image_format, max_pixels, view_for)
    return image_format


def check_pixels(data: bytes, max_pixels: int, view_for: ViewFor) -> bool:
    """Raise ImageTooLarge for a photo that probe() refuses for its pixels. Return whether the pixels were counted.

    They are not counted if probe() refuses the photo for another reason. The caller then decides about the photo.
    """
    try:
        probe(data, max_pixels, view_for)
    except (UnsupportedFormat, CorruptImage):
        return False
    return True


def decode(data: bytes, max_pixels: int, view_for: ViewFor, *, probed: bool = False) -> Decoded:
    """Decode to an sRGB image. `view_for(upright size)` returns what the caller needs of the photo.

    `probed` says that probe() has counted the scans of these bytes: each count reads the whole file.
    Raises UnsupportedFormat, ImageTooLarge or CorruptImage, and nothing else for any bytes.
    """
    image_format = sniff(data)
    with _errors_as_corrupt_image(data, image_format), refuse_unread_kinds(data, image_format):
        opened = _open_checked(data, image_format, max_pixels, view_for, probed=probed)
        scale = _scale_of(opened, data, image_format, view_for)
        source, samples = _prepare(_load(opened, data, image_format, scale), data, image_format)
        # Pillow turns a TIFF while it decodes it, and a WebP may be decoded at a smaller scale.
        stored = Size(*(opened if image_format is ImageFormat.WEBP else source).size)
        del opened  # frees the decoder if _load() made a copy
        space = find_space(source, data, image_format)
        orientation, gamut = read_orientation(source, data, image_format), name_gamut(space, source.mode)
        upright = stored.transposed if orientation >= 5 else stored
        header = Decoded(source, image_format, upright, orientation, gamut=gamut)
        return _reduced_srgb(source, header, view_for(upright), (space, samples))


def _reduced_srgb(source: Image.Image, header: Decoded, view: View, colours: tuple[Space | None, Samples]) -> Decoded:
    """Decode, reduce and convert. `header` is what is known of the photo; `source` has its pixels, or can load them."""
    stored = header.size.transposed if header.orientation >= 5 else header.size
    extent = _load_reduced(source, stored, view.scale)
    flat, space = flatten_modes(source, *colours)
    edges = find_edges(flat, extent, header.orientation) if view.aimed else None
    transforms: Transforms = {}
    miniature = to_srgb(shrink(flat, extent), space, transforms)
    view = view.aimed(edges) if view.aimed and edges else view
    apart = view.apart and space is None  # a conversion of the colours costs more than a second resample
    wanted = replace(view, apart=apart).as_stored(header.size, header.orientation)
    reduced = reduce(flat, wanted, stored, extent)
    flat = flat if reduced is None else reduced
    if flat is not source:
        source.close()  # frees the pixels now: the caller still refers to this image
    image = to_srgb(flat, space, transforms)
    if image is not flat:
        flat.close()
    image.info = {}
    crop, extent_left = (None, extent) if reduced is None else (view.crop, None)
    return replace(header, image=image, crop=crop, extent=extent_left, edges=edges, miniature=miniature)


def _load_reduced(source: Image.Image, stored: Size, scale: Fraction) -> Extent:
    """Decode a JPEG with the decoder's own scaling, as far as the scale allows. Other formats are decoded already."""
    divisor = reduction(stored, scale)
    drafted = source.draft(None, (stored.width // divisor, stored.height // divisor))
    source.load()
    return drafted[1][2:] if drafted else source.size


def _open_checked(
    data: bytes, image_format: ImageFormat, max_pixels: int, view_for: ViewFor, *, probed: bool = False
) -> Any:
    check_before_open(data, image_format, max_pixels)
    opened = _open(data, image_format)
    if image_format is ImageFormat.JPEG and not probed:
        check_scans(opened, data, max_pixels)
    check_input(opened, data, image_format, max_pixels, _scale_of(opened, data, image_format, view_for))
    if image_format is ImageFormat.TIFF and has_disputed_tiles(opened.tag_v2):
        raise UnsupportedFormat("Decoders differ in whether this TIFF has strips or tiles.")
    _check_whole(data, image_format)
    return opened


def _scale_of(opened: Any, data: bytes, image_format: ImageFormat, view_for: ViewFor) -> Fraction:
    """Return the scale that a JPEG or a WebP needs. Other formats are decoded whole."""
    if image_format not in _SCALED or not all(opened.size):
        return Fraction(1)
    stored = Size(*opened.size)
    return view_for(stored.transposed if read_orientation(opened, data, image_format) >= 5 else stored).scale


def _open(data: bytes, image_format: ImageFormat) -> Any:
    """Read the header. Returns a Pillow image, or a file of pi_heif, which also has size, mode and info."""
    if image_format is not ImageFormat.HEIC:
        return _open_with_pillow(data, image_format)
    import pi_heif  # imported here: it would cost every cold start 30 ms, and few photos are HEIC

    return pi_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=True)


def _open_with_pillow(data: bytes, image_format: ImageFormat) -> Image.Image:
    if image_format is ImageFormat.TIFF:
        from chalicelib.imaging import tiff_samples  # imported here: few photos are TIFF, and Pillow's module is large

        return tiff_samples.open_checked(data)
    source = open_without_unread(data) if image_format is ImageFormat.PNG else io.BytesIO(data)
    opened = Image.open(source, formats=[image_format.pillow_name])
    for name in ("app", "applist"):  # copies of a JPEG's segments, which can be as large as the file
        getattr(opened, name, []).clear()
    return opened


def _load(opened: Any, data: bytes, image_format: ImageFormat, scale: Fraction) -> Image.Image:
    """Decode every format except JPEG, which _load_reduced() decodes at a smaller scale.

    pi_heif's Pillow plugin is not used, because its load() decodes a file of several pictures again each time.
    """
    if image_format is ImageFormat.HEIC:
        return cast("Image.Image", opened.to_pillow())
    image = cast("Image.Image", opened)
    ignore_xmp(image)
    if image_format is ImageFormat.WEBP:
        return _load_webp(image, data, scale)
    if image_format in _KEEPS_DECODER:
        return image.copy()
    if image_format is not ImageFormat.JPEG:
        image.load()
    return image


def _load_webp(opened: Image.Image, data: bytes, scale: Fraction) -> Image.Image:
    """Decode a still WebP by libwebp itself. Pillow decodes animations, damaged files, and all where that fails."""
    from chalicelib.imaging import libwebp  # imported here: ctypes costs other formats 3 ms

    image = libwebp.decode(libwebp.library_of_pillow(), data, Size(*opened.size), opened.mode, scale)
    if image is None:
        return opened.copy()
    image.info = opened.info
    return image


def _prepare(image: Image.Image, data: bytes, image_format: ImageFormat) -> tuple[Image.Image, Samples]:
    if image_format is ImageFormat.PNG:
        return png_samples.prepare(image, data)
    if image_format is ImageFormat.TIFF:
        from chalicelib.imaging import tiff_samples  # imported here, as in _open_with_pillow()

        return tiff_samples.prepare(image, data)
    return image, Samples()


@contextmanager
def _errors_as_corrupt_image(data: bytes, image_format: ImageFormat) -> Iterator[None]:
    try:
        yield
    except (ImageTooLarge, UnsupportedFormat):
        raise
    except Exception as error:  # on hostile files, decoders raise any exception, also MemoryError
        if is_cut_short(data, image_format) or "truncated" in str(error):
            raise cut_short(image_format) from error
        if isinstance(error, CorruptImage):
            raise
        raise CorruptImage(f"The {image_format.name} data is damaged and cannot be decoded.") from error


def _check_whole(data: bytes, image_format: ImageFormat) -> None:
    """Raise CorruptImage for a file that is cut short after the part that its decoder reads."""
    is_whole_jpeg = image_format is ImageFormat.JPEG and data.endswith(_JPEG_END)
    if not is_whole_jpeg and is_cut_short(data, image_format):
        raise cut_short(image_format)
