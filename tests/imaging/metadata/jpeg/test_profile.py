"""The colour profile of a JPEG: split over numbered segments, and joined by their numbers."""

import pytest

from chalicelib.imaging.metadata.jpeg.profile import ICC_PREFIX, join_profile, split_profile
from chalicelib.imaging.metadata.jpeg.segments import walk
from scripts.measuring import samples

MOST = 65_519


def part(number: int, total: int, data: bytes) -> bytes:
    return ICC_PREFIX + bytes((number, total)) + data


@pytest.mark.parametrize(("size", "segments"), [(1, 1), (MOST, 1), (MOST + 1, 2), (150_000, 3), (255 * MOST, 255)])
def test_a_profile_is_split_into_as_few_segments_as_possible_and_joined_again(size: int, segments: int) -> None:
    profile = bytes(index % 251 for index in range(size))
    data = samples.jpeg(split_profile(profile))
    payloads = [each.payload(data) for each in walk(data) if each.payload(data).startswith(ICC_PREFIX)]
    assert len(payloads) == segments
    assert join_profile(payloads) == (profile, True)


def test_an_empty_profile_gives_no_segment() -> None:
    assert split_profile(b"") == b""


@pytest.mark.parametrize(
    ("payloads", "joined"),
    [
        ([part(2, 2, b"b"), part(1, 2, b"a")], b"ab"),
        ([part(1, 2, b"a")], b"a"),
        ([part(1, 3, b"a"), part(2, 3, b"b")], b"ab"),
        ([part(1, 1, b"a"), part(1, 1, b"x")], b"a"),
        ([part(1, 1, b"a"), b"ICC_PROFILE\0"], b"a"),
    ],
)
def test_wrong_numbers_are_reported_and_the_first_segment_of_a_number_is_used(
    payloads: list[bytes], joined: bytes
) -> None:
    assert join_profile(payloads) == (joined, False)


def test_an_empty_last_segment_is_numbered_correctly() -> None:
    assert join_profile([part(1, 2, b"a"), part(2, 2, b"")]) == (b"a", True)


def test_no_segments_give_an_empty_profile() -> None:
    assert join_profile([]) == (b"", True)


def test_256_segments_are_more_than_the_numbers_allow() -> None:
    payloads = [part(number % 256, 0, b"a") for number in range(1, 257)]
    assert join_profile(payloads)[1] is False
