"""TIFF samples of every kind are shown right, or refused as a kind that is not read."""

import struct
import zlib

import pytest

from chalicelib.errors import DarkroomError
from tests.imaging.colour.made import Field, decoded, flat, planes, shown, tiff
from tests.pictures import near, pixel

SUBSAMPLED, SIGNED = (530, 3, (2, 2)), (339, 3, (2,))


def colour_map(entries: int, factor: int) -> Field:
    return 320, 3, tuple(level * factor for level in (200, 100, 50) for _ in range(entries))


@pytest.mark.parametrize("factor", [1, 256, 257])
@pytest.mark.parametrize(
    ("bits", "pixels"), [(8, b"\x07" * 256), (4, b"\x77" * 128), (2, b"\x55" * 64), (1, bytes(32))]
)
def test_the_colours_of_a_palette_have_8_or_16_bits(bits: int, pixels: bytes, factor: int) -> None:
    """TIFF 6.0, section 5, says 16 bits. Some programs write 8, and all readers cope."""
    assert shown(tiff((bits,), 3, pixels, colour_map(1 << bits, factor))) == (200, 100, 50)


def test_a_palette_with_alpha_of_8_bits() -> None:
    data = tiff((8, 8), 3, flat("2B", 7, 90), colour_map(256, 1), (338, 3, (2,)))
    assert pixel(decoded(data)) == (200, 100, 50, 90)


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (tiff((8, 8), 1, flat("2B", 100, 128), (338, 3, (2,))), (100, 128)),
        (tiff((8, 8), 1, flat("2B", 50, 128), (338, 3, (1,))), (100, 128)),
        (tiff((8,) * 4, 2, flat("4B", 100, 50, 25, 128), (338, 3, (1,))), (199, 100, 50, 128)),
        (tiff((16,) * 4, 2, flat("<4H", 51_400, 25_700, 12_850, 32_896), (338, 3, (2,))), (200, 100, 50, 128)),
        (
            tiff((16,) * 4, 2, flat(">4H", 25_700, 12_850, 6_425, 32_896), (338, 3, (1,)), order=">"),
            (199, 100, 50, 128),
        ),
    ],
)
def test_alpha_of_8_and_16_bits_that_is_associated_or_not(data: bytes, wanted: tuple[int, ...]) -> None:
    """TIFF 6.0, section 18."""
    assert near(pixel(decoded(data)), wanted, 1)


@pytest.mark.parametrize(("lab", "wanted"), [((128, 0, 0), (119, 119, 119)), ((136, 80, 67), (255, 0, 0))])
def test_cie_lab_becomes_srgb(lab: tuple[int, int, int], wanted: tuple[int, ...]) -> None:
    """TIFF 6.0, section 23: L* from 0 to 100 in 8 bits, a* and b* are signed. The second is sRGB's red for D50."""
    assert near(shown(tiff((8,) * 3, 8, flat("3B", 138 if lab[1] else lab[0], *lab[1:]))), wanted, 12)


@pytest.mark.parametrize(
    "data",
    [
        tiff((16,), 0, flat(">H", 25_700), order=">"),
        tiff((12,), 0, bytes(384)),
        tiff((8,), 1, flat("b", 100), SIGNED),
        tiff((16,), 1, flat("<h", 100), SIGNED),
        tiff((32,), 1, flat("<i", 100), SIGNED),
        tiff((32,), 1, flat(">I", 100), order=">"),
        tiff((64,), 1, flat("<d", 0.5), (339, 3, (3,))),
        tiff((16,), 1, flat("<e", 0.5), (339, 3, (3,))),
        tiff((24,), 1, bytes(768)),
        tiff((6,), 1, bytes(192)),
        tiff((32,) * 3, 2, flat("<3f", 0.8, 0.4, 0.2), (339, 3, (3, 3, 3))),
        tiff((32,) * 3, 2, flat("<3I", 1 << 31, 1 << 30, 1 << 29)),
        tiff((16, 16), 1, flat("<2H", 25_700, 32_896), (338, 3, (2,))),
        tiff((8,) * 5, 5, flat("5B", 0, 0, 0, 155, 255), (338, 3, (2,))),
        tiff((16,) * 3, 8, flat("<3H", 0x8080, 0, 0)),
        tiff((8,) * 3, 9, flat("3B", 128, 128, 128)),
        tiff((8,) * 3, 10, flat("3B", 128, 128, 128)),
        tiff((8,) * 3, 6, bytes((100,) * 4 + (90, 150)) * 64, SUBSAMPLED),
        tiff((8,) * 3, 6, bytes((100,) * 4 + (90, 150)) * 64),
        tiff((32,), 1, zlib.compress(flat(">f", 0.5)), (259, 3, (8,)), (339, 3, (3,)), order=">"),
        planes((16,) * 3, 2, bytes((200, 100)) * 256, bytes(512), bytes(512)),
        planes((8,), 0, bytes(256)),
        planes((4,), 1, bytes(128)),
        planes((32,), 1, flat("<f", 0.5), more=((339, 3, (3,)),)),
        planes((8, 8), 1, bytes(256), bytes(256), more=((338, 3, (2,)),)),
        planes((8, 8), 1, bytes(256), bytes(256), more=((338, 3, (2,)),), packed=True),
        planes((8,) * 4, 2, *[bytes(256)] * 4, more=((338, 3, (1,)),)),
        planes((8,) * 3, 8, *[bytes(256)] * 3),
        planes((8,) * 3, 8, *[bytes(256)] * 3, packed=True),
        planes((8,) * 3, 6, *[bytes(256)] * 3, more=((530, 3, (1, 1)),)),
        tiff((8,), 32_803, flat("B", 100)),
        tiff((8,) * 6, 5, flat("6B", 0, 0, 0, 155, 9, 9), (332, 3, (2,))),
        tiff((8,) * 4, 5, flat("4B", 0, 0, 0, 155), (332, 3, (2,))),
        tiff((32,), 1, struct.pack("<256f", float("nan"), *(0.5,) * 255), (339, 3, (3,))),
        tiff((32,), 1, struct.pack("<256f", *(0.5,) * 255, float("inf")), (339, 3, (3,))),
        tiff((8,) * 3, 2, b"webp", (259, 3, (50_001,))),
        tiff((8,) * 3, 2, b"lerc", (259, 3, (34_887,))),
        tiff((8,) * 3, 2, b"jpeg 2000", (259, 3, (34_712,))),
    ],
)
def test_a_healthy_tiff_of_another_kind_is_told_as_unsupported(data: bytes) -> None:
    with pytest.raises(DarkroomError) as caught:
        decoded(data)
    assert caught.value.code == "unsupported_format"
    assert "TIFF" in str(caught.value)


@pytest.mark.parametrize(
    "data",
    [
        tiff((32,) * 3, 2, bytes(10)).replace(
            struct.pack("<HHII", 279, 4, 1, 10), struct.pack("<HHII", 279, 4, 1, 9999)
        ),
        tiff((8,) * 3, 2, bytes(768), (259, 3, (4_000,))),
        tiff((8,) * 3, 4_000, bytes(768)),
        tiff((0,), 1, bytes(256)),
        tiff((8,), 1, bytes(256))[:280],
    ],
)
def test_a_damaged_tiff_is_told_as_damaged(data: bytes) -> None:
    with pytest.raises(DarkroomError) as caught:
        decoded(data)
    assert caught.value.code in {"corrupt_image", "truncated_image"}


@pytest.mark.parametrize("packed", [False, True])
def test_planes_of_8_bits_are_read(packed: bool) -> None:
    colours = [bytes((level,)) * 256 for level in (200, 100, 50, 128)]
    assert shown(planes((8,) * 3, 2, *colours[:3], packed=packed)) == (200, 100, 50)
    with_alpha = planes((8,) * 4, 2, *colours, more=((338, 3, (2,)),), packed=packed)
    assert pixel(decoded(with_alpha)) == (200, 100, 50, 128)
    assert shown(planes((8,), 1, colours[0], packed=packed)) == (200,) * 3
    assert shown(planes((8,) * 4, 5, *[bytes(256)] * 3, b"\x9b" * 256, packed=packed)) == (100,) * 3


def test_compressed_planes_of_16_bits_are_read() -> None:
    colours = [struct.pack("<H", level * 256 + 7) * 256 for level in (200, 100, 50)]
    assert shown(planes((16,) * 3, 2, *colours, packed=True)) == (200, 100, 50)


def test_ycbcr_without_subsampling_is_read() -> None:
    assert shown(tiff((8,) * 3, 6, flat("3B", 100, 128, 128), (530, 3, (1, 1)))) == (100, 100, 100)
