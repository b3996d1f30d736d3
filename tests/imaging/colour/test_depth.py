"""Samples of every depth become 8 bits, and linear ones keep their shadows."""

import struct
import zlib
from collections.abc import Callable
from fractions import Fraction

import pytest
from PIL import Image

from chalicelib.errors import UnsupportedFormat
from chalicelib.imaging.colour import Samples, flatten_modes
from chalicelib.imaging.colour.curves import Parametric
from chalicelib.imaging.colour.icc import matrix_profile
from chalicelib.imaging.colour.matrix import SRGB as SRGB_PRIMARIES
from scripts.measuring import sample_profiles
from tests.imaging.colour.formulas import shown as formula
from tests.imaging.colour.made import Field, cicp, decoded, flat, gama, planes, png, shown, tiff
from tests.pictures import near, pixel

#: Linear light that is 0 in the high byte, just above it, in the middle, and white.
SHADOWS = (60, 200, 300)
LINEAR = matrix_profile(SRGB_PRIMARIES, Parametric(1.0))
ICC_FIELD: Field = (34675, 7, tuple(LINEAR))
GREY_FIELD: Field = (34675, 7, tuple(sample_profiles.grey(1.0)))
FLOATS: Field = (339, 3, (3,))


def deep(*samples: int) -> bytes:
    """Return a row of 16 pixels of 16 bits of a PNG."""
    return struct.pack(f">{len(samples)}H", *samples) * 16


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("colour", [(0, 1, 2), SHADOWS, (257, 256, 255), (40_000, 20_000, 65_535)])
def test_a_linear_png_of_16_bits_keeps_its_shadows(colour: tuple[int, ...], interlaced: bool) -> None:
    data = png(16, 2, deep(*colour), gama(1.0), interlaced=interlaced)
    assert shown(data) == formula(colour, "sRGB", 1, 65535)


def test_a_linear_png_of_wide_primaries_keeps_its_shadows() -> None:
    wanted = formula((600, 400, 500), "BT.2020", 1, 65535)
    assert near(shown(png(16, 2, deep(600, 400, 500), cicp(9, 8))), wanted, 1)


def test_a_linear_png_with_alpha_keeps_its_shadows_and_its_alpha() -> None:
    image = decoded(png(16, 6, deep(*SHADOWS, 0x8012), gama(1.0)))
    assert pixel(image) == (*formula(SHADOWS, "sRGB", 1, 65535), 0x80)


def test_a_linear_grey_png_with_alpha_keeps_its_shadows_and_its_alpha() -> None:
    image = decoded(png(16, 4, deep(60, 0x8012), gama(1.0)))
    assert (image.mode, pixel(image)) == ("LA", (formula((60,) * 3, "sRGB", 1, 65535)[0], 0x80))


@pytest.mark.parametrize("level", [0, 20, 60, 300, 65_535])
def test_a_linear_grey_png_keeps_its_shadows(level: int) -> None:
    assert shown(png(16, 0, deep(level), gama(1.0))) == formula((level,) * 3, "sRGB", 1, 65535)


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_linear_tiff_of_16_bits_keeps_its_shadows(order: str) -> None:
    wanted = formula(SHADOWS, "sRGB", 1, 65535)
    assert shown(tiff((16,) * 3, 2, flat(order + "3H", *SHADOWS), ICC_FIELD, order=order)) == wanted
    with_alpha = tiff((16,) * 4, 2, flat(order + "4H", *SHADOWS, 0x8012), ICC_FIELD, (338, 3, (2,)), order=order)
    assert pixel(decoded(with_alpha)) == (*wanted, 0x80)
    ignored = tiff((16,) * 4, 2, flat(order + "4H", *SHADOWS, 7), ICC_FIELD, (338, 3, (0,)), order=order)
    assert pixel(decoded(ignored)) == wanted


def test_a_compressed_linear_tiff_of_16_bits_keeps_its_shadows() -> None:
    """libtiff decodes it, and returns the samples in the order of the machine."""
    for order in "<>":
        packed = zlib.compress(flat(order + "3H", *SHADOWS))
        data = tiff((16,) * 3, 2, packed, (259, 3, (8,)), ICC_FIELD, order=order)
        assert shown(data) == formula(SHADOWS, "sRGB", 1, 65535)


@pytest.mark.parametrize(
    "make",
    [
        lambda *icc: tiff((16,) * 4, 2, flat("<4H", 300, 200, 100, 32_768), (338, 3, (1,)), *icc),
        lambda *icc: planes((16,) * 3, 2, *[struct.pack("<H", 300) * 256] * 3, more=icc, packed=True),
    ],
)
def test_linear_colours_whose_low_bytes_pillow_does_not_read_are_refused(make: Callable[..., bytes]) -> None:
    """All greys below 1/256 of white would be black. Without a profile, the high bytes are enough."""
    with pytest.raises(UnsupportedFormat, match="linear"):
        decoded(make(ICC_FIELD))
    assert decoded(make())


def test_an_orientation_in_xmp_does_not_turn_the_low_bytes() -> None:
    """Pillow turns a TIFF by its XMP while it decodes, and each byte of a sample is decoded by itself."""
    pixels = b"".join(struct.pack("<3H", level, 3 * level, 7 * level) for level in range(256))
    packet = tuple(b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>')
    plain, turned = (tiff((16,) * 3, 2, pixels, ICC_FIELD, *more) for more in ((), ((700, 7, packet),)))
    assert decoded(turned).tobytes() == decoded(plain).tobytes()


def test_a_reduced_picture_keeps_its_shadows() -> None:
    image = decoded(png(16, 2, deep(*SHADOWS), gama(1.0)), Fraction(1, 4))
    assert image.size == (4, 4)
    assert pixel(image) == formula(SHADOWS, "sRGB", 1, 65535)


@pytest.mark.parametrize(
    ("data", "level"),
    [
        (tiff((16,), 0, flat("<H", 100 * 257)), 155),
        (tiff((16,), 1, flat("<H", 100 * 257)), 100),
        (tiff((16,), 1, flat(">H", 100 * 257), order=">"), 100),
        (tiff((12,), 1, bytes((0x64, 0x06, 0x40)) * 128), 99),
        (tiff((12,), 1, b"\xff" * 384), 255),
        (tiff((32,), 1, flat("<I", 100 * 0x01010101)), 100),
        (tiff((32,), 1, flat("<I", 0xFFFFFFFF)), 255),
        (tiff((32,), 1, flat("<I", 0x80000000)), 127),
        (tiff((32,), 1, flat("<f", 100 / 255), FLOATS), 100),
        (tiff((32,), 0, flat("<f", 100 / 255), FLOATS), 155),
        (tiff((32,), 0, flat(">f", 100 / 255), FLOATS, order=">"), 155),
        (tiff((8,), 0, flat("B", 100)), 155),
        (tiff((4,), 0, b"\x66" * 128), 153),
        (tiff((2,), 0, b"\x55" * 64), 170),
        (tiff((1,), 0, bytes(32)), 255),
    ],
)
def test_grey_of_every_depth(data: bytes, level: int) -> None:
    """TIFF 6.0, sections 3 and 8: PhotometricInterpretation 0 is white-is-zero."""
    assert shown(data) == (level,) * 3


@pytest.mark.parametrize(
    ("data", "light"),
    [
        (tiff((16,), 0, flat("<H", 65_535 - 60), GREY_FIELD), 60 / 65535),
        (tiff((12,), 1, bytes((0x06, 0x00, 0x60)) * 128, GREY_FIELD), 0x60 / 4095),
        (tiff((32,), 1, flat("<I", 60 << 16), GREY_FIELD), 60 / 65535),
        (tiff((32,), 1, flat("<f", 0.001), FLOATS, GREY_FIELD), 0.001),
    ],
)
def test_linear_grey_of_every_depth(data: bytes, light: float) -> None:
    assert near(shown(data), formula((round(light * 65535),) * 3, "sRGB", 1, 65535), 1)


@pytest.mark.parametrize("key", [(0, 0, 0), (65_535,) * 3, (32_767, 21_845, 13_107), (1, 2, 3)])
@pytest.mark.parametrize("chunks", [(), (gama(1.0),)])
def test_only_one_colour_of_16_bits_is_transparent(
    key: tuple[int, ...], chunks: tuple[tuple[bytes, bytes], ...]
) -> None:
    """PNG, 11.3.1.1. Colours that differ from it in their low bytes are opaque."""
    for channel in range(3):
        other = tuple(level ^ (index == channel) for index, level in enumerate(key))
        row = struct.pack(">6H", *key, *other) * 8
        image = decoded(png(16, 2, row, *chunks, (b"tRNS", struct.pack(">3H", *key))))
        assert (pixel(image, 4)[3], pixel(image, 5)[3]) == (0, 255)
        assert pixel(image, 5)[:3] == (formula(other, "sRGB", 1, 65535) if chunks else tuple(v >> 8 for v in other))


def test_samples_in_the_curve_of_srgb_are_not_decoded_twice() -> None:
    """Their high bytes are all that 8 bits can show."""

    def unexpected() -> Image.Image:
        raise AssertionError

    image = Image.new("RGB", (4, 4), (1, 2, 3))
    for space in (None, matrix_profile(SRGB_PRIMARIES, Parametric(2.2))):
        assert flatten_modes(image, space, Samples(read_low_bytes=unexpected)) == (image, space)
