"""Places in a PNG and an APNG."""

import struct
import zlib

from PIL import Image

from chalicelib.imaging.metadata.png.chunks import SIGNATURE, walk
from scripts.measuring import samples
from scripts.measuring.samples import animation, chunk, draw, png, srgb_profile
from tests.imaging.metadata.hiding_places import HIDDEN, Places

_ROWS = b"".join(b"\0" + bytes([row, 100, 200] * 40) for row in range(24))
_PACKED = zlib.compress(_ROWS)


def _header(height: int = 24, colour_type: int = 2, depth: int = 8) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", 40, height, depth, colour_type, 0, 0, 0))


def _streams(*streams: bytes, head: bytes = b"") -> bytes:
    parts = b"".join(chunk(b"IDAT", stream) for stream in streams)
    return SIGNATURE + (head or _header()) + parts + chunk(b"IEND", b"")


def _split_run() -> bytes:
    parts = chunk(b"IDAT", _PACKED) + chunk(b"tEXt", b"") + chunk(b"IDAT", HIDDEN)
    return SIGNATURE + _header() + parts + chunk(b"IEND", b"")


def _palette(transparency: bytes = b"") -> bytes:
    """Make a picture of palette colour 0, whose palette has 22 more colours."""
    colours = bytes(3) + HIDDEN + bytes(2)
    head = _header(colour_type=3) + chunk(b"PLTE", colours) + transparency
    return _streams(zlib.compress(bytes(41 * 24)), head=head)


def _row_ends() -> bytes:
    """Make a picture of one bit a pixel and 40 bits a row, cut to 33 pixels: seven bits of each row are not shown."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 64, 1, 0, 0, 0, 0))
    return _streams(zlib.compress(b"".join(b"\0" + bytes([byte]) for byte in HIDDEN), 0), head=head)


def _transparent() -> bytes:
    image = Image.new("RGBA", (24, 24))
    image.putdata([(*HIDDEN[at : at + 3], 0) for at in range(0, 63, 3)])
    return png(image=image, compress_level=0)


def _in_last_frame(*, is_own_chunk: bool = False, is_in_stream: bool = False) -> bytes:
    data = animation("PNG")
    last = [each for each in walk(data) if each.type == b"fdAT"][-1]
    payload = last.payload(data)
    if is_in_stream:
        payload = payload[:4] + zlib.compress(zlib.decompress(payload[4:]) + HIDDEN, 0)
    elif is_own_chunk:
        following = struct.pack(">I", int.from_bytes(payload[:4], "big") + 1)
        return data[: last.end] + chunk(b"fdAT", following + HIDDEN) + data[last.end :]
    else:
        payload += HIDDEN
    return data[: last.start] + chunk(b"fdAT", payload) + data[last.end :]


def _uncounted_frame() -> bytes:
    data = _in_last_frame(is_in_stream=True)
    return data[:33] + chunk(b"acTL", struct.pack(">II", 2, 0)) + data[53:]


def _empty_frame() -> bytes:
    data = animation("PNG")
    control = chunk(b"fcTL", struct.pack(">I", 9) + bytes(22))
    return data[:-12] + control + chunk(b"fdAT", struct.pack(">I", 10) + HIDDEN) + data[-12:]


def _long_control() -> bytes:
    data = animation("PNG")
    first = next(each for each in walk(data) if each.type == b"fcTL")
    return data[: first.start] + chunk(b"fcTL", first.payload(data) + HIDDEN) + data[first.end :]


PLACES: Places = {
    "text": lambda: png(chunk(b"tEXt", b"Author\0" + HIDDEN)),
    "international text": lambda: png(chunk(b"iTXt", b"Author\0\0\0\0\0" + HIDDEN)),
    "compressed text behind its stream": lambda: png(chunk(b"zTXt", b"Author\0\0" + zlib.compress(b"x") + HIDDEN)),
    "EXIF": lambda: png(chunk(b"eXIf", samples.rich_exif() + HIDDEN)),
    "private chunk": lambda: png(chunk(b"prVt", HIDDEN)),
    "unknown critical chunk": lambda: png(chunk(b"PRVT", HIDDEN)),
    "suggested palette": lambda: png(chunk(b"sPLT", HIDDEN)),
    "name of the colour profile": lambda: png(chunk(b"iCCP", HIDDEN + b"\0\0" + zlib.compress(srgb_profile()))),
    "behind the colour profile": lambda: png(chunk(b"iCCP", b"icc\0\0" + zlib.compress(srgb_profile()) + HIDDEN)),
    "end of the gamma chunk": lambda: png(chunk(b"gAMA", struct.pack(">I", 45455) + HIDDEN)),
    "end of the header": lambda: SIGNATURE + chunk(b"IHDR", png()[16:29] + HIDDEN) + png()[33:],
    "palette of a picture without one": lambda: png(chunk(b"PLTE", HIDDEN + bytes(2))),
    "palette, second": lambda: _palette(chunk(b"PLTE", HIDDEN + bytes(2))),
    "transparency of colours that are not there": lambda: _palette(chunk(b"tRNS", bytes(24) + HIDDEN)),
    "transparency of a picture without it": lambda: png(chunk(b"tRNS", HIDDEN), image=draw(mode="RGBA")),
    "chunk with a wrong checksum": lambda: png(chunk(b"gAMA", HIDDEN)[:-1] + b"?"),
    "end chunk": lambda: png()[:-12] + chunk(b"IEND", HIDDEN),
    "behind the end chunk": lambda: png(trailer=HIDDEN),
    "behind the zlib stream": lambda: _streams(_PACKED + HIDDEN),
    "chunk of its own behind the zlib stream": lambda: _streams(_PACKED, HIDDEN),
    "second run of image data": _split_run,
    "behind the last row": lambda: _streams(zlib.compress(_ROWS + HIDDEN, 0)),
    "rows of a cropped picture": lambda: _streams(
        zlib.compress(_ROWS[: 121 * 10] + b"\0" + HIDDEN + bytes(56), 0), head=_header(10)
    ),
    "behind a stream without checksum": lambda: _streams(_PACKED[:-4] + HIDDEN),
    "behind the last row of an interlaced picture": lambda: _streams(
        zlib.compress(bytes(79) + HIDDEN, 0), head=chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 1))
    ),
    "behind the stream of a frame": _in_last_frame,
    "chunk of its own behind the stream of a frame": lambda: _in_last_frame(is_own_chunk=True),
    "behind the last row of a frame": lambda: _in_last_frame(is_in_stream=True),
    "frame that the animation does not count": _uncounted_frame,
    "frame out of sequence": _empty_frame,
    "frame without an animation": lambda: png(chunk(b"fdAT", bytes(4) + HIDDEN)),
    "end of a frame control chunk": _long_control,
    "colours of a palette that no pixel has": _palette,
    "bits at the end of rows of fewer than eight bits": _row_ends,
    "colours of pixels that are fully transparent": _transparent,
}
