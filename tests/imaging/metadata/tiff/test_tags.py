"""TIFF: a field stays only where the specification gives it a meaning."""

import pytest
from PIL import TiffImagePlugin

from chalicelib.imaging.metadata import tiff
from tests.imaging.metadata.assert_clean import kinds
from tests.imaging.metadata.tiff.test_scrub import MODES, RGB, assert_clean, pixels, tiff_file

TEXT = b"SECRET Jane Doe, Secret Street 1"
BYTE, SHORT = 1, 3


def with_field(tag: int, kind: int, value: object) -> bytes:
    found = TiffImagePlugin.ImageFileDirectory_v2()
    found.tagtype[tag] = kind
    found[tag] = value
    return tiff_file(RGB, tiffinfo=found)


@pytest.mark.parametrize("tag", [291, 301, 336, 340, 341, 342, 280])
def test_text_in_a_field_of_numbers_goes(tag: int) -> None:
    data = with_field(tag, BYTE, TEXT)
    assert TEXT in data
    assert pixels(assert_clean(data)) == pixels(data)
    assert kinds(data)


def test_a_palette_of_a_page_without_one_goes() -> None:
    data = with_field(320, SHORT, tuple(range(0x4A00, 0x4A00 + 768)))
    clean = assert_clean(data)
    assert pixels(clean) == pixels(data)
    assert len(clean) < len(data) - 1500


@pytest.mark.parametrize("mode", ["P", "CMYK"])
def test_a_palette_and_the_inks_of_a_page_stay(mode: str) -> None:
    data = tiff_file(MODES[mode], tiffinfo=None)
    assert pixels(assert_clean(data)) == pixels(data)
    assert [finding for finding in tiff.read(data).findings if not finding.allowed] == []


def test_a_transfer_function_of_the_right_length_stays() -> None:
    data = with_field(301, SHORT, tuple(range(768)))
    assert len(tiff.strip(data).data) > 768 * 2 + 61 * 47 * 3
