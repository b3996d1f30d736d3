"""Colour profiles: a standard one stays whole, private tags and free text go, and the colours do not change."""

import io
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from chalicelib.imaging.metadata.findings import Kind
from chalicelib.imaging.metadata.icc import clean_profile, inspect_profile
from tests.imaging.metadata import factory
from tests.imaging.metadata.factory import SECRET, mutate
from tests.imaging.metadata.proof import CHANGES, CUTS

STANDARD = factory.srgb_profile()


def with_tags(*tags: tuple[bytes, bytes]) -> bytes:
    """Add tags to the standard profile, which moves each of its own by the room that they take in the table."""
    (count,) = struct.unpack_from(">I", STANDARD, 128)
    end, shift = 132 + 12 * count, 12 * len(tags)
    table = b"".join(
        struct.pack(">4sII", name, at + shift, size)
        for name, at, size in struct.iter_unpack(">4sII", STANDARD[132:end])
    )
    elements = STANDARD[end:]
    for name, element in tags:
        table += struct.pack(">4sII", name, end + shift + len(elements), len(element))
        elements += element + bytes(-len(element) % 4)
    body = STANDARD[4:128] + struct.pack(">I", count + len(tags)) + table + elements
    return struct.pack(">I", len(body) + 4) + body


def allowed(profile: bytes) -> bool:
    return all(finding.allowed for finding in inspect_profile(profile, "ICC", len(profile)))


def converted(profile: bytes) -> bytes:
    display = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    image = ImageCms.profileToProfile(factory.draw(), source, display, outputMode="LAB")
    assert isinstance(image, Image.Image)
    return image.tobytes()


DOUBTFUL = {
    "private": with_tags((b"mmod", b"mmod\0\0\0\0" + SECRET)),
    "dictionary": with_tags((b"meta", b"dict\0\0\0\0" + SECRET)),
    "calibration date": with_tags((b"calt", b"dtim\0\0\0\0" + bytes(12))),
    "long text": with_tags((b"dmnd", b"text\0\0\0\0" + SECRET * 300)),
    "text under a colour's name": with_tags((b"lumi", b"text\0\0\0\0" + SECRET)),
    "large number": with_tags((b"tech", b"sig \0\0\0\0" + SECRET * 20)),
    "behind the end": STANDARD + SECRET,
    "between the tags": with_tags((b"tech", b"sig \0\0\0\0dcam"))[:-12] + SECRET + b"sig \0\0\0\0dcam",
    "in the header": STANDARD[:100] + SECRET + STANDARD[100 + len(SECRET) :],
    "a tag beyond the end": with_tags((b"tech", b"sig \0\0\0\0dcam"))[:-4],
}


def test_a_standard_profile_stays_byte_for_byte() -> None:
    assert allowed(STANDARD)
    assert clean_profile(STANDARD) == STANDARD


@pytest.mark.parametrize(
    "known", [(b"tech", b"sig \0\0\0\0dcam"), (b"dmnd", b"text\0\0\0\0Maker\0"), (b"cicp", bytes(12))]
)
def test_a_tag_of_the_specification_stays(known: tuple[bytes, bytes]) -> None:
    profile = with_tags(known)
    assert allowed(profile)
    assert clean_profile(profile) == profile


@pytest.mark.parametrize("name", DOUBTFUL)
def test_what_is_not_colour_goes_and_the_colours_stay(name: str) -> None:
    profile = DOUBTFUL[name]
    cleaned = clean_profile(profile)
    assert not allowed(profile)
    assert allowed(cleaned)
    assert SECRET not in cleaned
    assert clean_profile(cleaned) == cleaned
    assert converted(cleaned) == converted(STANDARD)


def test_bytes_behind_the_end_go_without_touching_the_rest() -> None:
    assert clean_profile(STANDARD + SECRET) == STANDARD


def test_a_rewritten_profile_does_not_tell_its_date() -> None:
    assert clean_profile(DOUBTFUL["private"])[24:36] == struct.pack(">6H", 2000, 1, 1, 0, 0, 0)


@pytest.mark.parametrize(
    "broken", [b"", STANDARD[:131], bytes(600), STANDARD[:128] + b"\xff\xff\xff\xff" + STANDARD[132:]]
)
def test_a_profile_that_cannot_be_read_goes(broken: bytes) -> None:
    assert [finding.kind for finding in inspect_profile(broken, "ICC", 0)] == [Kind.ICC]
    assert not allowed(broken)
    assert clean_profile(broken) == b""


def test_tags_that_lie_over_each_other_do_not_blow_the_profile_up() -> None:
    tags = b"".join(struct.pack(">4sII", b"A2B0", 132 + at, 90_000) for at in range(99))
    body = struct.pack(">I", 99) + tags + bytes(100_000)
    profile = struct.pack(">I", 128 + len(body)) + STANDARD[4:100] + SECRET[:4] + bytes(24) + body
    assert len(clean_profile(profile)) <= len(profile)


@settings(max_examples=80, deadline=None)
@given(changes=CHANGES, cut=CUTS, name=st.sampled_from(sorted(DOUBTFUL)))
def test_a_damaged_profile_is_cleaned_or_dropped(changes: list[tuple[int, int]], cut: int, name: str) -> None:
    cleaned = clean_profile(mutate(DOUBTFUL[name], changes, cut))
    assert cleaned == b"" or allowed(cleaned)
