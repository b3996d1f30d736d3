"""JPEG: each kind of metadata is found and removed, and the coded picture does not change by a bit."""

import struct
from typing import Any

import pytest
from hypothesis import given, settings

from chalicelib.errors import CorruptImage
from chalicelib.imaging import metadata
from chalicelib.imaging.metadata import jpeg
from chalicelib.imaging.metadata.findings import Kind
from scripts.measuring import samples
from scripts.measuring.samples import EXTENDED_PREFIX, SECRET, XMP_PREFIX, segment
from tests.imaging.metadata.assert_clean import CHANGES, CUTS, kinds, scrub, survive

EXIF = segment(0xE1, b"Exif\0\0" + samples.rich_exif(6))
SEGMENTS = {
    Kind.EXIF: EXIF,
    Kind.GPS: EXIF,
    Kind.MAKERNOTE: EXIF,
    Kind.SERIAL: EXIF,
    Kind.XMP: segment(0xE1, XMP_PREFIX + samples.packet()),
    Kind.EXTENDED_XMP: segment(0xE1, EXTENDED_PREFIX + bytes(40) + SECRET),
    Kind.PHOTOSHOP: segment(0xED, b"Photoshop 3.0\0" + SECRET),
    Kind.IPTC: segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04" + bytes(6) + SECRET),
    Kind.COMMENT: segment(0xFE, SECRET),
    Kind.MPF: segment(0xE2, b"urn:iso:std:iso:ts:21496:-1\0" + SECRET),
    Kind.C2PA: segment(0xEB, b"JP" + SECRET),
    Kind.PRIVATE: segment(0xE2, b"FPXR\0" + SECRET),
    Kind.UNKNOWN: segment(0xE7, SECRET),
    Kind.THUMBNAIL: segment(0xE0, b"JFXX\0\x10" + SECRET),
    Kind.PADDING: SECRET + b"\xff\x00\xff\xd3\xff\xff",
}
PROGRESSIVE = samples.jpeg(EXIF, progressive=True)
FULL = samples.jpeg(*SEGMENTS.values(), icc_profile=samples.srgb_profile())


@pytest.mark.parametrize("kind", SEGMENTS)
def test_each_kind_of_metadata_is_found_and_removed(kind: Kind) -> None:
    data = samples.jpeg(SEGMENTS[kind])
    assert kind in kinds(data)
    assert kind in {finding.kind for finding in scrub(data).removed}


@pytest.mark.parametrize("options", [{"progressive": True}, {"restart_marker_rows": 1}, {"subsampling": 2}])
def test_a_jpeg_of_every_coding_is_kept(options: dict[str, Any]) -> None:
    scrub(samples.jpeg(*SEGMENTS.values(), **options))


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_grey_and_inverted_cmyk_pictures_are_kept(mode: str) -> None:
    scrub(samples.jpeg(EXIF, image=samples.draw(mode=mode)))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_only_the_orientation_of_exif_is_kept(orientation: int) -> None:
    stripped = scrub(samples.jpeg(segment(0xE1, b"Exif\0\0" + samples.rich_exif(orientation))))
    expected = [f"orientation {orientation}"] if orientation > 1 else []
    assert [finding.summary for finding in stripped.kept if finding.kind is Kind.ORIENTATION] == expected


def test_a_profile_in_many_segments_is_kept_byte_for_byte() -> None:
    profile = samples.srgb_profile()
    profile = struct.pack(">I", 150_000) + profile[4:] + bytes(150_000 - len(profile))
    data = samples.jpeg(EXIF, icc_profile=profile)
    assert samples.profile_of(scrub(data).data) == profile


def test_the_segments_of_a_profile_are_put_in_order() -> None:
    profile = samples.srgb_profile()
    halves = [segment(0xE2, b"ICC_PROFILE\0" + bytes((n, 2)) + profile[300 * n - 300 : 300 * n]) for n in (2, 1)]
    assert samples.profile_of(scrub(samples.jpeg(*halves)).data) == profile


def test_a_repeated_profile_is_kept_once() -> None:
    part = segment(0xE2, b"ICC_PROFILE\0\1\1" + samples.srgb_profile())
    assert metadata.strip(samples.jpeg(part, part)).data.count(b"ICC_PROFILE") == 1


def test_the_jfif_thumbnail_is_removed_and_the_density_is_kept() -> None:
    data = samples.jpeg(dpi=(300, 300))
    thumbnail = segment(0xE0, data[6:18] + b"\x02\x02" + bytes(12) + SECRET)
    data = data[:2] + thumbnail + data[20:]
    assert Kind.THUMBNAIL in kinds(data)
    assert metadata.strip(data).data == samples.jpeg(dpi=(300, 300))


def test_an_adobe_segment_is_cut_to_twelve_bytes() -> None:
    data = samples.jpeg(image=samples.draw(mode="CMYK"))
    at = data.index(b"Adobe") - 4
    longer = data[:at] + segment(0xEE, data[at + 4 : at + 16] + SECRET) + data[at + 16 :]
    assert kinds(longer) == {Kind.COLOR}
    assert metadata.strip(longer).data == data


@pytest.mark.parametrize("trailer", [SECRET, b"\xff\xd8\xff" + SECRET + b"\xff\xd9", b"\0\0\0\x18ftypmp42", b"\0"])
def test_bytes_after_the_end_of_image_are_removed(trailer: bytes) -> None:
    data = samples.jpeg(trailer=trailer)
    assert Kind.TRAILER in kinds(data)
    assert kinds(data) <= {Kind.TRAILER, Kind.VIEW, Kind.VIDEO}
    assert scrub(data).data == samples.jpeg()


@pytest.mark.parametrize("hidden", [segment(0xFE, SECRET), EXIF, b"\xff\xff", SECRET])
def test_metadata_between_scans_is_removed(hidden: bytes) -> None:
    at = PROGRESSIVE.rindex(b"\xff\xda")
    at = PROGRESSIVE.rindex(b"\xff\xc4", 0, at)
    before = b"" if hidden[0] == 0xFF else b"\xff\xfe\0\2"
    assert scrub(PROGRESSIVE[:at] + before + hidden + PROGRESSIVE[at:]).data == metadata.strip(PROGRESSIVE).data


def test_strip_header_returns_the_same_as_strip_for_a_file_without_a_trailer() -> None:
    for data in (samples.jpeg(EXIF), PROGRESSIVE, samples.jpeg(EXIF, restart_marker_rows=1)):
        assert jpeg.strip(data).data == jpeg.strip_header(data).data


@pytest.mark.parametrize(
    "broken",
    [
        b"\xff\xd8\xff",
        samples.jpeg()[:-2],
        samples.jpeg()[:100],
        b"\xff\xd8\xff\xe0\xff\xffJFIF",
        b"\xff\xd8\xff\xe0\0\1\xff\xd9",
        b"\xff\xd8\xff\xd9",
        samples.jpeg(b"\xff\xd8"),
        samples.jpeg(b"\xff\xf7\0\4\0\0"),
        samples.jpeg(b"\xff\xdd\0\5\0\0\0"),
        samples.jpeg(segment(0xDB, bytes(66))),
        samples.jpeg(segment(0xC4, bytes(18))),
        samples.jpeg(segment(0xC0, b"\x08\0\0\0\1\0")),
        samples.jpeg(b"\xff\xda\0\3\0"),
        b"\xff\xd8" + b"\xff\xe1\0\2" * 65_535,
    ],
)
def test_a_damaged_jpeg_is_rejected(broken: bytes) -> None:
    with pytest.raises(CorruptImage):
        metadata.strip(broken)


def test_twenty_thousand_markers_are_counted_in_one_finding() -> None:
    data = samples.jpeg(segment(0xE7, b"") * 20_000)
    findings = [finding for finding in metadata.inspect(data) if finding.kind is Kind.UNKNOWN]
    assert [(finding.size, finding.summary, finding.count) for finding in findings] == [
        (80_000, "unknown application segment", 20_000)
    ]
    assert metadata.strip(data).data == samples.jpeg()


@settings(max_examples=60, deadline=None)
@given(changes=CHANGES, cut=CUTS)
def test_a_damaged_jpeg_is_rejected_or_cleaned(changes: list[tuple[int, int]], cut: int) -> None:
    survive(FULL, changes, cut)
    survive(PROGRESSIVE, changes, cut)
