"""Build animations part by part, with any area, time, disposal and blending."""

import io
import struct
import zlib
from dataclasses import dataclass

from PIL import Image

from scripts.measuring import samples
from tests.pictures import chunk

Colour = tuple[int, int, int, int]
RED, GREEN, BLUE, CLEAR = (255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 255), (0, 0, 0, 0)
#: Two colours with half their opacity.
HALF_RED, HALF_BLUE = (255, 0, 0, 128), (0, 0, 255, 128)
PALETTE = (RED, GREEN, BLUE, CLEAR)
SIZE = (12, 8)
WHOLE = (0, 0, *SIZE)
LEFT, RIGHT = (0, 0, 6, 8), (6, 0, 12, 8)
KEEP, CLEARS, RESTORES = 1, 2, 3


@dataclass(frozen=True)
class Frame:
    """A part of one colour: its area, its time in milliseconds, a disposal of GIF, and whether it blends."""

    colour: Colour
    area: tuple[int, int, int, int] = WHOLE
    duration: int = 100
    disposal: int = KEEP
    blends: bool = True
    #: The right half of the part is transparent.
    half: bool = False

    @property
    def image(self) -> Image.Image:
        """Draw the part."""
        size = self.area[2] - self.area[0], self.area[3] - self.area[1]
        image = Image.new("RGBA", size, self.colour)
        if self.half:
            image.paste(CLEAR, (size[0] // 2, 0, *size))
        return image


def gif(*frames: Frame, loop: int | None = None) -> bytes:
    """Build a GIF of the colours of PALETTE. Its codes are not compressed (GIF89a, appendix F)."""
    table = b"".join(bytes(colour[:3]) for colour in PALETTE) + bytes(3 * 124)
    head = b"GIF89a" + struct.pack("<HHBBB", *SIZE, 0x86, 0, 0) + table
    repeats = b"" if loop is None else samples.extension(0xFF, b"NETSCAPE2.0", struct.pack("<BH", 1, loop))
    return head + repeats + b"".join(map(_gif_frame, frames)) + b";"


def _gif_frame(frame: Frame) -> bytes:
    flags = frame.disposal << 2 | 1
    control = samples.extension(0xF9, struct.pack("<BHB", flags, frame.duration // 10, PALETTE.index(CLEAR)))
    left, top, right, bottom = frame.area
    codes = bytearray()
    image = frame.image
    for number in range(image.width * image.height):
        if number % 100 == 0:
            codes.append(128)  # begin a new table of codes, so that each code has 8 bits
        pixel = image.getpixel((number % image.width, number // image.width))
        codes.append(PALETTE.index(pixel))
    codes.append(129)
    blocks = b"".join(bytes([len(codes[at : at + 255])]) + codes[at : at + 255] for at in range(0, len(codes), 255))
    descriptor = b"," + struct.pack("<HHHHB", left, top, right - left, bottom - top, 0)
    return control + descriptor + b"\x07" + blocks + b"\0"


def apng(*frames: Frame, plays: int = 0, first_shown: bool = True, count: int | None = None) -> bytes:
    """Build an APNG. If the first frame is not shown, it is the picture for viewers without animation."""
    shown = len(frames) if first_shown else len(frames) - 1
    header = struct.pack(">IIBBBBB", *SIZE, 8, 6, 0, 0, 0)
    parts = [chunk(b"IHDR", header), chunk(b"acTL", struct.pack(">II", shown if count is None else count, plays))]
    number = 0
    for index, frame in enumerate(frames):
        if index or first_shown:
            parts.append(chunk(b"fcTL", struct.pack(">I", number) + _png_control(frame)))
            number += 1
        image = frame.image
        rows = b"".join(b"\0" + image.crop((0, y, image.width, y + 1)).tobytes() for y in range(image.height))
        coded = zlib.compress(rows)
        parts.append(chunk(b"fdAT", struct.pack(">I", number) + coded) if index else chunk(b"IDAT", coded))
        number += 1 if index else 0
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IEND", b"")


def _png_control(frame: Frame) -> bytes:
    left, top, right, bottom = frame.area
    disposal = frame.disposal - 1
    return struct.pack(">IIIIHHBB", right - left, bottom - top, left, top, frame.duration, 1000, disposal, frame.blends)


def webp(*frames: Frame, plays: int = 0) -> bytes:
    """Build a lossless WebP."""
    sides = b"".join((side - 1).to_bytes(3, "little") for side in SIZE)
    parts = [(b"VP8X", bytes((0x12, 0, 0, 0)) + sides), (b"ANIM", bytes(4) + struct.pack("<H", plays))]
    return samples.riff(*parts, *((b"ANMF", _webp_frame(frame)) for frame in frames))


def _webp_frame(frame: Frame) -> bytes:
    left, top, right, bottom = frame.area
    buffer = io.BytesIO()
    frame.image.save(buffer, "WEBP", lossless=True, exact=True)
    still = buffer.getvalue()
    coded = still[still.index(b"VP8L") :]
    numbers = (left // 2, top // 2, right - left - 1, bottom - top - 1, frame.duration)
    flags = (0 if frame.blends else 2) | (frame.disposal == CLEARS)
    return b"".join(number.to_bytes(3, "little") for number in numbers) + bytes([flags]) + coded


def colours(image: Image.Image) -> tuple[Colour, ...]:
    """Return the colours in the middle of the left and of the right half; all clear ones are equal."""
    shown = image.convert("RGBA")
    pixels = (shown.getpixel((shown.width * part // 8, shown.height // 2)) for part in (1, 5, 7))
    return tuple(CLEAR if pixel[3] == 0 else pixel for pixel in pixels)  # type: ignore[index, misc]  # RGBA
