"""What a decoder needs to follow a JPEG scan: units of every sampling, scan headers and Huffman tables."""

import pytest

from chalicelib.imaging.metadata.jpeg.frames import Frame, Part, Tables, read_frame, read_header


def frame(width: int, height: int, *factors: int) -> bytes:
    parts = (bytes([number, factor, 0]) for number, factor in enumerate(factors, 1))
    return b"\x08" + height.to_bytes(2, "big") + width.to_bytes(2, "big") + bytes([len(factors)]) + b"".join(parts)


def scan(*components: int, first: int = 0, last: int = 63, approximation: int = 0) -> bytes:
    parts = b"".join(bytes([component, 0x10 * component | component + 1]) for component in components)
    return bytes([len(components)]) + parts + bytes([first, last, approximation])


# (size, sampling factors, units of a scan of all components, units of a scan of each)
SIZES = [
    ((17, 9), (0x11,), 6, [6]),
    ((17, 9), (0x22, 0x11, 0x11), 2, [6, 2, 2]),
    ((33, 17), (0x22, 0x11, 0x11), 6, [15, 6, 6]),
    ((33, 17), (0x21, 0x11, 0x11), 9, [15, 9, 9]),
    ((16, 40), (0x12, 0x11, 0x11), 6, [10, 6, 6]),
]


@pytest.mark.parametrize(("size", "factors", "together", "alone"), SIZES)
def test_a_scan_has_the_units_of_its_components(
    size: tuple[int, int], factors: tuple[int, ...], together: int, alone: list[int]
) -> None:
    made = read_frame(0xC0, frame(*size, *factors))
    assert made
    headers = [read_header(made, scan(*range(1, len(factors) + 1))), *(read_header(made, scan(each)) for each in (1,))]
    assert headers[0]
    assert made.count_units(headers[0]) == together
    for component, units in enumerate(alone, 1):
        header = read_header(made, scan(component))
        assert header
        assert made.count_units(header) == units


def test_a_unit_has_a_block_for_each_sample_of_its_components() -> None:
    made = read_frame(0xC0, frame(33, 17, 0x22, 0x11, 0x11))
    assert made == Frame(0xC0, 33, 17, {1: (2, 2), 2: (1, 1), 3: (1, 1)})
    header = read_header(made, scan(1, 2, 3))
    assert header
    assert header.blocks == (*[Part(1, 1, 2)] * 4, Part(2, 2, 3), Part(3, 3, 4))
    assert (header.is_interleaved, header.band, header.is_refinement) == (True, range(64), False)


def test_a_scan_of_one_component_has_a_band_and_may_refine_it() -> None:
    made = read_frame(0xC2, frame(33, 17, 0x22, 0x11, 0x11))
    assert made
    header = read_header(made, scan(1, first=6, last=9, approximation=0x21))
    assert header
    assert header.blocks == (Part(1, 1, 2),)
    assert (header.is_interleaved, header.band, header.is_refinement) == (False, range(6, 10), True)


@pytest.mark.parametrize(
    "payload",
    [scan(), scan(9), scan(1, 2, first=1), scan(1, first=5, last=4), scan(1, last=64), scan(1, 1, 1)],
)
def test_a_scan_that_does_not_suit_its_frame_is_not_read(payload: bytes) -> None:
    made = read_frame(0xC0, frame(33, 17, 0x22, 0x11))
    assert made
    assert read_header(made, payload) is None


@pytest.mark.parametrize("payload", [frame(0, 9, 0x11), frame(9, 0, 0x11), frame(9, 9), frame(9, 9, 0x10)])
def test_a_frame_without_samples_is_not_read(payload: bytes) -> None:
    assert read_frame(0xC0, payload) is None


def test_a_later_table_replaces_one_of_the_same_number() -> None:
    tables, part = Tables(), Part(1, 0, 0)
    first, second = bytes([1, *[0] * 15, 7]), bytes([0, 2, *[0] * 14, 8, 9])
    tables.read(b"\0" + first + b"\x10" + second)
    assert (tables.dc(part), tables.ac(part)) == (first, second)
    tables.read(b"\0" + second)
    assert tables.dc(part) == second
    with pytest.raises(KeyError):
        tables.dc(Part(1, 1, 0))
