"""Colour profiles: a standard one stays whole, private tags and free text go, and the colours do not change."""

import io
import struct
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.findings import Kind
from chalicelib.imaging.metadata.icc import clean_profile, inspect_profile
from scripts.measuring import samples
from scripts.measuring.samples import SECRET, mutate
from tests.imaging.metadata.assert_clean import CHANGES, CUTS

STANDARD = samples.srgb_profile()


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
    image = ImageCms.profileToProfile(samples.draw(), source, display, outputMode="LAB")
    assert isinstance(image, Image.Image)
    return image.tobytes()


def mluc(text: str, locale: bytes = b"enUS") -> bytes:
    words = text.encode("utf-16-be")
    return b"mluc" + struct.pack(">III4sII", 0, 1, 12, locale, len(words), 28) + words


def described(text: bytes, *, macintosh: bytes = b"", behind: bytes = b"") -> bytes:
    head = b"desc" + struct.pack(">II", 0, len(text) + 1) + text + bytes(9)
    return head + bytes((0, 0, len(macintosh))) + macintosh.ljust(67, b"\0") + behind


def replaced(name: bytes, element: bytes, profile: bytes = STANDARD) -> bytes:
    """Put an element in the place of a tag's own one."""
    at = profile.index(name, 132)
    start = len(profile)
    entry = struct.pack(">4sII", name, start, len(element))
    old, size = struct.unpack_from(">II", profile, at + 4)
    rest = profile[at + 12 : old] + (bytes(size) if name in (b"desc", b"cprt") else profile[old : old + size])
    body = profile[4:at] + entry + rest + profile[old + size :] + element + bytes(-len(element) % 4)
    return struct.pack(">I", len(body) + 4) + body


NAME = SECRET.decode()
DOUBTFUL = {
    "private": with_tags((b"mmod", b"mmod\0\0\0\0" + SECRET)),
    "dictionary": with_tags((b"meta", b"dict\0\0\0\0" + SECRET)),
    "calibration date": with_tags((b"calt", b"dtim\0\0\0\0" + bytes(12))),
    "sequence of devices": with_tags((b"pseq", b"pseq\0\0\0\0" + SECRET)),
    "measured target": with_tags((b"targ", b"text\0\0\0\0" + SECRET)),
    "maker's name": with_tags((b"dmnd", b"text\0\0\0\0" + SECRET + b"\0")),
    "long text": with_tags((b"dmnd", b"text\0\0\0\0" + b"Apple" * 300)),
    "description": replaced(b"desc", mluc(NAME)),
    "description of version 2": replaced(b"desc", described(SECRET)),
    "description in Macintosh letters": replaced(b"desc", described(b"sRGB", macintosh=SECRET)),
    "behind a description": replaced(b"desc", described(b"sRGB", behind=SECRET)),
    "behind a text": with_tags((b"dmnd", b"text\0\0\0\0Apple\0" + SECRET)),
    "between the languages": replaced(b"desc", mluc("sRGB") + SECRET),
    "copyright": replaced(b"cprt", b"text\0\0\0\0Copyright " + SECRET + b"\0"),
    "copyright of a known owner and another": replaced(b"cprt", mluc(f"Copyright Apple Inc., 2017, {NAME}")),
    "locale": replaced(b"desc", mluc("sRGB", b"jane")),
    "text under a colour's name": with_tags((b"lumi", b"text\0\0\0\0" + SECRET)),
    "unknown type under a colour's name": with_tags((b"gamt", b"name\0\0\0\0" + SECRET * 40)),
    "large number": with_tags((b"tech", b"sig \0\0\0\0dcam" + SECRET * 20)),
    "unknown number": with_tags((b"tech", b"sig \0\0\0\0JANE" + SECRET)),
    "behind a curve": replaced(b"rTRC", STANDARD[STANDARD.index(b"para") :][:32] + SECRET),
    "behind the end": STANDARD + SECRET,
    "between the tags": with_tags((b"tech", b"sig \0\0\0\0dcam"))[:-12] + SECRET + b"sig \0\0\0\0dcam",
    "in the header": STANDARD[:100] + SECRET + STANDARD[100 + len(SECRET) :],
    "device model": STANDARD[:52] + b"Jane" + STANDARD[56:],
    "wrong fingerprint": STANDARD[:84] + SECRET[:16] + STANDARD[100:],
    "a tag beyond the end": with_tags((b"tech", b"sig \0\0\0\0dcam"))[:-4],
    "hour of the run": STANDARD[:24] + struct.pack(">6H", 2023, 10, 5, 19, 23, 15) + STANDARD[36:],
}


def test_a_standard_profile_stays_byte_for_byte() -> None:
    assert allowed(STANDARD)
    assert clean_profile(STANDARD) == STANDARD


@pytest.mark.parametrize(
    "known",
    [
        (b"tech", b"sig \0\0\0\0dcam"),
        (b"dmnd", b"text\0\0\0\0Apple\0"),
        (b"dmdd", described(b"sRGB", macintosh=b"sRGB\0")),
        (b"cicp", b"cicp\0\0\0\0\x01\x0d\0\x01"),
    ],
)
def test_a_tag_of_the_specification_stays(known: tuple[bytes, bytes]) -> None:
    profile = with_tags(known)
    assert allowed(profile)
    assert clean_profile(profile) == profile


@pytest.mark.parametrize(
    "rights",
    [
        "Copyright (c) 1998 Hewlett-Packard Company",
        "Copyright 1999 Adobe Systems Incorporated",
        "Copyright Apple Inc., 2017",
        "Copyright Apple Computer, Inc., 2005",
        "Copyright 2007 Apple Inc., all rights reserved.",
        "Google Inc. 2016",
        "Copyright (c) Eastman Kodak Company, 1999, all rights reserved.",
        "Copyright International Color Consortium, 2015",
        "Public Domain",
        "CC0",
        "FB",
    ],
)
def test_the_words_of_published_profiles_are_known(rights: str) -> None:
    assert allowed(replaced(b"cprt", mluc(rights)))


def test_the_date_of_a_published_profile_stays_unless_little_cms_wrote_it() -> None:
    published = b"".join((STANDARD[:4], b"appl", *(STANDARD[8:24], struct.pack(">6H", 2017, 7, 7, 13, 22, 32))))
    published += STANDARD[36:80] + b"appl" + STANDARD[84:]
    assert clean_profile(published) == published
    assert clean_profile(DOUBTFUL["hour of the run"]) == STANDARD


@pytest.mark.parametrize("name", DOUBTFUL)
def test_what_is_not_colour_goes_and_the_colours_stay(name: str) -> None:
    profile = DOUBTFUL[name]
    cleaned = clean_profile(profile)
    assert not allowed(profile)
    assert allowed(cleaned)
    assert not any(word in cleaned for word in (SECRET, NAME.encode("utf-16-be"), SECRET[:16], b"Jane", b"JANE"))
    assert len(cleaned) <= len(profile)
    assert clean_profile(cleaned) == cleaned
    assert converted(cleaned) == converted(profile) == converted(STANDARD)


def test_a_needed_text_is_replaced_by_a_neutral_one() -> None:
    cleaned = ImageCms.ImageCmsProfile(io.BytesIO(clean_profile(DOUBTFUL["description of version 2"])))
    assert ImageCms.getProfileDescription(cleaned).strip() == "unnamed"


def test_a_table_of_colours_stays_to_the_byte() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    cleaned = clean_profile(lab)
    assert cleaned[36:40] + cleaned[100:] == lab[36:40] + lab[100:]


@pytest.mark.parametrize("name", [b"D2B0", b"B2D1"])
def test_a_program_that_cannot_be_judged_is_rejected(name: bytes) -> None:
    profile = with_tags((name, b"mpet\0\0\0\0" + SECRET))
    assert not allowed(profile)
    with pytest.raises(CorruptImage):
        clean_profile(profile)


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


def test_tags_that_lie_over_each_other_are_rejected() -> None:
    names = [f"A2B{n}".encode() for n in range(3)] + [f"B2A{n}".encode() for n in range(3)]
    element = b"mft2\0\0\0\0\x03\x03\x20\0" + bytes(36) + b"\0\x02\0\x02"
    tags = b"".join(struct.pack(">4sII", name, 132 + 12 * 6 + 60 * n, 90_000) for n, name in enumerate(names))
    body = struct.pack(">I", len(names)) + tags + element.ljust(60, b"\0") * 6 + bytes(210_000)
    profile = struct.pack(">I", 128 + len(body)) + STANDARD[4:128] + body
    with pytest.raises(CorruptImage):
        clean_profile(profile)


@settings(max_examples=80, deadline=None)
@given(changes=CHANGES, cut=CUTS, name=st.sampled_from(sorted(DOUBTFUL)))
def test_a_damaged_profile_is_cleaned_or_dropped(changes: list[tuple[int, int]], cut: int, name: str) -> None:
    with suppress(CorruptImage):
        cleaned = clean_profile(mutate(DOUBTFUL[name], changes, cut))
        assert cleaned == b"" or allowed(cleaned)
