"""The colour profile of a JPEG, split over APP2 segments of at most 64 KB each (ICC.1:2022, B.4)."""

from collections.abc import Sequence

ICC_PREFIX = b"ICC_PROFILE\0"
#: The prefix, the number of this segment and the number of segments.
_HEADER_SIZE = len(ICC_PREFIX) + 2
#: Bytes of the profile that fit into one segment, with its length of two bytes.
_MAX_PART = 0xFFFF - 2 - _HEADER_SIZE


def join_profile(payloads: Sequence[bytes | memoryview]) -> tuple[bytes, bool]:
    """Return the profile, joined by the numbers of its segments, and whether the segments are numbered correctly.

    When two segments have the same number, the first is used.
    """
    numbered = {payload[_HEADER_SIZE - 2]: payload for payload in reversed(payloads) if len(payload) > _HEADER_SIZE}
    total = len(payloads)
    expected = [bytes((number, total)) for number in range(1, total + 1)] if total < 256 else []
    is_regular = [payload[_HEADER_SIZE - 2 : _HEADER_SIZE] for payload in payloads] == expected
    return b"".join(numbered[number][_HEADER_SIZE:] for number in sorted(numbered)), is_regular


def split_profile(profile: bytes) -> bytes:
    """Return the APP2 segments of a JPEG that hold a profile; no bytes for an empty profile."""
    parts = [profile[at : at + _MAX_PART] for at in range(0, len(profile), _MAX_PART)]
    return b"".join(
        b"\xff\xe2"
        + (len(part) + _HEADER_SIZE + 2).to_bytes(2, "big")
        + ICC_PREFIX
        + bytes((number, len(parts)))
        + part
        for number, part in enumerate(parts, 1)
    )
