"""The EXIF block and the orientation inside JPEG, PNG and WebP: read as Pillow reads them."""

import io

import pytest
from PIL import Image

from chalicelib.imaging.metadata.exif.block import minimal_exif
from chalicelib.imaging.metadata.exif.embedded import EXIF_PREFIX, find_orientation, inspect_exif
from chalicelib.imaging.metadata.findings import Kind
from scripts.measuring import samples
from tests.imaging.metadata.exif.builders import block, camera_exif, directory

WITHOUT_TAG = block(directory((271, 2, 4, 0x41414141)))


def pillow_orientation(exif: bytes) -> int:
    """Return the orientation that Pillow reads from a JPEG with this block; 1 when it finds none."""
    with Image.open(io.BytesIO(samples.jpeg(samples.segment(0xE1, EXIF_PREFIX + exif)))) as image:
        found = image.getexif().get(274, 1)
    return found if found in range(1, 9) else 1


@pytest.mark.parametrize(
    ("exif", "expected"),
    [
        (minimal_exif(3), 3),
        (minimal_exif(1), 1),
        (block(directory((274, 3, 1, 99))), 1),
        (WITHOUT_TAG, 1),
        (block(directory((274, 3, 0, 3))), 1),
        (block(directory((274, 17, 1, 3))), 1),
    ],
    ids=["another orientation", "upright", "invalid value", "no tag", "empty value", "unknown type"],
)
def test_the_orientation_is_that_of_pillow(exif: bytes, expected: int) -> None:
    assert find_orientation(EXIF_PREFIX + exif) == expected == pillow_orientation(exif)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@pytest.mark.parametrize("cut", [1, 3, 4, 6])
def test_an_orientation_entry_that_is_cut_off_is_ignored_as_in_pillow(cut: int) -> None:
    exif = block(directory((274, 3, 1, 3)))[: -4 - cut]
    assert find_orientation(exif) == 1 == pillow_orientation(exif)


@pytest.mark.parametrize("exif", [b"", b"no TIFF block"])
def test_a_file_without_a_readable_block_is_upright(exif: bytes) -> None:
    assert find_orientation(exif) == 1


@pytest.mark.parametrize("prefixes", range(3))
def test_the_prefix_may_be_missing_or_written_twice(prefixes: int) -> None:
    assert find_orientation(EXIF_PREFIX * prefixes + minimal_exif(8)) == 8
    kinds = {finding.kind for finding in inspect_exif(EXIF_PREFIX * prefixes + camera_exif(), "APP1", 500)}
    assert {Kind.GPS, Kind.SERIAL} <= kinds


def test_the_size_of_the_block_is_the_one_in_the_file() -> None:
    first, *_ = inspect_exif(EXIF_PREFIX + camera_exif(), "APP1", 500)
    assert (first.kind, first.where, first.size, first.allowed) == (Kind.EXIF, "APP1", 500, False)


@pytest.mark.parametrize("after", [b"", b"\0", b"SECRET"])
def test_a_minimal_block_is_allowed_only_without_further_bytes(after: bytes) -> None:
    (finding,) = inspect_exif(EXIF_PREFIX + minimal_exif(6) + after, "APP1", 32)
    assert finding.allowed == (after == b"")
