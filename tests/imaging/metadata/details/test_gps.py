"""Positions are exact to a millionth of a degree, with signs from their references."""

import struct
from typing import Any

import pytest

from chalicelib.imaging.metadata.details.values import Details, Position, Topic
from tests.imaging.metadata.details import builders
from tests.imaging.metadata.details.test_exif import read


def position(**changes: Any) -> Position | None:
    fields = builders.GPS | {int(name[1:]): value for name, value in changes.items()}
    found = read(builders.exif(gps={tag: value for tag, value in fields.items() if value is not None})).positions
    return found[0] if found else None


@pytest.mark.parametrize(("north", "east", "signs"), [("N", "E", (1, 1)), ("S", "W", (-1, -1)), ("n", "w", (1, -1))])
def test_south_and_west_are_negative(north: str, east: str, signs: tuple[int, int]) -> None:
    found = position(_1=north, _3=east)
    assert found
    assert found.latitude == pytest.approx(signs[0] * 33.8567, abs=1e-9)
    assert found.longitude == pytest.approx(signs[1] * 70.65041666666667, abs=1e-9)


@pytest.mark.parametrize(("reference", "altitude"), [(b"\0", 12.5), (b"\1", -12.5), (b"\2", 12.5), (b"\3", -12.5)])
def test_an_altitude_below_the_sea_is_negative(reference: bytes, altitude: float) -> None:
    found = position(_5=reference)
    assert found
    assert found.altitude == altitude


@pytest.mark.parametrize(("reference", "name"), [("T", "true"), ("M", "magnetic"), ("?", None)])
def test_a_direction_says_which_north_it_counts_from(reference: str, name: str | None) -> None:
    found = position(_16=reference)
    assert found
    assert (found.direction, found.direction_reference) == (241.25, name)


def test_a_directory_without_numbers_has_no_position() -> None:
    assert read(builders.exif(gps={1: "N", 3: "E"})).positions == []


def test_a_fraction_without_a_denominator_is_no_number() -> None:
    block = builders.exif(gps=builders.GPS)
    order = "<" if block[:2] == b"II" else ">"
    denominator = block.index(struct.pack(f"{order}II", 33, 1)) + 4
    found = read(block[:denominator] + bytes(4) + block[denominator + 4 :]).positions[0]
    assert found.latitude is None
    assert found.longitude == pytest.approx(builders.LONGITUDE)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({29: "2026:05:01", 7: (9.0, 8.0, 7.0)}, ("GPSDateTime", "2026:05:01 09:08:07Z")),
        ({29: "2026-05-01", 7: (9.0, 8.0, 7.25)}, ("GPSDateTime", "2026:05:01 09:08:07.25Z")),
        ({29: "2026:05:01", 7: (10.0, 0.0, 0.0)}, ("GPSDateTime", "2026:05:01 10:00:00Z")),
        ({7: (23.0, 59.0, 50.0)}, ("GPSTimeStamp", "23:59:50Z")),
        ({29: "2026:05:01"}, ("GPSDateStamp", "2026:05:01")),
    ],
)
def test_the_time_of_a_position_is_in_utc(fields: dict[int, Any], expected: tuple[str, str]) -> None:
    times = read(builders.exif(gps=fields)).values[Topic.TIMES]
    assert [(each.name, each.value) for each in times] == [expected]


def test_the_destination_and_the_area_are_shown() -> None:
    details: Details = read(
        builders.exif(gps={19: "N", 20: (1.0, 30.0, 0.0), 21: "E", 22: (2.0, 0.0, 0.0), 28: b"ASCII\0\0\0Cove"})
    )
    assert details.positions == [Position("EXIF destination", 1.5, 2.0)]
    assert [each.value for each in details.values[Topic.PLACES]] == ["Cove"]
