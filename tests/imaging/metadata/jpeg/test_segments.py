"""JPEG segments: every byte belongs to one segment, and a coding segment must be filled exactly."""

import pytest
from hypothesis import given

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.jpeg.segments import (
    APP0,
    COM,
    EOI,
    GAP,
    SCAN,
    SOI,
    SOS,
    TRAILER,
    check_coding,
    read_size,
    walk,
)
from chalicelib.imaging.metadata.spans import Segment
from scripts.measuring import samples
from scripts.measuring.samples import SECRET, segment
from tests.imaging.metadata.assert_clean import CHANGES, CUTS

SOF0, DAC, DHT, DQT, DRI, DNL = 0xC0, 0xCC, 0xC4, 0xDB, 0xDD, 0xDC
SMALL = b"\xff\xd8" + segment(COM, b"hi") + segment(SOS, b"\1\1\0\0\x3f\0") + b"coded\xff\0data\xff\xd9"


def test_each_segment_has_its_marker_its_payload_and_its_end() -> None:
    parts = [(part.type, part.start, part.payload(SMALL), part.end) for part in walk(SMALL)]
    assert parts == [
        (SOI, 0, b"", 2),
        (COM, 2, b"hi", 8),
        (SOS, 8, b"\1\1\0\0\x3f\0", 18),
        (SCAN, 18, b"coded\xff\0data", 29),
        (EOI, 29, b"", 31),
    ]


def test_fill_bytes_and_bytes_between_segments_are_a_gap() -> None:
    data = SMALL[:8] + SECRET + SMALL[8:29] + b"\xff\xff" + SMALL[29:]
    gaps = [part.payload(data) for part in walk(data) if part.type == GAP]
    assert gaps == [SECRET, b"\xff\xff"]


def test_bytes_after_the_end_of_image_are_the_trailer() -> None:
    *_, last = walk(SMALL + SMALL)
    assert (last.type, last.payload(SMALL + SMALL)) == (TRAILER, SMALL)


def test_a_jpeg_inside_a_segment_is_part_of_that_segment() -> None:
    data = samples.jpeg(segment(0xE1, samples.jpeg()))
    types = [part.type for part in walk(data)]
    assert (types[:3], types.count(SOI), types.count(EOI)) == ([SOI, APP0, 0xE1], 1, 1)


def test_reserved_codes_and_restarts_in_coded_data_do_not_end_the_scan() -> None:
    data = SMALL.replace(b"coded", b"\xff\xd3\xff\x30\xff\xf4")
    assert [part.type for part in walk(data)] == [SOI, COM, SOS, SCAN, EOI]


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_rows": 1}])
def test_the_segments_cover_the_file_without_overlap(options: dict[str, bool]) -> None:
    data = samples.jpeg(segment(0xE7, SECRET), SECRET, trailer=SECRET, **options)
    assert b"".join(data[part.start : part.end] for part in walk(data)) == data


@given(changes=CHANGES, cut=CUTS)
def test_the_segments_of_a_damaged_file_cover_it_or_it_is_rejected(changes: list[tuple[int, int]], cut: int) -> None:
    damaged = samples.mutate(SMALL, changes, cut)
    try:
        parts = list(walk(damaged))
    except CorruptImage:
        return
    assert [part.start for part in parts] == [0, *(part.end for part in parts[:-1])]
    assert parts[-1].end == max(2, len(damaged))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (SMALL[:-2], "truncated_image"),
        (SMALL[:5], "truncated_image"),
        (b"\xff\xd8\xff\xfe\0\1\xff\xd9", "jpeg_segment_cut"),
        (SMALL[:8] + SMALL, "jpeg_nested"),
    ],
)
def test_a_cut_or_nested_jpeg_is_rejected(data: bytes, code: str) -> None:
    with pytest.raises(CorruptImage) as raised:
        list(walk(data))
    assert raised.value.code == code


EXACT = {
    "one quantisation table of 8 bits": (DQT, bytes(65)),
    "a table of 16 bits and one of 8": (DQT, b"\x10" + bytes(128) + bytes(65)),
    "two Huffman tables": (DHT, (b"\0\2" + bytes(15) + b"ab") * 2),
    "arithmetic conditioning in pairs": (DAC, bytes(4)),
    "a restart interval": (DRI, bytes(2)),
    "a number of lines": (DNL, bytes(2)),
    "a frame of one component": (SOF0, bytes(5) + b"\1" + bytes(3)),
    "a scan of two components": (SOS, b"\2" + bytes(7)),
}


def part_of(marker: int, payload: bytes) -> Segment[int]:
    return Segment(marker, 0, 0, len(payload), len(payload))


@pytest.mark.parametrize("name", EXACT)
def test_a_coding_segment_that_is_filled_exactly_is_accepted(name: str) -> None:
    marker, payload = EXACT[name]
    check_coding(payload, part_of(marker, payload))


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("change", ["one byte more", "one byte less"])
def test_a_coding_segment_with_another_length_is_rejected(name: str, change: str) -> None:
    marker, payload = EXACT[name]
    payload = payload + b"\0" if change == "one byte more" else payload[:-1]
    with pytest.raises(CorruptImage, match="wrong length"):
        check_coding(payload, part_of(marker, payload))


def test_the_size_is_read_from_the_frame_header() -> None:
    frame = b"\x08\x01\x02\x03\x04\1" + bytes(3)
    assert read_size(frame, part_of(SOF0, frame)) == (0x0304, 0x0102)


@pytest.mark.parametrize("frame", [b"\x08\0\0\0\1\1", b"\x08\0\1\0\0\1", b"\x08\0\1\0"])
def test_a_frame_header_without_a_size_is_rejected(frame: bytes) -> None:
    with pytest.raises(CorruptImage) as raised:
        read_size(frame, part_of(SOF0, frame))
    assert raised.value.code == "jpeg_size"
