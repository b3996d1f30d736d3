"""Corrects what Pillow reads of the samples of a TIFF, and refuses the kinds that it would read wrongly.

Sources: TIFF 6.0, sections 3 to 8 (grey, palette, RGB), 16 (CMYK), 18 (alpha), 19 (sample formats), 21 (YCbCr).
"""

import io
from typing import Any, cast

from PIL import Image, ImageFile, TiffImagePlugin, UnidentifiedImageError

from chalicelib.errors import UnsupportedFormat
from chalicelib.imaging.colour import Samples
from chalicelib.imaging.orientation import ignore_xmp
from chalicelib.imaging.tiff_header import BIG_ENDIAN_BIGTIFF

_BITS, _COMPRESSION, _PHOTOMETRIC, _EXTRA, _FORMAT, _COLOUR_MAP = 258, 259, 262, 338, 339, 320
_PLANAR, _SUBSAMPLING, _FILL_ORDER, _INK_SET = 284, 530, 266, 332
_WHITE_IS_ZERO, _YCBCR, _SIGNED, _ASSOCIATED_ALPHA, _SEPARATE_PLANES = 0, 6, 2, 1, 2
_OTHER_INKS = 2
_UNCOMPRESSED, _WEBP = 1, 50001
#: The photometric interpretations whose uncompressed planes of 8 bits Pillow reads: grey, RGB, palette and CMYK.
_PLAIN = frozenset({1, 2, 3, 5})
_MISREAD_PLANES = frozenset({"LA", "La", "PA", "LAB"})
_GREY_MODES = frozenset({"I;16", "I;16B", "F", "I"})
#: The byte order of a raw mode that reads the high byte of 16 bits, and the one that reads the low byte instead.
#: libtiff returns the bytes in the order of the machine (N). Each processor of Lambda is little-endian.
_OTHER_ORDER = {"L": "B", "B": "L", "N": "B"}


def open_checked(data: bytes) -> Image.Image:
    """Read the header of a TIFF. Raises UnsupportedFormat for the kinds of samples that Pillow would read wrongly.

    Raises UnidentifiedImageError for a BigTIFF in big-endian order, in which Pillow would look for a classic directory.
    """
    if data.startswith(BIG_ENDIAN_BIGTIFF):
        raise UnidentifiedImageError("Pillow does not read a BigTIFF in big-endian order.")
    image = Image.open(io.BytesIO(data), formats=["TIFF"])
    _check_kind(image)
    return image


def _check_kind(image: Image.Image) -> None:
    """Refuse the kinds of samples that Pillow opens and reads wrongly. Raises UnsupportedFormat."""
    tags = _tags(image)
    raw = tags.get(_COMPRESSION, _UNCOMPRESSED) == _UNCOMPRESSED
    kinds = {
        "signed samples": _SIGNED in tags.get(_FORMAT, (1,)),
        "inks other than CMYK": image.mode == "CMYK" and tags.get(_INK_SET) == _OTHER_INKS,
        "WebP compression": tags.get(_COMPRESSION) == _WEBP,
        "subsampled YCbCr without compression": raw
        and tags.get(_PHOTOMETRIC) == _YCBCR
        and tuple(tags.get(_SUBSAMPLING, (2, 2))) != (1, 1),
        "compressed floats in big-endian order": image.mode == "F" and tags.prefix == b"MM" and not raw,
        "separate planes of these samples": _has_misread_planes(image, raw),
    }
    for kind, found in kinds.items():
        if found:
            raise UnsupportedFormat(f"Darkroom does not read a TIFF with {kind}. Send another TIFF, a PNG or a JPEG.")


def _has_misread_planes(image: Image.Image, raw: bool) -> bool:
    """Return whether each sample has a plane of its own (TIFF 6.0, PlanarConfiguration) that Pillow reads wrongly."""
    tags = _tags(image)
    if tags.get(_PLANAR) != _SEPARATE_PLANES:
        return False
    plain = (
        set(tags.get(_BITS, (1,))) == {8}
        and tags.get(_PHOTOMETRIC) in _PLAIN
        and tags.get(_FILL_ORDER, 1) == 1
        and _ASSOCIATED_ALPHA not in tags.get(_EXTRA, ())
    )
    return image.mode in _MISREAD_PLANES or (raw and not plain)


def prepare(image: Image.Image, data: bytes) -> tuple[Image.Image, Samples]:
    """Return a decoded TIFF with its colours, and what Pillow does not say about its samples.

    May change `image` in place and return it.
    """
    tags = _tags(image)
    if image.mode in ("P", "PA"):
        _correct_palette(image, tags[_COLOUR_MAP])
    if image.mode in _GREY_MODES:
        white = (1 << tags[_BITS][0]) - 1 if tags[_BITS][0] < 16 else 65535
        return image, Samples(white_is_zero=tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO, white=white)
    if image.mode not in ("RGB", "RGBA") or tags[_BITS][0] != 16:
        return image, Samples()
    # Pillow divides by alpha in 8 bits, and reads separate planes in one byte order only.
    if _ASSOCIATED_ALPHA in tags.get(_EXTRA, ()) or tags.get(_PLANAR) == _SEPARATE_PLANES:
        return image, Samples(lacks_low_bytes=True)
    return image, Samples(read_low_bytes=lambda: _read_low_bytes(data))


def _tags(image: Image.Image) -> TiffImagePlugin.ImageFileDirectory_v2:
    return cast("TiffImagePlugin.TiffImageFile", image).tag_v2


def _correct_palette(image: Image.Image, colours: tuple[int, ...]) -> None:
    """Read a palette of 8 bits, which some programs write against the specification, as libtiff does."""
    if max(colours) > 255:
        return
    count = len(colours) // 3
    image.putpalette(bytes(channel for entry in range(count) for channel in colours[entry::count]))


def _read_low_bytes(data: bytes) -> Image.Image:
    """Decode again, in the other byte order."""
    with Image.open(io.BytesIO(data), formats=["TIFF"]) as again:
        ignore_xmp(again)
        again.tile = [_other_order(tile) for tile in again.tile]
        again.load()
        return again


def _other_order(tile: ImageFile._Tile) -> ImageFile._Tile:
    raw_mode, *more = cast("tuple[Any, ...]", tile.args)
    return tile._replace(args=(raw_mode[:-1] + _OTHER_ORDER[raw_mode[-1]], *more))
