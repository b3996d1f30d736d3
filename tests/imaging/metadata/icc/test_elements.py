"""ICC elements: exactly the bytes that a colour engine reads are found."""

import struct

import pytest

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.icc.elements import find_ranges

PADDING = bytes(200)


def ranges(signature: bytes, element: bytes, *, after: bytes = PADDING) -> list[tuple[int, int]]:
    """Find the ranges of an element at offset 4, as if it were at offset 0."""
    return [(start - 4, end - 4) for start, end in find_ranges(b"----" + element + after, signature, 4)]


@pytest.mark.parametrize(
    ("signature", "kind", "size"),
    [
        (b"wtpt", b"XYZ ", 20),
        (b"chad", b"sf32", 44),
        (b"meas", b"meas", 36),
        (b"view", b"view", 36),
        (b"cicp", b"cicp", 12),
    ],
)
def test_an_element_of_fixed_size_is_read_without_its_reserved_bytes(signature: bytes, kind: bytes, size: int) -> None:
    assert ranges(signature, kind) == [(0, 4), (8, size)]


def test_a_known_signature_is_read_and_others_are_not() -> None:
    assert ranges(b"tech", b"sig \0\0\0\0dcam") == [(0, 4), (8, 12)]
    assert ranges(b"tech", b"sig \0\0\0\0Jane") == []


@pytest.mark.parametrize(("function", "parameters"), [(0, 1), (1, 3), (2, 4), (3, 5), (4, 7)])
def test_a_parametric_curve_has_the_parameters_of_its_function(function: int, parameters: int) -> None:
    found = ranges(b"rTRC", b"para" + struct.pack(">4xH", function))
    assert found == [(0, 4), (0, 4), (8, 10), (12, 12 + 4 * parameters)]


def test_a_curve_has_its_points() -> None:
    assert ranges(b"kTRC", b"curv" + struct.pack(">4xI", 10)) == [(0, 4), (0, 4), (8, 12 + 20)]


@pytest.mark.parametrize(
    "element",
    [b"para" + struct.pack(">4xH", 5), b"curv" + struct.pack(">4xI", 0x8000), b"text", b"curv"],
    ids=["unknown function", "too many points", "text", "cut off"],
)
def test_a_curve_that_no_engine_reads_has_no_ranges(element: bytes) -> None:
    assert ranges(b"rTRC", element, after=b"" if element == b"curv" else bytes(1 << 17)) == []


@pytest.mark.parametrize(
    ("kind", "size"), [(b"mft1", 48 + 3 * 256 + 2**3 * 3 + 3 * 256), (b"mft2", 52 + 2 * (3 * 4 + 2**3 * 3 + 3 * 5))]
)
def test_a_table_has_its_matrix_curves_and_grid(kind: bytes, size: int) -> None:
    element = kind + struct.pack(">4x3B37xHH", 3, 3, 2, 4, 5)
    assert ranges(b"A2B0", element, after=bytes(2000)) == [(0, 4), (8, 11), (12, size)]


def test_a_table_of_version_4_is_read_at_its_offsets() -> None:
    curve = b"curv" + struct.pack(">4xI", 0)
    head = b"mAB " + struct.pack(">4xBB2x5I", 1, 2, 32, 60, 0, 120, 150)
    element = (head + curve * 2).ljust(120, b"\0") + (b"\x03" + bytes(15) + b"\x02").ljust(30, b"\0") + curve
    two_b_curves = [(32, 36), (40, 44), (44, 48), (52, 56)]
    one_a_curve = [(150, 154), (158, 162)]
    matrix, grid = [(60, 108)], [(120, 121), (136, 137), (140, 140 + 3 * 2 * 2)]
    assert ranges(b"A2B0", element) == [(0, 4), (8, 10), (12, 32), *two_b_curves, *one_a_curve, *matrix, *grid]


def test_a_lut_b_to_a_has_one_b_curve_for_each_input() -> None:
    curve = b"curv" + struct.pack(">4xI", 0)
    element = b"mBA " + struct.pack(">4xBB2x5I", 3, 1, 32, 0, 0, 0, 0) + curve * 3
    assert len(ranges(b"B2A0", element)) == 3 + 2 * 3


@pytest.mark.parametrize(("inputs", "outputs"), [(0, 3), (3, 0), (17, 3), (3, 17)])
def test_a_table_with_an_impossible_number_of_channels_has_no_ranges(inputs: int, outputs: int) -> None:
    assert ranges(b"A2B0", b"mft1" + struct.pack(">4x3B", inputs, outputs, 2), after=bytes(70_000)) == []


def test_lists_of_channels_have_their_number_of_channels() -> None:
    assert ranges(b"chrm", b"chrm" + struct.pack(">4xH", 3)) == [(0, 4), (8, 12 + 3 * 8)]
    assert ranges(b"clro", b"clro" + struct.pack(">4xI", 4)) == [(0, 4), (8, 12 + 4)]
    assert ranges(b"chrm", b"chrm" + struct.pack(">4xH", 99)) == []


@pytest.mark.parametrize(("signature", "kind"), [(b"priv", b"XYZ "), (b"wtpt", b"text"), (b"desc", b"desc")])
def test_a_tag_or_a_type_that_holds_no_colours_has_no_ranges(signature: bytes, kind: bytes) -> None:
    assert ranges(signature, kind) == []


def test_an_element_that_ends_outside_the_profile_has_no_ranges() -> None:
    assert ranges(b"wtpt", b"XYZ ", after=bytes(16)) == [(0, 4), (8, 20)]
    assert ranges(b"wtpt", b"XYZ ", after=bytes(15)) == []


@pytest.mark.parametrize("signature", [b"D2B0", b"D2B3", b"B2D0", b"B2D3"])
def test_multi_process_elements_are_rejected(signature: bytes) -> None:
    with pytest.raises(CorruptImage, match="cannot be checked"):
        ranges(signature, b"mpet")
