"""The cost of an HDR JPEG: memory of three times its size and 4 MiB, and no packet that is searched for seconds."""

import tracemalloc

import pytest
from PIL import Image

from chalicelib.imaging import metadata
from scripts.measuring import samples
from scripts.measuring.samples import XMP_PREFIX, segment
from tests.imaging.metadata.jpeg.builders import HDRGM, NAMESPACES, gain_map, index, packet, with_index
from tests.imaging.metadata.work import count_calls

NOISE = Image.effect_noise((1600, 1200), 200).convert("RGB")
SAID = packet(b'hdrgm:Version="1.0"')
LARGE = samples.jpeg(packet(HDRGM), image=NOISE)


def peak(data: bytes) -> int:
    tracemalloc.start()
    try:
        metadata.strip(data)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("second", [gain_map(packet(HDRGM)), LARGE], ids=["small gain map", "large gain map"])
@pytest.mark.parametrize("clean", [False, True])
def test_memory_stays_within_three_times_the_file(second: bytes, *, clean: bool) -> None:
    data = with_index(samples.jpeg(SAID, image=NOISE), second)
    data = metadata.strip(data).data if clean else data
    assert peak(data) < 3 * len(data) + (4 << 20)


def test_segments_of_exif_and_xmp_are_not_collected_without_limit() -> None:
    parts = [segment(0xE1, b"Exif\0\0" + bytes(60_000)), segment(0xE1, XMP_PREFIX + bytes(60_000))] * 150
    data = with_index(samples.jpeg(SAID, *parts), gain_map(packet(HDRGM)))
    assert peak(data) < 3 * len(data) + (4 << 20)


def test_an_index_that_names_one_picture_many_times_costs_little() -> None:
    crowded = b"\xff\xd8" + segment(0xE7, b"") * 20_000 + b"\xff\xd9"
    data = with_index(samples.jpeg(SAID), crowded)
    at = data.index(b"MPF\0")
    offset = int.from_bytes(data[at + 4 + 50 + 16 + 8 : at + 4 + 50 + 16 + 12], "big")
    two, many = (segment(0xE2, index(*[(0, len(crowded), offset + 16 * 14)] * count)) for count in (2, 16))
    hostile = data[: at - 4] + many + data[at - 4 + len(two) :]
    assert count_calls(hostile) < 20 * count_calls(data)


@pytest.mark.parametrize(
    "text", [b"<hdrgm:GainMapMax>" * 3_000, b"<a:Item " * 7_000, b"<hdrgm:Gamma>" + b"<rdf:li>" * 7_000]
)
def test_a_packet_of_open_elements_is_dropped(text: bytes) -> None:
    second = gain_map(segment(0xE1, XMP_PREFIX + NAMESPACES + text))
    assert metadata.strip(with_index(samples.jpeg(SAID), second)).data == samples.jpeg()
