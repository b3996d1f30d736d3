"""The colour profile of a PNG: decompressed within a limit, and written under a neutral name."""

import zlib

import pytest

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.png.profile import Profile, read_profile, write_profile
from chalicelib.imaging.metadata.spans import Segment

MIB = 1 << 20


def read(payload: bytes, file_size: int = 0) -> tuple[bytes, Profile]:
    """Read a profile chunk in a file of at least `file_size` bytes."""
    data = payload.ljust(file_size, b"\0")
    return read_profile(data, Segment(b"iCCP", 0, 0, len(payload), len(payload)))


def test_name_and_profile_are_read() -> None:
    name, profile = read(b"Camera RGB\0\0" + zlib.compress(b"profile"))
    assert (name, profile.data, profile.is_whole) == (b"Camera RGB", b"profile", True)


@pytest.mark.parametrize(
    ("payload", "data"),
    [
        (b"icc\0\0" + zlib.compress(b"profile") + b"more", b"profile"),
        (b"icc\0\1" + zlib.compress(b"profile"), b"profile"),
        (b"icc\0\0" + zlib.compress(b"profile")[:-1], b"profile"),
        (b"icc\0\0broken", b""),
        (b"icc\0", b""),
        (b"icc", b""),
        (b"", b""),
    ],
)
def test_a_chunk_that_is_not_exactly_one_zlib_stream_is_not_whole(payload: bytes, data: bytes) -> None:
    assert read(payload)[1] == Profile(data, is_whole=False)


@pytest.mark.parametrize(("size", "file_size"), [(MIB, 0), (3 * MIB, 2 * MIB), (4 * MIB, 8 * MIB)])
def test_a_profile_may_have_the_size_of_the_file_and_one_mebibyte_up_to_four(size: int, file_size: int) -> None:
    assert read(b"icc\0\0" + zlib.compress(bytes(size)), file_size)[1].data == bytes(size)


@pytest.mark.parametrize(("size", "file_size"), [(2 * MIB, 0), (4 * MIB, 2 * MIB), (4 * MIB + 1, 8 * MIB)])
def test_a_larger_profile_is_rejected(size: int, file_size: int) -> None:
    with pytest.raises(CorruptImage) as raised:
        read(b"icc\0\0" + zlib.compress(bytes(size)), file_size)
    assert raised.value.code == "icc_too_large"


def test_a_written_profile_has_a_neutral_name_and_is_read_again() -> None:
    assert read(write_profile(b"profile")) == (b"icc", Profile(b"profile", is_whole=True))
