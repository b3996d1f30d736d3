"""Build TIFF files with Pillow or byte by byte, and check what `strip` makes of them."""

import io
import struct

from PIL import Image, ImageOps, TiffImagePlugin

from chalicelib.imaging.metadata import tiff
from tests.imaging.metadata.exif.builders import directory

BYTE, SHORT, LONG = 1, 3, 4
GRADIENT = Image.linear_gradient("L").resize((61, 47))
RGB = Image.merge("RGB", (GRADIENT, GRADIENT.rotate(180), GRADIENT.transpose(Image.Transpose.FLIP_LEFT_RIGHT)))
MODES = {
    "1": GRADIENT.convert("1"),
    "L": GRADIENT,
    "P": RGB.quantize(32),
    "RGB": RGB,
    "RGBA": RGB.convert("RGBA"),
    "CMYK": RGB.convert("CMYK"),
    "I;16": GRADIENT.convert("I").convert("I;16"),
    "F": GRADIENT.convert("F"),
}
HEADER = b"II*\0\x08\0\0\0"
#: The fields of a grey page of 2 x 2 pixels, without its strip.
GREY = ((256, SHORT, 1, 2), (257, SHORT, 1, 2), (258, SHORT, 1, 8), (259, SHORT, 1, 1), (262, SHORT, 1, 1))
#: One strip of 4 bytes at offset 0, which is the file's signature: any 4 bytes will do.
STRIP = ((273, LONG, 1, 0), (279, LONG, 1, 4))


def private_tags(**more: object) -> TiffImagePlugin.ImageFileDirectory_v2:
    """Return fields with private text and metadata; `more` names further ones, as in t274=6."""
    found = TiffImagePlugin.ImageFileDirectory_v2()
    for tag in (269, 270, 271, 272, 285, 305, 315, 316, 33432):
        found[tag] = "SECRET text"
    found[306] = "2020:01:01 00:00:00"
    found[700] = b"<x:xmpmeta>SECRET</x:xmpmeta>"
    found[33723] = b"\x1c\x02SECRET"
    found[34377] = b"8BIMSECRET"
    found[65000] = "SECRET private"
    for name, value in more.items():
        found[int(name[1:])] = value
    return found


def tiff_file(image: Image.Image = RGB, **options: object) -> bytes:
    """Write a TIFF with Pillow, with private fields unless `tiffinfo` says otherwise."""
    buffer = io.BytesIO()
    chosen = {"tiffinfo": private_tags(), **options}
    image.save(buffer, "TIFF", **{name: value for name, value in chosen.items() if value is not None})
    return buffer.getvalue()


def with_field(tag: int, field_type: int, value: object) -> bytes:
    """Write a TIFF with Pillow that has one further field."""
    found = TiffImagePlugin.ImageFileDirectory_v2()
    found.tagtype[tag] = field_type
    found[tag] = value
    return tiff_file(RGB, tiffinfo=found)


def adobe_rgb_page(**options: object) -> bytes:
    """Write a TIFF with Pillow, and an EXIF directory behind it that says Adobe RGB and names an owner."""
    mark = 0xABCDEF
    found = TiffImagePlugin.ImageFileDirectory_v2()
    found.tagtype[34665] = LONG
    found[34665] = mark
    data = tiff_file(RGB, tiffinfo=found, **options)
    at = len(data)
    fields = ((0xA001, SHORT, 1, 0xFFFF), (0xA005, LONG, 1, at + 42), (0xA430, 2, 7, at + 60))
    index = (1, 2, 4, int.from_bytes(b"R03\0", "little"))
    return (
        data.replace(struct.pack("<I", mark), struct.pack("<I", at))
        + directory(*fields)
        + directory(index)
        + b"SECRET\0"
    )


def one_page(*entries: tuple[int, int, int, int], data: bytes = b"", at: int = 256) -> bytes:
    """Build a TIFF with one directory, and `data` at an offset after it."""
    return (HEADER + directory(*sorted(entries))).ljust(at, b"\0") + data


def tiled_page(compression: int, *, strip_tags: bool) -> bytes:
    """Build a grey page of 32 x 32 pixels in four tiles, each of its own colour."""
    tiles = [Image.new("L", (16, 16), level) for level in (10, 90, 170, 250)]
    coded = [_lzw(tile) if compression == 5 else tile.tobytes() for tile in tiles]
    fields = {256: 32, 257: 32, 258: 8, 259: compression, 262: 1, 277: 1, 322: 16, 323: 16}
    tags = (273, 279) if strip_tags else (324, 325)
    at = [512 + sum(map(len, coded[:index])) for index in range(4)]
    lists = ((tags[0], LONG, 4, 256), (tags[1], LONG, 4, 272))
    entries = [*((tag, SHORT, 1, value) for tag, value in fields.items()), *lists]
    numbers = struct.pack("<8I", *at, *map(len, coded))
    return one_page(*entries, data=numbers.ljust(256, b"\0") + b"".join(coded))


def _lzw(image: Image.Image) -> bytes:
    """Compress a picture: return the strip of a page of one strip."""
    data = tiff_file(image, compression="tiff_lzw", tiffinfo=None)
    fields = (data.index(struct.pack("<HHI", tag, LONG, 1)) + 8 for tag in (273, 279))
    at, size = (int.from_bytes(data[field : field + 4], "little") for field in fields)
    return data[at : at + size]


def jpeg_page(stream: bytes, *more: tuple[int, int, int, int], data: bytes = b"", compression: int = 7) -> bytes:
    """Build a page of 61 x 47 pixels whose one strip, at offset 256, is a JPEG stream; `data` follows the stream."""
    fields = {256: 61, 257: 47, 258: 8, 259: compression, 262: 6, 277: 3, 278: 47}
    strip = ((273, LONG, 1, 256), (279, LONG, 1, len(stream)))
    return one_page(*((tag, SHORT, 1, value) for tag, value in fields.items()), *strip, *more, data=stream + data)


def jpeg_stream(*segments: bytes, image: Image.Image = RGB) -> bytes:
    """Write a JPEG with Pillow, without JFIF, and put segments after its start."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG")
    data = buffer.getvalue()
    return data[:2] + b"".join(segments) + data[20:]


def field_values(data: bytes, tag: int) -> tuple[int, ...]:
    """Return the values of a field of the first page as Pillow reads it."""
    with Image.open(io.BytesIO(data)) as image:
        value = image.tag_v2[tag]  # type: ignore[attr-defined]  # a TIFF image has its tags
    return value if isinstance(value, tuple) else (value,)


def pixels(data: bytes) -> list[tuple[tuple[int, int], str, bytes]]:
    """Decode each page: its size, its mode and its pixels, the right way up."""
    frames = []
    with Image.open(io.BytesIO(data)) as image:
        for index in range(getattr(image, "n_frames", 1)):
            image.seek(index)
            shown = ImageOps.exif_transpose(image)
            frames.append((shown.size, shown.mode, shown.tobytes()))
    return frames


def strip_clean(data: bytes) -> bytes:
    """Strip a file, assert that nothing private is left, and return the new file."""
    stripped = tiff.strip(data)
    assert [finding for finding in tiff.read(stripped.data).findings if not finding.allowed] == []
    assert b"SECRET" not in stripped.data
    assert stripped.size == tiff.read(stripped.data).size
    return stripped.data
