"""The binary parameters of a gain map: read in both forms, written in one, and refused where they make no sense."""

import struct
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.imaging.metadata.gain_map.parameters import (
    Channel,
    Parameters,
    read_parameters,
    round_parameter,
    write_parameters,
)

CHANNEL = Channel(Fraction(-1, 2), Fraction(3), Fraction(1), Fraction(1, 64), Fraction(1, 64))
GREY = Parameters(Fraction(0), Fraction(5, 2), (CHANNEL,))
COLOUR = Parameters(Fraction(0), Fraction(5, 2), (CHANNEL, CHANNEL, CHANNEL), uses_base_colours=False, is_backward=True)


@pytest.mark.parametrize(("parameters", "size"), [(GREY, 61), (COLOUR, 141)])
def test_what_is_written_is_read_again(parameters: Parameters, size: int) -> None:
    written = write_parameters(parameters)
    assert len(written) == size
    assert read_parameters(written + b"more") == parameters


def test_the_bytes_are_those_of_the_specification() -> None:
    expected = struct.pack(">HHB", 0, 0, 0x40) + struct.pack(">IIII", 0, 1, 5, 2)
    expected += struct.pack(">iIiIIIiIiI", -1, 2, 3, 1, 1, 1, 1, 64, 1, 64)
    assert write_parameters(GREY) == expected


def test_a_common_denominator_is_read() -> None:
    numbers = struct.pack(">IIIiiIii", 64, 0, 160, -32, 192, 64, 1, 1)
    assert read_parameters(bytes(4) + b"\x48" + numbers, is_ultra_hdr=True) == GREY
    assert read_parameters(bytes(4) + b"\x48" + numbers) is None


def test_reserved_flags_and_larger_numbers_are_not_written() -> None:
    written = bytearray(write_parameters(GREY))
    written[4] |= 0x33
    written[13:21] = struct.pack(">II", 5 * 0x1234567, 2 * 0x1234567)
    found = read_parameters(bytes(written))
    assert found == GREY


@pytest.mark.parametrize(
    "changes",
    [
        {"base_headroom": Fraction(-1)},
        {"alternate_headroom": Fraction(65)},
        {"channels": (CHANNEL._replace(gamma=Fraction(0)),)},
        {"channels": (CHANNEL._replace(maximum=Fraction(1000)),)},
    ],
)
def test_values_that_no_encoder_writes_are_refused(changes: dict[str, object]) -> None:
    assert read_parameters(write_parameters(replace(GREY, **changes))) is None  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize(
    "data",
    [
        b"",
        write_parameters(GREY)[:-1],
        b"\0\1" + write_parameters(GREY)[2:],
        write_parameters(GREY)[:9] + bytes(4) + write_parameters(GREY)[13:],
        bytes(4) + b"\x08" + bytes(32),
        bytes(4) + b"\x08\0",
    ],
    ids=["empty", "cut", "later version", "zero denominator", "zero common denominator", "no common denominator"],
)
def test_broken_parameters_are_refused(data: bytes) -> None:
    assert read_parameters(data, is_ultra_hdr=True) is None


def test_a_parameter_has_a_small_denominator() -> None:
    assert round_parameter(Fraction(0x7FFFFFFF, 0xFFFFFFFE)) == Fraction(1, 2)


@given(st.binary(max_size=160))
def test_any_bytes_are_refused_or_read_to_one_form(data: bytes) -> None:
    found = read_parameters(bytes(4) + data)
    if found:
        assert read_parameters(write_parameters(found)) == found
