"""Places in a WebP: lossy, lossless, with alpha and animated."""

import struct
from typing import Any

from PIL import Image

from chalicelib.imaging.metadata.webp.partitions import HEADER, read_partitions
from scripts.measuring import samples
from scripts.measuring.samples import animation, draw, encode, riff, riff_chunks, webp
from tests.imaging.metadata.hiding_places import HIDDEN, Places


def _alpha() -> Image.Image:
    image = draw((60, 40), "RGBA")
    image.putalpha(draw((60, 40), "L"))
    return image


def _behind(data: bytes, kind: bytes) -> bytes:
    """Put bytes at the end of the last chunk of a type."""
    chunks = riff_chunks(data)
    at = max(index for index, each in enumerate(chunks) if each[0] == kind)
    return riff(*chunks[:at], (kind, chunks[at][1] + HIDDEN), *chunks[at + 1 :])


def _behind_first_partition() -> bytes:
    ((kind, coded),) = riff_chunks(encode(draw((60, 40)), "WEBP"))
    first = read_partitions(coded).first
    tag = int.from_bytes(coded[:3], "little") & 0x1F | first + len(HIDDEN) << 5
    head = tag.to_bytes(3, "little") + coded[3 : HEADER + first]
    return riff((kind, head + HIDDEN + coded[HEADER + first :]))


def _in_last_frame(more: bytes = b"", **options: Any) -> bytes:
    """Put bytes behind the bitstream of the last frame, or a chunk into the frame."""
    chunks = riff_chunks(animation("WEBP", **options))
    kind, frame = chunks[-1]
    ((inner, coded),) = riff_chunks(bytes(12) + frame[16:])
    inside = riff((inner, coded if more else coded + HIDDEN))[12:] + more
    return riff(*chunks[:-1], (kind, frame[:16] + inside))


def _longer(kind: bytes) -> bytes:
    return _behind(animation("WEBP"), kind)


def _behind_flag() -> bytes:
    """Make an extended header whose flags name no animation, in front of a frame."""
    return webp((b"ANMF", bytes(16) + riff((b"junk", HIDDEN))[12:]))


PLACES: Places = {
    "EXIF": lambda: webp((b"EXIF", samples.rich_exif() + HIDDEN), flags=8),
    "XMP": lambda: webp((b"XMP ", HIDDEN), flags=4),
    "colour profile": lambda: webp((b"ICCP", HIDDEN), flags=0x20),
    "colour profile without its flag": lambda: webp((b"ICCP", samples.srgb_profile() + HIDDEN)),
    "unknown chunk": lambda: webp((b"junk", HIDDEN)),
    "second picture": lambda: webp((b"VP8 ", riff_chunks(encode(draw(), "WEBP"))[0][1] + HIDDEN)),
    "frame of a picture that is not animated": _behind_flag,
    "behind the declared end": lambda: webp(trailer=HIDDEN),
    "end of the extended header": lambda: _longer(b"VP8X"),
    "end of the animation header": lambda: _longer(b"ANIM"),
    "behind a lossy picture": lambda: _behind(encode(draw(), "WEBP"), b"VP8 "),
    "behind the first partition of a lossy picture": _behind_first_partition,
    "behind a lossless picture": lambda: _behind(encode(draw(), "WEBP", lossless=True), b"VP8L"),
    "behind a lossless picture with alpha": lambda: _behind(encode(_alpha(), "WEBP", lossless=True), b"VP8L"),
    "behind the alpha plane": lambda: _behind(encode(_alpha(), "WEBP"), b"ALPH"),
    "behind a lossy picture with alpha": lambda: _behind(encode(_alpha(), "WEBP"), b"VP8 "),
    "chunk in a frame": lambda: _in_last_frame(riff((b"junk", HIDDEN))[12:]),
    "behind a lossy frame": _in_last_frame,
    "behind a lossless frame": lambda: _in_last_frame(lossless=True),
    "picture that cannot be decoded": lambda: riff((b"VP8L", b"\x2f" + struct.pack("<I", 39 | 23 << 14) + HIDDEN)),
    "behind a picture of more than 16 megapixels": lambda: _behind(
        encode(Image.new("RGB", (4_097, 4_097)), "WEBP", lossless=True, method=0, quality=0), b"VP8L"
    ),
}
