"""ICC profiles: a standard one stays whole, private tags and free text are removed, and no colour changes."""

import io
import struct
from contextlib import suppress
from hashlib import md5

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.findings import Kind
from chalicelib.imaging.metadata.icc import clean_profile, inspect_profile
from scripts.measuring import sample_profiles, samples
from scripts.measuring.samples import SECRET, mutate
from tests.imaging.metadata.assert_clean import CHANGES, CUTS
from tests.imaging.metadata.icc.builders import NAME, PRIVATE, STANDARD, description, text, with_tags


def allowed(profile: bytes) -> bool:
    return all(finding.allowed for finding in inspect_profile(profile, "ICC", len(profile)))


def converted(profile: bytes) -> bytes:
    """Convert a picture from the profile's colours to Lab with Little CMS."""
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    image = ImageCms.profileToProfile(samples.draw(), source, lab, outputMode="LAB")
    assert isinstance(image, Image.Image)
    return image.tobytes()


def test_a_standard_profile_is_kept_byte_for_byte() -> None:
    assert allowed(STANDARD)
    assert clean_profile(STANDARD) == STANDARD


@pytest.mark.parametrize(
    "tag",
    [
        (b"tech", b"sig \0\0\0\0dcam"),
        (b"dmnd", text(b"Apple")),
        (b"dmdd", description(b"sRGB", macintosh=b"sRGB\0")),
        (b"cicp", b"cicp\0\0\0\0\x01\x0d\0\x01"),
    ],
    ids=lambda tag: tag[0].decode(),
)
def test_a_tag_of_the_specification_is_kept(tag: tuple[bytes, bytes]) -> None:
    profile = with_tags(tag)
    assert allowed(profile)
    assert clean_profile(profile) == profile


@pytest.mark.parametrize("name", PRIVATE)
def test_private_content_is_removed_and_colours_are_kept(name: str) -> None:
    profile = PRIVATE[name]
    cleaned = clean_profile(profile)
    assert not allowed(profile)
    assert allowed(cleaned)
    assert not any(word in cleaned for word in (SECRET, NAME.encode("utf-16-be"), SECRET[:16], b"Jane", b"JANE"))
    assert len(cleaned) <= len(profile)
    assert clean_profile(cleaned) == cleaned
    assert converted(cleaned) == converted(profile) == converted(STANDARD)


def test_private_content_is_one_finding_of_its_size() -> None:
    profile = STANDARD[:100] + SECRET + STANDARD[100 + len(SECRET) :]
    allowed_part, private_part = inspect_profile(profile, "APP2", 5000)
    assert (allowed_part.kind, allowed_part.size, allowed_part.allowed) == (Kind.ICC, 5000, True)
    assert (private_part.kind, private_part.size, private_part.allowed) == (Kind.ICC_TEXT, len(SECRET), False)
    assert (private_part.where, allowed_part.where) == ("APP2", "APP2")


@pytest.mark.parametrize("profile", [STANDARD, PRIVATE["private tag"], b"no profile"])
def test_findings_are_the_same_from_a_profile_that_is_cleaned_already(profile: bytes) -> None:
    given_result = inspect_profile(profile, "ICC", 9, clean_profile(profile))
    assert given_result == inspect_profile(profile, "ICC", 9)


def test_a_required_text_is_replaced_by_a_neutral_one() -> None:
    cleaned = ImageCms.ImageCmsProfile(io.BytesIO(clean_profile(PRIVATE["description of version 2"])))
    assert ImageCms.getProfileDescription(cleaned).strip() == "unnamed"


def test_a_colour_table_is_kept_byte_for_byte() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    cleaned = clean_profile(lab)
    assert cleaned[36:40] + cleaned[100:] == lab[36:40] + lab[100:]


def test_of_two_tags_with_one_signature_the_first_is_kept() -> None:
    cleaned = clean_profile(with_tags((b"tech", b"sig \0\0\0\0dcam"), (b"tech", b"sig \0\0\0\0fscn")))
    assert (cleaned.count(b"tech"), cleaned.count(b"dcam"), cleaned.count(b"fscn")) == (1, 1, 0)


def test_a_colour_tag_whose_size_is_too_small_gets_its_true_size() -> None:
    at = STANDARD.index(b"rXYZ") + 8
    (size,) = struct.unpack_from(">I", STANDARD, at)
    assert clean_profile(STANDARD[:at] + struct.pack(">I", 8) + STANDARD[at + 4 :])[at : at + 4] == struct.pack(
        ">I", size
    )


def test_a_neutral_text_is_not_written_over_colours() -> None:
    profile = bytearray(sample_profiles.cmyk(3))
    table = profile.rindex(b"mft1")
    inside = table + 48 + 4 * 256
    profile[inside : inside + 40] = b"text\0\0\0\0".ljust(40, b"J")
    at = profile.index(b"desc", 132)
    profile[at + 4 : at + 12] = struct.pack(">II", inside, 40)
    cleaned = clean_profile(bytes(profile))
    assert cleaned[table:] == profile[table:]
    assert b"desc" not in cleaned


def test_a_long_text_element_is_removed_whatever_it_holds() -> None:
    assert b"dmnd" in clean_profile(with_tags((b"dmnd", text(b"Apple") + bytes(8000))))
    assert b"dmnd" not in clean_profile(with_tags((b"dmnd", text(b"Apple") + bytes(9000))))


@pytest.mark.parametrize("name", [b"D2B0", b"B2D1"])
def test_a_profile_with_multi_process_elements_is_rejected(name: bytes) -> None:
    profile = with_tags((name, b"mpet\0\0\0\0" + SECRET))
    assert not allowed(profile)
    with pytest.raises(CorruptImage):
        clean_profile(profile)


def test_bytes_behind_the_profile_are_removed_and_nothing_else() -> None:
    assert clean_profile(STANDARD + SECRET) == STANDARD


def test_a_profile_that_changes_loses_its_profile_id() -> None:
    profile = bytearray(PRIVATE["in the header"])
    hashed = bytes(profile[:44] + bytes(4) + profile[48:64] + bytes(4) + profile[68:84] + bytes(16) + profile[100:])
    profile[84:100] = md5(hashed, usedforsecurity=False).digest()
    assert clean_profile(bytes(profile)) == STANDARD


@pytest.mark.parametrize(
    "broken",
    [b"", STANDARD[:131], bytes(600), STANDARD[:128] + b"\xff\xff\xff\xff" + STANDARD[132:]],
    ids=["empty", "cut off", "no signature", "too many tags"],
)
def test_a_profile_that_cannot_be_read_is_removed(broken: bytes) -> None:
    assert [finding.kind for finding in inspect_profile(broken, "ICC", 0)] == [Kind.ICC]
    assert not allowed(broken)
    assert clean_profile(broken) == b""


def test_elements_that_overlap_are_rejected() -> None:
    names = [f"A2B{n}".encode() for n in range(3)] + [f"B2A{n}".encode() for n in range(3)]
    element = b"mft2\0\0\0\0\x03\x03\x20\0" + bytes(36) + b"\0\x02\0\x02"
    tags = b"".join(struct.pack(">4sII", name, 132 + 12 * 6 + 60 * n, 90_000) for n, name in enumerate(names))
    body = struct.pack(">I", len(names)) + tags + element.ljust(60, b"\0") * 6 + bytes(210_000)
    profile = struct.pack(">I", 128 + len(body)) + STANDARD[4:128] + body
    with pytest.raises(CorruptImage):
        clean_profile(profile)


@settings(max_examples=80, deadline=None)
@given(changes=CHANGES, cut=CUTS, name=st.sampled_from(sorted(PRIVATE)))
@example(changes=[(143, 133)], cut=0, name="copyright")
def test_a_damaged_profile_is_cleaned_or_removed(changes: list[tuple[int, int]], cut: int, name: str) -> None:
    with suppress(CorruptImage):
        cleaned = clean_profile(mutate(PRIVATE[name], changes, cut))
        assert cleaned == b"" or allowed(cleaned)
