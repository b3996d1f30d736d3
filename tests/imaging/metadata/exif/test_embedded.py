"""The EXIF block and the orientation inside JPEG, PNG and WebP: read as Pillow reads them."""

import io

import pytest
from PIL import Image

from chalicelib.imaging.metadata.exif.block import minimal_exif
from chalicelib.imaging.metadata.exif.embedded import EXIF_PREFIX, find_orientation, has_orientation, inspect_exif
from chalicelib.imaging.metadata.findings import Kind
from scripts.measuring import samples
from tests.imaging.metadata.exif.builders import block, camera_exif, directory

XMP_6 = samples.packet(6)
WITHOUT_TAG = block(directory((271, 2, 4, 0x41414141)))


def pillow_orientation(exif: bytes, packet: bytes) -> int:
    """Return the orientation that Pillow reads from a JPEG with this block and this packet; 1 when it finds none."""
    segments = (samples.segment(0xE1, EXIF_PREFIX + exif), samples.segment(0xE1, samples.XMP_PREFIX + packet))
    with Image.open(io.BytesIO(samples.jpeg(*segments))) as image:
        found = image.getexif().get(274, 1)
    return found if found in range(1, 9) else 1


@pytest.mark.parametrize(
    ("exif", "expected"),
    [
        (minimal_exif(3), 3),
        (minimal_exif(1), 1),
        (block(directory((274, 3, 1, 99))), 1),
        (WITHOUT_TAG, 6),
        (block(directory((274, 3, 0, 3))), 6),
        (block(directory((274, 17, 1, 3))), 6),
    ],
    ids=["another orientation", "upright", "invalid value", "no tag", "empty value", "unknown type"],
)
def test_exif_takes_precedence_over_xmp_if_it_has_the_tag(exif: bytes, expected: int) -> None:
    assert find_orientation(EXIF_PREFIX + exif, XMP_6) == expected == pillow_orientation(exif, XMP_6)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@pytest.mark.parametrize("cut", [1, 3, 4, 6])
def test_an_orientation_entry_that_is_cut_off_is_ignored_as_in_pillow(cut: int) -> None:
    exif = block(directory((274, 3, 1, 3)))[: -4 - cut]
    assert find_orientation(exif, XMP_6) == 6 == pillow_orientation(exif, XMP_6)


@pytest.mark.parametrize("exif", [None, b"", b"no TIFF block"])
def test_the_orientation_of_xmp_counts_without_a_readable_block(exif: bytes | None) -> None:
    assert find_orientation(exif, XMP_6) == 6


def test_a_file_without_exif_and_xmp_is_upright() -> None:
    assert find_orientation(None, None) == 1


@pytest.mark.parametrize("prefixes", range(3))
def test_the_prefix_may_be_missing_or_written_twice(prefixes: int) -> None:
    assert find_orientation(EXIF_PREFIX * prefixes + minimal_exif(8), None) == 8
    kinds = {finding.kind for finding in inspect_exif(EXIF_PREFIX * prefixes + camera_exif(), "APP1", 500)}
    assert {Kind.GPS, Kind.SERIAL} <= kinds


def test_the_size_of_the_block_is_the_one_in_the_file() -> None:
    first, *_ = inspect_exif(EXIF_PREFIX + camera_exif(), "APP1", 500)
    assert (first.kind, first.where, first.size, first.allowed) == (Kind.EXIF, "APP1", 500, False)


@pytest.mark.parametrize("after", [b"", b"\0", b"SECRET"])
def test_a_minimal_block_is_allowed_only_without_further_bytes(after: bytes) -> None:
    (finding,) = inspect_exif(EXIF_PREFIX + minimal_exif(6) + after, "APP1", 32)
    assert finding.allowed == (after == b"")


def test_a_tag_with_an_invalid_value_is_a_tag() -> None:
    assert has_orientation(block(directory((274, 3, 1, 99))))
    assert not has_orientation(WITHOUT_TAG)
    assert not has_orientation(b"II*\0")
