"""Apple's HDR JPEG: the two values of the maker note that the gain map needs stay, and nothing else of it."""

import io
from fractions import Fraction

import pytest
from PIL import Image

from chalicelib.imaging import metadata
from chalicelib.imaging.metadata.exif.values import read_values
from chalicelib.imaging.metadata.findings import Kind
from scripts.measuring import samples
from scripts.measuring.samples import segment
from tests.imaging.metadata.assert_clean import kinds
from tests.imaging.metadata.exif.builders import apple_note, iphone_exif
from tests.imaging.metadata.jpeg.builders import APPLE, HDRGM, gain_map, packet, with_index


def iphone(note: bytes, second: bytes = b"") -> bytes:
    exif = segment(0xE1, b"Exif\0\0" + iphone_exif(note))
    return with_index(samples.jpeg(exif), second or gain_map(packet(elements=APPLE)))


def exif_of(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data)) as image:
        block = image.info.get("exif", b"")
    assert isinstance(block, bytes)
    return block.removeprefix(b"Exif\0\0")


@pytest.mark.parametrize("order", [">", "<"])
def test_the_two_values_stay_in_a_minimal_maker_note(order: str) -> None:
    stripped = metadata.strip(iphone(apple_note((101, 100), (-1, 50), order)))
    assert read_values(exif_of(stripped.data)).headroom == (Fraction(101, 100), Fraction(-1, 50))
    assert "headroom of the gain map in EXIF" in {finding.summary for finding in stripped.kept}
    assert "orientation 6" in {finding.summary for finding in stripped.kept}
    assert b"SECRET" not in stripped.data
    assert kinds(stripped.data) == set()
    assert metadata.strip(stripped.data).data == stripped.data


@pytest.mark.parametrize("note", [apple_note(headroom=None), apple_note(gain=(1, 0)), apple_note()[:20]])
def test_a_maker_note_without_both_values_is_lost_by_name(note: bytes) -> None:
    data = iphone(note)
    stripped = metadata.strip(data)
    assert Kind.HEADROOM_LOST.value == "gain map: headroom lost"
    assert Kind.HEADROOM_LOST in {finding.kind for finding in stripped.removed}
    assert Kind.HEADROOM_LOST in kinds(data)
    assert b"Apple iOS" not in stripped.data
    assert kinds(stripped.data) == set()


@pytest.mark.parametrize(
    "data",
    [
        iphone(apple_note(), gain_map(packet(HDRGM))),
        samples.jpeg(segment(0xE1, b"Exif\0\0" + iphone_exif(apple_note()))),
    ],
    ids=["another gain map", "no gain map"],
)
def test_the_maker_note_goes_where_no_reader_needs_it(data: bytes) -> None:
    stripped = metadata.strip(data)
    assert b"Apple iOS" not in stripped.data
    assert Kind.HEADROOM_LOST not in {finding.kind for finding in stripped.removed}
