"""TIFF: a field is kept only if the specification defines it for the pixels of its page."""

import pytest

from chalicelib.imaging.metadata import tiff
from chalicelib.imaging.metadata.tiff import tags
from tests.imaging.metadata.assert_clean import kinds
from tests.imaging.metadata.tiff.builders import BYTE, MODES, SHORT, pixels, strip_clean, tiff_file, with_field

TEXT = b"SECRET Jane Doe, Secret Street 1"


@pytest.mark.parametrize("tag", [291, 301, 336, 340, 341, 342, 280])
def test_text_in_a_numeric_field_is_removed(tag: int) -> None:
    data = with_field(tag, BYTE, TEXT)
    assert TEXT in data
    assert pixels(strip_clean(data)) == pixels(data)
    assert kinds(data)


def test_the_palette_of_a_page_without_palette_colours_is_removed() -> None:
    data = with_field(320, SHORT, tuple(range(0x4A00, 0x4A00 + 768)))
    clean = strip_clean(data)
    assert pixels(clean) == pixels(data)
    assert len(clean) < len(data) - 1500


@pytest.mark.parametrize("mode", ["P", "CMYK"])
def test_the_palette_and_the_inks_of_a_page_are_kept(mode: str) -> None:
    data = tiff_file(MODES[mode], tiffinfo=None)
    assert pixels(strip_clean(data)) == pixels(data)
    assert [finding for finding in tiff.read(data).findings if not finding.allowed] == []


def test_a_transfer_function_of_the_right_length_is_kept() -> None:
    data = with_field(301, SHORT, tuple(range(768)))
    assert len(tiff.strip(data).data) > 768 * 2 + 61 * 47 * 3


@pytest.mark.parametrize(
    ("tag", "field_type", "count", "photometric", "expected"),
    [
        (301, SHORT, 256, 2, True),
        (301, SHORT, 768, 2, True),
        (301, SHORT, 767, 2, False),
        (301, BYTE, 768, 2, False),
        (320, SHORT, 768, 3, True),
        (320, SHORT, 768, 2, False),
        (336, SHORT, 6, 5, True),
        (336, SHORT, 6, 2, False),
        (280, SHORT, 3, 2, True),
        (280, SHORT, 4, 2, False),
        (282, BYTE, 1, 2, True),
    ],
)
def test_a_restricted_field_needs_its_type_count_and_colours(
    tag: int, field_type: int, count: int, photometric: int, expected: bool
) -> None:
    assert tags.is_defined(tag, field_type, count, photometric, samples=3, bits=8) == expected
