"""The gain map of a JPEG: where its segments stand, and how its header is read."""

import pytest

from chalicelib.imaging.metadata.jpeg.gain_map import (
    first_segments,
    gain_map_segments,
    insert_at,
    measure_first_segments,
    read_header,
    read_values,
)
from scripts.measuring import samples
from scripts.measuring.samples import segment
from tests.imaging.metadata.jpeg.builders import HDRGM, ISO, ISO_PREFIX, gain_map, packet, ultra_hdr

EXIF = segment(0xE1, b"Exif\0\0" + samples.rich_exif(6))
VALUES = read_values(read_header(gain_map(packet(HDRGM), segment(0xE2, ISO_PREFIX + ISO))))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (samples.jpeg(), 20),
        (samples.jpeg(EXIF), 20 + len(EXIF)),
        (samples.jpeg(packet(), EXIF), 20),
        (samples.jpeg(image=samples.draw(mode="CMYK")), 2),
    ],
)
def test_the_segments_stand_after_jfif_and_exif(data: bytes, expected: int) -> None:
    assert insert_at(data) == expected


@pytest.mark.parametrize("size", [1, 99_999])
def test_the_size_of_the_segments_is_known_before_they_are_written(size: int) -> None:
    for values in (VALUES, VALUES._replace(iso=None), VALUES._replace(hdrgm=None)):
        assert len(first_segments(100_000, 20, size, values)) == measure_first_segments(size, values)


def test_the_values_of_a_gain_map_are_those_of_its_segments() -> None:
    assert read_values(read_header(samples.jpeg(gain_map_segments(VALUES)))) == VALUES
    assert VALUES.hdrgm == VALUES.iso
    assert VALUES.apple is None
    assert not read_values(read_header(samples.jpeg()))


def test_a_header_that_breaks_off_has_what_comes_before() -> None:
    data = ultra_hdr()
    assert read_header(data[: data.index(b"MPF\0") + 200]).pictures
    assert not read_header(data[:30]).has_more
    assert not read_header(b"").has_more


def test_only_a_header_of_usual_length_is_searched() -> None:
    assert not read_header(samples.jpeg(segment(0xE7, b"") * 2_000, packet(HDRGM))).packets
