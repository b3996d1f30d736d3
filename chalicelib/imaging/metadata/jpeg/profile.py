"""The colour profile of a JPEG, spread over APP2 segments of at most 64 KB each (ICC.1:2022, B.4)."""

from collections.abc import Sequence

ICC_PREFIX = b"ICC_PROFILE\0"
_HEAD = len(ICC_PREFIX) + 2
#: What a segment takes besides its length, the prefix, its number and the number of all.
_ROOM = 0xFFFF - 2 - _HEAD


def join_profile(payloads: Sequence[bytes | memoryview]) -> tuple[bytes, bool]:
    """Join the payloads of the ICC segments by their numbers; tell too whether the numbering was right.

    Of two segments of one number the first is taken.
    """
    numbered = {payload[_HEAD - 2]: payload for payload in reversed(payloads) if len(payload) > _HEAD}
    total = len(payloads)
    expected = [bytes((number, total)) for number in range(1, total + 1)] if total < 256 else []
    is_regular = [payload[_HEAD - 2 : _HEAD] for payload in payloads] == expected
    return b"".join(numbered[number][_HEAD:] for number in sorted(numbered)), is_regular


def split_profile(profile: bytes) -> bytes:
    """Write a profile as the APP2 segments of a JPEG; none when it is empty."""
    parts = [profile[at : at + _ROOM] for at in range(0, len(profile), _ROOM)]
    return b"".join(
        b"\xff\xe2" + (len(part) + _HEAD + 2).to_bytes(2, "big") + ICC_PREFIX + bytes((number, len(parts))) + part
        for number, part in enumerate(parts, 1)
    )
