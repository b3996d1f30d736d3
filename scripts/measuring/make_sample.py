"""Paint docs/sample.jpg, a photo of a lake at sunset: the same pixels each time, stored sideways as phones do.

The page has a smaller copy, which tells more: chalicelib/web/sample.jpg.

python -m scripts.measuring.make_sample
"""

import io
import itertools
import math
import random
import struct

from PIL import ExifTags, Image, ImageChops, ImageDraw, ImageFilter

from scripts.project import PROJECT
from scripts.terminal import interrupt

SAMPLE = PROJECT / "docs" / "sample.jpg"
#: Each byte of the page's sample counts: the page may have 60 KB.
PAGE_SAMPLE = PROJECT / "chalicelib" / "web" / "sample.jpg"
PAGE_SIZE, THUMBNAIL_SIZE = (432, 576), (60, 80)
WIDTH, HEIGHT = 1200, 1600
HORIZON = 1000
SUN = (820, 560)
#: For each range of hills: its height over the horizon, its colour, and the length of its waves in pixels.
RANGES = ((300, (126, 128, 158), 410), (200, (88, 96, 124), 290), (105, (52, 62, 80), 190), (45, (28, 36, 42), 120))

Colour = tuple[int, int, int]


def main() -> None:
    """Paint the sample, and write it sideways for the documents and small for the page."""
    picture = paint()
    # Orientation 6: a viewer rotates the stored picture by 90 degrees to the right
    picture.transpose(Image.Transpose.ROTATE_90).save(SAMPLE, quality=82, exif=exif(orientation=6))
    small = picture.resize(PAGE_SIZE, Image.Resampling.LANCZOS)
    small.save(PAGE_SAMPLE, quality=36, progressive=True, optimize=True, exif=telling_exif(thumbnail(picture)))
    for path in (SAMPLE, PAGE_SAMPLE):
        print(f"{path.relative_to(PROJECT)}: {path.stat().st_size} bytes")


def paint() -> Image.Image:
    """Paint hills at sunset over a lake, upright."""
    above = Image.new("RGB", (WIDTH, HORIZON))
    sky(above)
    sun(above)
    for height, colour, wave in RANGES:
        hills(above, height, colour, wave)
    picture = Image.new("RGB", (WIDTH, HEIGHT))
    picture.paste(above, (0, 0))
    picture.paste(lake(above), (0, HORIZON))
    return ImageChops.add(picture, grain(), scale=1, offset=-128)


def sky(image: Image.Image) -> None:
    """Fill the image with an evening sky, from blue down to orange."""
    draw = ImageDraw.Draw(image)
    stops = ((0.0, (44, 78, 138)), (0.55, (214, 150, 140)), (0.8, (250, 190, 120)), (1.0, (255, 214, 150)))
    for row in range(image.height):
        draw.line(((0, row), (image.width, row)), fill=between(stops, row / image.height))


def sun(image: Image.Image) -> None:
    """Add the sun and its glow."""
    glow = Image.new("RGB", image.size)
    draw = ImageDraw.Draw(glow)
    for radius, colour in ((330, (46, 26, 10)), (190, (84, 52, 22)), (72, (255, 236, 190))):
        draw.ellipse((SUN[0] - radius, SUN[1] - radius, SUN[0] + radius, SUN[1] + radius), fill=colour)
        glow = glow.filter(ImageFilter.GaussianBlur(radius / 3 if radius > 72 else 3))
        draw = ImageDraw.Draw(glow)
    image.paste(ImageChops.screen(image, glow))


def hills(image: Image.Image, height: int, colour: Colour, wave: int) -> None:
    """Draw one range of hills. Its ridge is a sum of waves."""
    phase = random.Random(wave).random() * 7  # noqa: S311 - a picture, not a secret  # nosec B311
    ridge = [(x, ridge_at(x, height, wave, phase)) for x in range(image.width)]
    ImageDraw.Draw(image).polygon([(0, image.height), *ridge, (image.width, image.height)], fill=colour)


def ridge_at(x: int, height: int, wave: int, phase: float) -> float:
    """Return the row of a ridge in column x."""
    waves = ((1.0, 0.30), (2.3, 0.14), (5.1, 0.06), (13.7, 0.025), (31.3, 0.012))
    swing = sum(share * math.sin(times * 2 * math.pi * x / wave / 2 + phase * times) for times, share in waves)
    return HORIZON - height * (1 + swing)


def lake(above: Image.Image) -> Image.Image:
    """Return the lake: a darker mirror image of the picture above it, with ripples that grow towards the viewer."""
    mirrored = above.transpose(Image.Transpose.FLIP_TOP_BOTTOM).crop((0, 0, WIDTH, HEIGHT - HORIZON))
    water = Image.new("RGB", mirrored.size)
    for row in range(water.height):
        near = row / water.height
        shift = round((2 + 14 * near) * math.sin(row * row / 900 + row / (3 + 6 * near)))
        line = mirrored.crop((0, row, WIDTH, row + 1))
        water.paste(ImageChops.offset(line, shift, 0), (0, row))
    return Image.blend(water.filter(ImageFilter.GaussianBlur(1.5)), Image.new("RGB", water.size, (30, 44, 66)), 0.32)


def grain() -> Image.Image:
    """Return the noise of a sensor, around 128. It is the same each time."""
    source = random.Random(6)  # noqa: S311 - a picture, not a secret  # nosec B311
    noise = Image.frombytes("L", (WIDTH, HEIGHT), source.randbytes(WIDTH * HEIGHT))
    soft = noise.filter(ImageFilter.GaussianBlur(0.8)).point([128 + (level - 128) // 9 for level in range(256)])
    return Image.merge("RGB", (soft, soft, soft))


def between(stops: tuple[tuple[float, Colour], ...], at: float) -> Colour:
    """Mix the two colours whose stops are next to `at`."""
    (start, first), (end, second) = next(pair for pair in itertools.pairwise(stops) if pair[0][0] <= at <= pair[1][0])
    share = (at - start) / (end - start)
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def exif(orientation: int) -> Image.Exif:
    """Return the tags of a phone: an invented maker, a time, and a position at 0, 0 in the sea."""
    tags = Image.Exif()
    tags[ExifTags.Base.Orientation] = orientation
    tags[ExifTags.Base.Make] = "Darkroom"
    tags[ExifTags.Base.Model] = "Sample One"
    tags[ExifTags.Base.DateTime] = "2026:01:01 12:00:00"
    zero = (0.0, 0.0, 0.0)
    position = {1: "N", 2: zero, 3: "E", 4: zero}  # GPSLatitudeRef, GPSLatitude, GPSLongitudeRef, GPSLongitude
    tags.get_ifd(ExifTags.IFD.GPSInfo).update(position)
    return tags


def thumbnail(picture: Image.Image) -> bytes:
    """Return the small picture that a phone puts into EXIF."""
    written = io.BytesIO()
    picture.resize(THUMBNAIL_SIZE).save(written, "JPEG", quality=35, optimize=True)
    return written.getvalue()


def telling_exif(small: bytes) -> bytes:
    """Return the EXIF block of a phone that tells a place, a time, a person, and has a thumbnail."""
    tags = Image.Exif()
    tags[ExifTags.Base.Make], tags[ExifTags.Base.Model] = "Apple", "iPhone 15"
    tags[ExifTags.Base.Software], tags[ExifTags.Base.Artist] = "17.4.1", "Ann Example"
    taken, offset = "2024:05:03 14:02:00", "+02:00"
    tags[ExifTags.Base.DateTime] = taken
    further = tags.get_ifd(ExifTags.IFD.Exif)
    further[ExifTags.Base.DateTimeOriginal] = taken
    further[ExifTags.Base.OffsetTime], further[ExifTags.Base.OffsetTimeOriginal] = offset, offset
    position = {1: "N", 2: (48.0, 51.0, 30.24), 3: "E", 4: (2.0, 17.0, 40.2)}  # beside the Eiffel Tower
    tags.get_ifd(ExifTags.IFD.GPSInfo).update(position)
    return with_thumbnail(tags.tobytes(), small)


def with_thumbnail(block: bytes, small: bytes) -> bytes:
    """Append IFD1 with a JPEG to an EXIF block in big-endian order; Pillow writes none."""
    head, tiff = block[:6], bytearray(block[6:])
    count = int.from_bytes(tiff[8:10], "big")
    link = 10 + 12 * count  # where IFD0 names the directory that follows it
    start = len(tiff)
    tiff[link : link + 4] = start.to_bytes(4, "big")
    data = start + 2 + 3 * 12 + 4
    # Compression 6 (JPEG), where the picture begins, and how long it is
    entries = struct.pack(">HHII", 0x103, 3, 1, 6 << 16) + struct.pack(">HHII", 0x201, 4, 1, data)
    entries += struct.pack(">HHII", 0x202, 4, 1, len(small))
    return head + bytes(tiff) + struct.pack(">H", 3) + entries + bytes(4) + small


if __name__ == "__main__":
    interrupt.run(main)
