"""Orientation: every entry point turns a photo as browsers do, wherever the file says how to turn it."""

import struct
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from chalicelib.imaging import metadata
from chalicelib.imaging.codec import decode
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.metadata.exif.block import minimal_exif
from chalicelib.imaging.orientation import read_orientation
from chalicelib.imaging.views import whole_view
from scripts.measuring.heif_files import HeifItem, avif_file, box
from scripts.measuring.samples import EXTENDED_PREFIX, XMP_PREFIX, chunk, draw, encode, jpeg, png, segment, webp
from tests.pictures import corners, exif, photo, picture

_DOUBLE, _SINGLE = '"', "'"
_PNG_XMP = b"XML:com.adobe.xmp"
_RDF = b"\0application/rdf+xml\0"
_EXIF_FLAG, _XMP_FLAG = 8, 4


def _xmp(quote: str = _DOUBLE) -> bytes:
    """Write a packet that says: turn by 90 degrees."""
    head = "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:Description xmlns:tiff='http://ns.adobe.com/tiff/1.0/' "
    return f"{head}tiff:Orientation={quote}6{quote}><tiff:Orientation>6</tiff:Orientation></x:xmpmeta>".encode()


def _raw_profile() -> bytes:
    return b"Raw profile type exif\0\nexif\n 26\n" + minimal_exif(6).hex().encode() + b"\n"


def _app1(prefix: bytes, payload: bytes) -> bytes:
    return segment(0xE1, prefix + payload)


#: Files that browsers show as stored: 40 x 24 pixels, or 64 x 48 for AVIF.
_METADATA_ONLY: dict[str, Callable[[], bytes]] = {
    "JPEG, XMP": lambda: jpeg(_app1(XMP_PREFIX, _xmp())),
    "JPEG, XMP with single quotes": lambda: jpeg(_app1(XMP_PREFIX, _xmp(_SINGLE))),
    "JPEG, extended XMP": lambda: jpeg(_app1(EXTENDED_PREFIX, bytes(40) + _xmp())),
    "JPEG, XMP and EXIF without the tag": lambda: jpeg(_app1(XMP_PREFIX, _xmp()), exif=_exif_without_the_tag()),
    "JPEG, XMP against an upright EXIF": lambda: jpeg(_app1(XMP_PREFIX, _xmp()), _app1(b"Exif\0\0", minimal_exif(1))),
    "PNG, XMP": lambda: png(chunk(b"iTXt", _PNG_XMP + bytes(5) + _xmp())),
    "PNG, XMP with single quotes": lambda: png(chunk(b"iTXt", _PNG_XMP + bytes(5) + _xmp(_SINGLE))),
    "PNG, compressed XMP": lambda: png(chunk(b"iTXt", _PNG_XMP + b"\0\1\0\0\0" + zlib.compress(_xmp()))),
    "PNG, XMP as tEXt": lambda: png(chunk(b"tEXt", _PNG_XMP + b"\0" + _xmp())),
    "PNG, XMP behind the pixels": lambda: png(late=chunk(b"iTXt", _PNG_XMP + bytes(5) + _xmp())),
    "PNG, EXIF as text": lambda: png(chunk(b"tEXt", _raw_profile())),
    "PNG, EXIF as compressed text": lambda: png(chunk(b"zTXt", b"Raw profile type exif\0\0" + _deflated_profile())),
    "PNG, text named exif": lambda: png(chunk(b"tEXt", b"exif\0Exif\0\0" + minimal_exif(6))),
    "WebP, XMP": lambda: webp((b"XMP ", _xmp()), flags=_XMP_FLAG),
    "WebP, XMP with single quotes": lambda: webp((b"XMP ", _xmp(_SINGLE)), flags=_XMP_FLAG),
    "WebP, EXIF whose flag is off": lambda: webp((b"EXIF", minimal_exif(6))),
    "TIFF, XMP": lambda: encode(draw(), "TIFF", tiffinfo={700: _xmp()}),
    "TIFF, XMP with single quotes": lambda: encode(draw(), "TIFF", tiffinfo={700: _xmp(_SINGLE)}),
    "TIFF, XMP and compression": lambda: encode(draw(), "TIFF", tiffinfo={700: _xmp()}, compression="tiff_lzw"),
    "AVIF, XMP": lambda: encode(draw((64, 48)), "AVIF", xmp=_xmp()),
    "AVIF, XMP with single quotes": lambda: encode(draw((64, 48)), "AVIF", xmp=_xmp(_SINGLE)),
    "AVIF, EXIF": lambda: avif_file(_exif_item(), references=((b"cdsc", 2, 1),)).build(),
    "AVIF, EXIF and XMP": lambda: avif_file(
        _exif_item(), HeifItem(b"mime", _xmp(), _RDF), references=((b"cdsc", 2, 1), (b"cdsc", 3, 1))
    ).build(),
    "GIF, XMP": lambda: encode(draw(), "GIF", xmp=_xmp()),
}


def _deflated_profile() -> bytes:
    return zlib.compress(_raw_profile().partition(b"\0")[2])


def _exif_without_the_tag() -> Image.Exif:
    block = Image.Exif()
    block[271] = "a maker"
    return block


def _exif_item() -> HeifItem:
    return HeifItem(b"Exif", bytes(4) + minimal_exif(6))


def _shown(data: bytes) -> tuple[tuple[int, int], int]:
    """Return the size that POST /images reports, and the orientation that it still applies."""
    decoded = decode(data, 1_000_000, whole_view)
    return (decoded.size.width, decoded.size.height), decoded.orientation


@pytest.mark.parametrize("name", _METADATA_ONLY)
def test_an_orientation_that_browsers_ignore_turns_no_picture_and_a_scrub_removes_it(name: str) -> None:
    data = _METADATA_ONLY[name]()
    size = (64, 48) if name.startswith("AVIF") else (40, 24)
    clean = metadata.strip(data)
    assert _shown(data) == (size, 1)
    assert _shown(clean.data) == (size, 1)
    assert metadata.Kind.ORIENTATION not in {finding.kind for finding in clean.kept}
    assert not [sign for sign in (b"Orientation", minimal_exif(6)) if sign in clean.data]


@pytest.mark.parametrize("quote", [_DOUBLE, _SINGLE])
@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_the_orientation_of_the_format_counts_whatever_xmp_says(name: str, orientation: int, quote: str) -> None:
    """For AVIF, Pillow writes the orientation as irot and imir."""
    options: dict[str, Any] = {"xmp": _xmp(quote)} if name in ("JPEG", "WEBP", "AVIF") else {}
    if name == "TIFF":
        options = {"tiffinfo": {700: _xmp(quote), 274: orientation}}
    data = photo(64, 48, name, orientation=orientation, quality=95, **options)
    if name == "PNG":
        data = data[:33] + chunk(b"iTXt", _PNG_XMP + bytes(5) + _xmp(quote)) + data[33:]
    for each in (data, metadata.strip(data).data):
        assert _shown(each)[0] == (64, 48)


@pytest.mark.parametrize(("irot", "size"), [(0, (64, 48)), (1, (48, 64)), (2, (64, 48)), (3, (48, 64))])
def test_irot_turns_an_avif_and_exif_and_xmp_do_not(irot: int, size: tuple[int, int]) -> None:
    plain = avif_file(_exif_item(), HeifItem(b"mime", _xmp(), _RDF), references=((b"cdsc", 2, 1), (b"cdsc", 3, 1)))
    picture_item, *others = plain.items
    turned = HeifItem(picture_item.kind, picture_item.data, picture_item.text, (1, 2, 3, 4, 5))
    properties = (*plain.properties, box(b"irot", bytes([irot])))
    data = avif_file(items=(turned, *others), properties=properties, references=plain.references).build()
    # libavif wants irot to be essential (MIAF, 7.3.9)
    data = data.replace(b"\x05\x01\x02\x83\x04\x05", b"\x05\x01\x02\x83\x04\x85")
    for each in (data, metadata.strip(data).data):
        assert _shown(each)[0] == size


def test_the_first_of_two_exif_chunks_of_a_png_counts() -> None:
    """libpng, which browsers use, ignores the second one. Pillow takes the last one."""
    data = png(chunk(b"eXIf", minimal_exif(6)), chunk(b"eXIf", minimal_exif(3)))
    assert _shown(data) == ((24, 40), 6)
    assert _shown(metadata.strip(data).data) == ((24, 40), 6)


@pytest.mark.parametrize("text_first", [True, False])
def test_a_text_named_exif_does_not_hide_the_exif_of_a_png(*, text_first: bool) -> None:
    parts = [chunk(b"tEXt", b"exif\0Exif\0\0" + minimal_exif(3)), chunk(b"eXIf", minimal_exif(6))]
    data = png(*(parts if text_first else parts[::-1]))
    assert _shown(data) == ((24, 40), 6)
    assert _shown(metadata.strip(data).data) == ((24, 40), 6)


def test_the_exif_behind_the_pixels_of_a_png_counts() -> None:
    data = png(late=chunk(b"eXIf", minimal_exif(6)))
    assert _shown(data) == _shown(metadata.strip(data).data) == ((24, 40), 6)


def test_what_libheif_has_turned_is_not_turned_again() -> None:
    """No test can encode a HEIC. libheif applies irot and imir, and pi_heif leaves the EXIF with the pixels."""
    image = picture()
    image.info["exif"] = exif(6).tobytes()
    assert read_orientation(image, b"", ImageFormat.JPEG) == 6
    assert read_orientation(image, b"", ImageFormat.HEIC) == 1


def test_a_damaged_png_has_no_exif_chunk() -> None:
    endless = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 0xFFFFFFFF) + b"IDATx"
    assert read_orientation(picture(), endless, ImageFormat.PNG) == 1
    assert corners(picture())
