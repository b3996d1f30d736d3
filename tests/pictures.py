"""Make pictures whose pixels the tests check after decoding, resizing and encoding.

scripts/measuring/samples.py makes files whose metadata the tests check.
"""

import io
import struct
import zlib
from fractions import Fraction
from math import ceil
from typing import Any

from PIL import ExifTags, Image, PngImagePlugin

from chalicelib.imaging.geometry import Size
from chalicelib.imaging.views import View, ViewFor
from scripts.measuring import samples

#: How all tests encode a picture and write a PNG chunk.
encoded, chunk = samples.encode, samples.chunk
#: Words in the metadata of private_photo(), where a camera writes private data. No output may contain one of them.
SECRETS = {
    "exif": "SecretCamera",
    "xmp": "SecretXmpCity",
    "comment": "SecretComment",
    "icc": "SecretProfile",
    "name": "SecretHoliday",
}
#: The corners of picture(): north-west, north-east, south-west, south-east.
CORNERS = ((220, 40, 40), (40, 200, 40), (40, 40, 220), (230, 220, 40))


def picture(width: int = 64, height: int = 48, mode: str = "RGB") -> Image.Image:
    """Draw four corners of different colours, so that a rotation, a mirroring or a lost channel is visible."""
    image = Image.new("RGB", (width, height))
    halves = (width // 2, height // 2)
    for index, colour in enumerate(CORNERS):
        left, top = (index % 2) * halves[0], (index // 2) * halves[1]
        right, bottom = (halves[0], width)[index % 2], (halves[1], height)[index // 2]
        image.paste(colour, (left, top, right, bottom))
    return _in_mode(image, mode)


def as_stored(image: Image.Image, orientation: int) -> Image.Image:
    """Return an upright image as a camera stores it with this orientation."""
    stored_by = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    return image.transpose(stored_by[orientation]) if orientation in stored_by else image


def photo(
    width: int = 64,
    height: int = 48,
    pillow_name: str = "JPEG",
    mode: str = "RGB",
    orientation: int = 1,
    **options: Any,
) -> bytes:
    """Make a photo of `width` x `height` pixels when upright, stored as a camera stores it with this orientation."""
    stored = as_stored(picture(width, height, mode), orientation)
    if orientation != 1:
        options["exif"] = exif(orientation)
    return encoded(stored, pillow_name, **options)


def private_photo(pillow_name: str, icc_profile: bytes | None = None) -> bytes:
    """Make a photo with each of the SECRETS that its format can contain."""
    xmp = f"<x:xmpmeta>{SECRETS['xmp']} {SECRETS['name']}.jpg</x:xmpmeta>".encode()
    options: dict[str, Any] = {"exif": exif(6), "icc_profile": icc_profile}
    if pillow_name in ("JPEG", "WEBP", "AVIF"):
        options["xmp"] = xmp
    if pillow_name in ("JPEG", "GIF"):
        options["comment"] = f"{SECRETS['comment']} {SECRETS['name']}"
    if pillow_name == "PNG":
        options["pnginfo"] = _png_text(xmp.decode())
    if pillow_name == "TIFF":
        options["tiffinfo"] = {700: xmp, 269: SECRETS["name"], 270: SECRETS["comment"], 274: 6}
        del options["exif"]
    return encoded(picture(), pillow_name, **options)


def exif(orientation: int = 1) -> Image.Exif:
    """Make EXIF with a camera and a GPS position."""
    block = Image.Exif()
    block[ExifTags.Base.Orientation] = orientation
    block[ExifTags.Base.Make] = SECRETS["exif"]
    block.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (48.0, 51.0, 29.6)
    block.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] = "N"
    return block


def bomb_png(width: int, height: int) -> bytes:
    """Make a PNG of a few bytes whose header claims `width` x `height` pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def bomb_gif(width: int, height: int, screen: tuple[int, int] | None = None, more: bytes = b"") -> bytes:
    """Make a GIF of a few bytes. Its image can be larger than its screen, and `more` are blocks before the image."""
    head = struct.pack("<HHBBB", *(screen or (width, height)), 0x80, 0, 0)
    frame = b"," + struct.pack("<HHHHB", 0, 0, width, height, 0)
    return b"GIF89a" + head + b"\0\0\0\xff\xff\xff" + more + frame + b"\x02\x02\x44\x01\x00;"


def bomb_bmp(width: int, height: int) -> bytes:
    """Make a BMP that has only a header."""
    return b"BM" + struct.pack("<IIIIiiHHIIiiII", 54, 0, 54, 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)


def repeated_scan(jpeg: bytes, times: int) -> bytes:
    """Repeat the last scan of a JPEG, as an attack on CPU time does."""
    start, end = jpeg.rindex(b"\xff\xda"), jpeg.rindex(b"\xff\xd9")
    return jpeg[:end] + jpeg[start:end] * times + jpeg[end:]


def one_component_first(jpeg: bytes) -> bytes:
    """Leave only the first component in the scan of a baseline JPEG: a decoder then waits for the others."""
    start = jpeg.rindex(b"\xff\xda")
    end = start + 2 + int.from_bytes(jpeg[start + 2 : start + 4], "big")
    return jpeg[:start] + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + jpeg[end:]


def opened(data: bytes) -> Image.Image:
    """Decode a picture."""
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def corners(image: Image.Image) -> list[tuple[int, ...]]:
    """Return the colour in the middle of each quarter, in the order of CORNERS."""
    rgb = image.convert("RGB")
    across, down = (image.width // 4, image.width * 3 // 4), (image.height // 4, image.height * 3 // 4)
    return [pixel(rgb, x, y) for y in down for x in across]


def pixel(image: Image.Image, x: int = 0, y: int = 0) -> tuple[int, ...]:
    """Return one pixel as a tuple, in every mode."""
    value = image.getpixel((x, y))
    if isinstance(value, tuple):
        return tuple(int(channel) for channel in value)
    return (int(value or 0),)


def near(one: tuple[int, ...], other: tuple[int, ...], tolerance: int = 6) -> bool:
    """Return True if two colours differ by at most `tolerance` in each channel."""
    return len(one) == len(other) and all(abs(a - b) <= tolerance for a, b in zip(one, other, strict=True))


def _in_mode(image: Image.Image, mode: str) -> Image.Image:
    if mode in ("I;16", "F", "I"):
        wide = image.convert("L").convert("I").point(lambda level: level * 257)
        return wide.convert(mode) if mode != "F" else image.convert("L").convert("F").point(lambda level: level / 255)
    if mode in ("LA", "RGBA"):
        clear = image.convert(mode)
        clear.putalpha(Image.linear_gradient("L").resize(image.size))
        return clear
    if mode == "LAB":
        from PIL import ImageCms

        to_lab = (ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"))
        return ImageCms.profileToProfile(image, *to_lab, outputMode="LAB") or image
    return image.quantize(16) if mode == "P" else image.convert(mode)


def _png_text(xmp: str) -> PngImagePlugin.PngInfo:
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", SECRETS["comment"])
    text.add_text("Title", SECRETS["name"], zip=True)
    text.add_itxt("XML:com.adobe.xmp", xmp)
    return text


def view_at(scale: Fraction, *, final: bool = True) -> ViewFor:
    """Ask a decode for the whole photo at a scale of at most 1."""

    def view_for(size: Size) -> View:
        scaled = Size(max(1, ceil(size.width * scale)), max(1, ceil(size.height * scale)))
        return View((0, 0, size.width, size.height), scaled, final)

    return view_for
