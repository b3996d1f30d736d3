"""The findings in a JPEG: kind, place, size, and whether the allow-list has each of them."""

import pytest

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.findings import Finding, Kind
from chalicelib.imaging.metadata.jpeg.inspector import JpegInspector
from chalicelib.imaging.metadata.jpeg.segments import walk
from scripts.measuring import samples
from scripts.measuring.samples import SECRET, segment


def inspect(data: bytes) -> tuple[Finding, ...]:
    inspector = JpegInspector(data)
    for each in walk(data):
        inspector.visit(each)
    return inspector.findings()


def found(data: bytes) -> list[tuple[Kind, str, int, bool]]:
    """Return the findings besides the JFIF header that each made JPEG has."""
    return [(each.kind, each.where, each.size, each.allowed) for each in inspect(data) if each.summary != "JFIF header"]


@pytest.mark.parametrize(
    ("marker", "payload", "kind", "where"),
    [
        (0xE0, b"JFXX\0\x10", Kind.THUMBNAIL, "APP0"),
        (0xE1, samples.EXTENDED_PREFIX + bytes(40), Kind.EXTENDED_XMP, "APP1"),
        (0xE2, b"MPF\0", Kind.MPF, "APP2"),
        (0xE2, b"FPXR\0", Kind.PRIVATE, "APP2"),
        (0xEB, b"JP", Kind.C2PA, "APP11"),
        (0xEC, b"Ducky", Kind.COMMENT, "APP12"),
        (0xED, b"Photoshop 3.0\0", Kind.PHOTOSHOP, "APP13"),
        (0xED, b"Adobe_Photoshop2.5", Kind.PHOTOSHOP, "APP13"),
        (0xFE, SECRET, Kind.COMMENT, "COM"),
        (0xEE, b"Adobe" + bytes(8), Kind.COLOR, "APP14"),
        (0xEE, SECRET, Kind.UNKNOWN, "APP14"),
        (0xEC, b"MPF\0", Kind.UNKNOWN, "APP12"),
        (0xEF, b"", Kind.UNKNOWN, "APP15"),
    ],
)
def test_a_segment_is_named_by_its_marker_and_first_bytes(marker: int, payload: bytes, kind: Kind, where: str) -> None:
    made = segment(marker, payload)
    assert found(samples.jpeg(made)) == [(kind, where, len(made), False)]


def test_an_adobe_segment_of_twelve_bytes_and_a_jfif_header_are_allowed() -> None:
    findings = inspect(samples.jpeg(segment(0xEE, b"Adobe" + bytes(7))))
    assert [(each.kind, each.allowed) for each in findings] == [(Kind.DENSITY, True), (Kind.COLOR, True)]


def test_a_second_jfif_header_is_not_allowed() -> None:
    jfif = segment(0xE0, b"JFIF\0\1\1" + bytes(7))
    assert [each.allowed for each in inspect(samples.jpeg(jfif))] == [True, False]


@pytest.mark.parametrize("trailing", [b"\2\2" + bytes(12), b"\1\0", b"\0\1"])
def test_a_jfif_header_with_a_thumbnail_is_not_allowed(trailing: bytes) -> None:
    jfif = segment(0xE0, b"JFIF\0\1\1" + bytes(5) + trailing)
    data = samples.jpeg()
    findings = inspect(data[:2] + jfif + data[20:])
    assert not any(each.allowed for each in findings)
    assert [each.kind for each in findings] == [Kind.DENSITY, Kind.THUMBNAIL][: 2 if len(trailing) > 2 else 1]


def test_photoshop_resources_name_iptc_and_thumbnails_inside_them() -> None:
    payload = b"Photoshop 3.0\x008BIM\x04\x04" + bytes(6) + b"8BIM\x04\x0c" + bytes(6)
    made = segment(0xED, payload)
    assert found(samples.jpeg(made)) == [
        (Kind.PHOTOSHOP, "APP13", len(made), False),
        (Kind.IPTC, "APP13", 0, False),
        (Kind.THUMBNAIL, "APP13", 0, False),
    ]


@pytest.mark.parametrize(
    ("trailer", "summary"),
    [
        (b"\xff\xd8\xff\xd9", "another picture after the end"),
        (b"\0\0\0\x18ftypmp42", "video after the end, as in a motion photo"),
        (b"PK\3\4", "archive after the end"),
        (SECRET, "bytes after the end"),
    ],
)
def test_a_trailer_is_named_by_its_first_bytes(trailer: bytes, summary: str) -> None:
    last = inspect(samples.jpeg(trailer=trailer))[-1]
    assert (last.kind, last.size, last.summary) == (Kind.TRAILER, len(trailer), summary)


def test_a_profile_in_two_segments_is_one_allowed_finding() -> None:
    profile = samples.srgb_profile()
    halves = profile[:300], profile[300:]
    parts = [segment(0xE2, b"ICC_PROFILE\0" + bytes((number, 2)) + half) for number, half in enumerate(halves, 1)]
    assert found(samples.jpeg(*parts)) == [(Kind.ICC, "APP2", len(profile) + 2 * 14, True)]
    assert Kind.PADDING in {each.kind for each in inspect(samples.jpeg(*reversed(parts)))}


def test_no_more_than_256_parts_of_a_profile_are_kept_in_memory() -> None:
    part = segment(0xE2, b"ICC_PROFILE\0\1\1" + samples.srgb_profile())
    sizes = [each.size for each in inspect(samples.jpeg(part * 300)) if each.kind is Kind.ICC]
    assert sizes == [256 * (len(part) - 4)]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\xff\xd8\xff\xd9", "jpeg_marker"),
        (samples.jpeg(b"\xff\xf7\0\4\0\0"), "jpeg_marker"),
        (samples.jpeg(segment(0xDA, b"\1\1\0\0\x3f\0")), "jpeg_order"),
        (samples.jpeg(segment(0xC0, bytes(5) + b"\1" + bytes(3)) * 2), "jpeg_order"),
        (samples.jpeg(segment(0xDD, b"\0\0" + SECRET)), "jpeg_table_length"),
    ],
)
def test_a_file_at_which_decoders_stop_is_rejected(data: bytes, code: str) -> None:
    with pytest.raises(CorruptImage) as raised:
        inspect(data)
    assert raised.value.code == code


def test_the_size_is_that_of_the_frame_header() -> None:
    data = samples.jpeg(image=samples.draw((50, 30)))
    inspector = JpegInspector(data)
    with pytest.raises(CorruptImage, match="no frame header"):
        inspector.size()
    for each in walk(data):
        inspector.visit(each)
    assert inspector.size() == (50, 30)
