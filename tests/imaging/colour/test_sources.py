"""The colour space of every format is found by the precedence of its specification, and converted to sRGB."""

import struct
import zlib

import pytest
from PIL import ExifTags, Image

from chalicelib.imaging import metadata
from chalicelib.imaging.colour.curves import SRGB, Parametric
from chalicelib.imaging.colour.icc import matrix_profile
from chalicelib.imaging.colour.matrix import SRGB as SRGB_PRIMARIES
from scripts.measuring import sample_profiles
from tests.imaging.colour.formulas import shown as formula
from tests.imaging.colour.made import avif, chrm, cicp, decoded, gama, nclx, png, shown, tiff
from tests.pictures import encoded, near, pixel

COLOUR = (200, 100, 50)
ROW = bytes(COLOUR) * 16
P3_WHITE_FIRST = (0.3127, 0.3290, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060)
SRGB_WHITE_FIRST = (0.3127, 0.3290, 0.640, 0.330, 0.300, 0.600, 0.150, 0.060)
IN_SRGB, IN_P3, IN_LINEAR = COLOUR, formula(COLOUR, "P3"), formula(COLOUR, "sRGB", 1)
SRGB_CHUNK = (b"sRGB", b"\0")


def iccp(profile: bytes) -> tuple[bytes, bytes]:
    return b"iCCP", b"name\0\0" + zlib.compress(profile)


LINEAR_PROFILE = matrix_profile(SRGB_PRIMARIES, Parametric(1.0))


@pytest.mark.parametrize(
    ("chunks", "wanted"),
    [
        ((), IN_SRGB),
        ((gama(1 / 2.2),), IN_SRGB),
        ((gama(1.0),), IN_LINEAR),
        ((gama(0.5556),), formula(COLOUR, "sRGB", 1.8)),
        ((chrm(*P3_WHITE_FIRST),), IN_P3),
        ((gama(1 / 2.2), chrm(*P3_WHITE_FIRST)), formula(COLOUR, "P3", 2.2)),
        ((gama(1 / 2.2), chrm(*SRGB_WHITE_FIRST)), IN_SRGB),
        ((gama(1.0), chrm(*P3_WHITE_FIRST)), formula(COLOUR, "P3", 1)),
        ((SRGB_CHUNK, gama(1.0), chrm(*P3_WHITE_FIRST)), IN_SRGB),
        ((iccp(LINEAR_PROFILE), gama(1 / 2.2), chrm(*P3_WHITE_FIRST)), IN_LINEAR),
        ((iccp(b"no profile"), gama(1.0)), IN_LINEAR),
        ((cicp(12, 13), iccp(LINEAR_PROFILE), gama(1.0)), IN_P3),
        ((cicp(12, 13), SRGB_CHUNK), IN_P3),
        ((cicp(200, 13), SRGB_CHUNK, gama(1.0)), IN_SRGB),
        ((cicp(1, 13), iccp(LINEAR_PROFILE)), IN_SRGB),
    ],
)
def test_the_chunks_of_a_png_have_the_precedence_of_its_third_edition(
    chunks: tuple[tuple[bytes, bytes], ...], wanted: tuple[int, ...]
) -> None:
    """PNG, 4.3: cICP, iCCP, sRGB, then gAMA and cHRM."""
    assert near(shown(png(8, 2, ROW, *chunks)), wanted, 1)


@pytest.mark.parametrize("chunk", [cicp(12, 13, matrix=1), cicp(12, 13, full_range=0)])
def test_a_cicp_chunk_that_is_not_rgb_of_full_range_is_ignored_as_browsers_do(chunk: tuple[bytes, bytes]) -> None:
    assert shown(png(8, 2, ROW, chunk, gama(1.0))) == IN_LINEAR


@pytest.mark.parametrize("values", [(0.3127, 0.0, *P3_WHITE_FIRST[2:]), (0.3, 0.3) * 4, (40_000.0,) * 7 + (1.0,)])
def test_chromaticities_that_describe_no_colour_space_are_ignored(values: tuple[float, ...]) -> None:
    assert shown(png(8, 2, ROW, chrm(*values))) == COLOUR


@pytest.mark.parametrize("gamma", [0.0, 42_949.0])
def test_a_gamma_that_no_display_has_is_ignored(gamma: float) -> None:
    assert shown(png(8, 2, ROW, gama(gamma))) == COLOUR


def test_a_grey_png_is_converted_by_its_gamma() -> None:
    image = decoded(png(8, 0, b"\x40" * 16, gama(1.0)))
    assert image.mode == "L"
    assert pixel(image) == (137,)


def test_the_palette_of_a_png_is_converted() -> None:
    palette = (b"PLTE", bytes(COLOUR) * 2)
    assert near(shown(png(8, 3, b"\1" * 16, cicp(12, 13), palette)), IN_P3, 1)


@pytest.mark.parametrize(
    ("properties", "wanted"),
    [
        ((nclx(1, 13),), IN_SRGB),
        ((nclx(2, 2),), IN_SRGB),
        ((nclx(12, 13),), IN_P3),
        ((nclx(9, 13),), formula(COLOUR, "BT.2020")),
        ((nclx(1, 8),), IN_LINEAR),
        ((nclx(1, 4),), formula(COLOUR, "sRGB", 2.2)),
        ((nclx(200, 13),), IN_SRGB),
    ],
)
def test_the_code_points_of_an_avif_are_applied(properties: tuple[bytes, ...], wanted: tuple[int, ...]) -> None:
    assert near(shown(avif(Image.new("RGB", (64, 48), COLOUR), *properties)), wanted, 3)


@pytest.mark.parametrize("transfer", [1, 6, 14, 15])
def test_the_curves_of_television_are_shown_as_srgb_as_browsers_do(transfer: int) -> None:
    assert near(shown(avif(Image.new("RGB", (64, 48), COLOUR), nclx(1, transfer))), COLOUR, 2)
    assert shown(png(8, 2, ROW, cicp(1, transfer))) == COLOUR
    assert near(shown(png(8, 2, ROW, cicp(12, transfer))), IN_P3, 1)


def test_the_icc_profile_of_an_avif_comes_before_its_code_points() -> None:
    """MIAF (ISO/IEC 23000-22), 7.3.6.4: code points then only say how luma and chroma become RGB."""
    profile = matrix_profile(SRGB_PRIMARIES, Parametric(1.0))
    colr = struct.pack(">I", 12 + len(profile)) + b"colrprof" + profile
    assert near(shown(avif(Image.new("RGB", (64, 48), COLOUR), nclx(12, 13), colr)), IN_LINEAR, 3)


def test_a_profile_is_not_judged_by_its_name() -> None:
    """Some programs name a linear profile "sRGB"."""
    named = sample_profiles.display_p3().replace(b"Wide like P3", b"sRGB IEC6196")
    assert named != sample_profiles.display_p3()
    data = encoded(Image.new("RGB", (8, 8), COLOUR), "PNG", icc_profile=named)
    assert near(shown(data, 4, 4), formula(COLOUR, "P3", 2.2), 2)


@pytest.mark.parametrize("name", ["JPEG", "WEBP", "TIFF"])
def test_an_rgb_profile_is_applied_to_a_grey_photo(name: str) -> None:
    """A WebP of grey levels is an RGB picture. PNG forbids such a profile (11.3.2.3), and browsers ignore it."""
    data = encoded(Image.new("L", (8, 8), 64), name, icc_profile=LINEAR_PROFILE, quality=100)
    assert near(shown(data, 4, 4), (137,) * 3, 3)
    assert shown(encoded(Image.new("L", (8, 8), 64), "PNG", icc_profile=LINEAR_PROFILE), 4, 4) == (64,) * 3


def adobe_exif(space: int = 0xFFFF, index: str = "R03") -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Camera"
    directory = exif.get_ifd(ExifTags.IFD.Exif)
    directory[ExifTags.Base.ColorSpace] = space
    directory[ExifTags.IFD.Interop] = {1: index, 2: b"0100"}
    return exif


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("space", [0xFFFF, 2])
def test_adobe_rgb_that_a_camera_names_in_exif_only_is_converted(name: str, space: int) -> None:
    options = {"quality": 100, "exif": adobe_exif(space)} | ({"lossless": True} if name == "WEBP" else {})
    data = encoded(Image.new("RGB", (16, 16), COLOUR), name, **options)
    assert near(shown(data), formula(COLOUR, "Adobe RGB", 563 / 256), 4)


def test_adobe_rgb_in_the_exif_of_an_avif_is_ignored() -> None:
    """A scrub removes this EXIF, and the picture must not change."""
    data = encoded(Image.new("RGB", (16, 16), COLOUR), "AVIF", quality=100, exif=adobe_exif())
    data = data.replace(b"colrnclx\0\1\0\r", b"colrnclx\0\xc8\0\r")  # unknown primaries
    assert near(shown(data), COLOUR, 4)
    assert near(shown(metadata.strip(data).data), COLOUR, 4)


def test_adobe_rgb_in_the_exif_of_a_tiff_is_converted() -> None:
    """The directories follow the pixels: Exif, and Interoperability in it."""
    interop_at, exif_at = 8 + 768, 8 + 768 + 18 + 12
    interop = struct.pack("<HHHI4sI", 1, 1, 2, 4, b"R03\0", 0)
    exif = struct.pack("<H HHIHxx HHII I", 2, 0xA001, 3, 1, 0xFFFF, 0xA005, 4, 1, interop_at, 0)
    pixels = bytes(COLOUR) * 256 + interop.ljust(30, b"\0") + exif
    data = tiff((8, 8, 8), 2, pixels, (34665, 4, (exif_at,)))
    assert near(shown(data), formula(COLOUR, "Adobe RGB", 563 / 256), 2)


@pytest.mark.parametrize(("space", "index"), [(1, "R03"), (0xFFFF, "R98"), (0xFFFF, "")])
def test_exif_of_another_space_does_not_change_colours(space: int, index: str) -> None:
    data = encoded(Image.new("RGB", (16, 16), COLOUR), "PNG", exif=adobe_exif(space, index))
    assert shown(data) == COLOUR


def test_the_profile_of_a_photo_comes_before_its_exif() -> None:
    profile = matrix_profile(SRGB_PRIMARIES, SRGB)
    data = encoded(Image.new("RGB", (16, 16), COLOUR), "JPEG", quality=100, exif=adobe_exif(), icc_profile=profile)
    assert near(shown(data), COLOUR, 2)


def test_the_srgb_chunk_of_a_png_comes_before_its_exif() -> None:
    exif = adobe_exif().tobytes().removeprefix(b"Exif\0\0")
    assert shown(png(8, 2, ROW, SRGB_CHUNK, (b"eXIf", exif))) == COLOUR


def test_damaged_exif_does_not_stop_the_picture() -> None:
    assert shown(png(8, 2, ROW, (b"eXIf", b"MM\0*\xff\xff\xff\xff"))) == COLOUR


def with_cicp(plain: bytes) -> bytes:
    """Add a cicp tag of BT.2020 and PQ to a profile. The table grows by 12 bytes, and so do all offsets."""
    count = int.from_bytes(plain[128:132], "big")
    entries = struct.iter_unpack(">4sII", plain[132 : 132 + 12 * count])
    moved = b"".join(struct.pack(">4sII", name, at + 12, size) for name, at, size in entries)
    tag, element = struct.pack(">4sII", b"cicp", len(plain) + 12, 12), b"cicp\0\0\0\0" + bytes((9, 16, 0, 1))
    start = struct.pack(">I", len(plain) + 24) + plain[4:128] + struct.pack(">I", count + 1)
    return start + moved + tag + plain[132 + 12 * count :] + element


def test_the_cicp_tag_of_a_profile_names_pq() -> None:
    """ICC.1:2022, 9.2.17. Browsers use it instead of the profile's tables."""
    profile = with_cicp(matrix_profile(SRGB_PRIMARIES, Parametric(2.2)))
    as_icc = shown(encoded(Image.new("RGB", (16, 16), (148, 148, 148)), "PNG", icc_profile=profile))
    assert as_icc == shown(png(8, 2, b"\x94" * 48, cicp(9, 16)))


def test_the_cicp_tag_of_a_profile_for_inks_is_ignored() -> None:
    plain, inks = sample_profiles.cmyk(), Image.new("CMYK", (16, 16), (255, 0, 0, 0))
    tagged = encoded(inks, "JPEG", icc_profile=with_cicp(plain), quality=95)
    assert shown(tagged) == shown(encoded(inks, "JPEG", icc_profile=plain, quality=95))
