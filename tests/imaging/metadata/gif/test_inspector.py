"""The findings in a GIF: kind, place, size, and whether the allow-list has each of them."""

import pytest

from chalicelib.imaging.metadata.findings import Finding, Kind
from chalicelib.imaging.metadata.gif.blocks import walk
from chalicelib.imaging.metadata.gif.inspector import GifInspector
from scripts.measuring import samples
from scripts.measuring.samples import SECRET, extension


def inspect(data: bytes) -> tuple[Finding, ...]:
    inspector = GifInspector(data)
    for block in walk(data):
        inspector.visit(block)
    return inspector.findings()


def test_a_still_picture_has_no_findings() -> None:
    assert inspect(samples.gif()) == ()


@pytest.mark.parametrize(
    ("made", "kind", "where"),
    [
        (extension(0xFE, SECRET), Kind.COMMENT, "comment extension"),
        (extension(0x01, bytes(12), SECRET), Kind.TEXT, "plain text extension"),
        (extension(0x42, SECRET), Kind.UNKNOWN, "unknown extension"),
        (extension(0xFF, b"ICCRGBG1012", SECRET), Kind.ICC, "application extension"),
        (extension(0xFF, b"C2PA_GIF\1\0\0", SECRET), Kind.C2PA, "application extension"),
        (extension(0xFF, b"MGK8BIM0000", SECRET), Kind.PHOTOSHOP, "application extension"),
        (extension(0xFF, b"MGKIPTC0000", SECRET), Kind.IPTC, "application extension"),
        (extension(0xFF, b"MYCOMPANY01", SECRET), Kind.PRIVATE, "application extension"),
        (extension(0xFF, b"XMP DataXMP", b"<x/>"), Kind.XMP, "application extension"),
        (bytes(3), Kind.PADDING, "bytes between blocks"),
    ],
)
def test_a_block_is_one_finding_with_its_whole_size(made: bytes, kind: Kind, where: str) -> None:
    (finding,) = inspect(samples.gif(made))
    assert (finding.kind, finding.where, finding.size, finding.allowed) == (kind, where, len(made), False)


def test_the_trailer_is_one_finding() -> None:
    (finding,) = inspect(samples.gif(trailer=SECRET))
    assert (finding.kind, finding.size, finding.allowed) == (Kind.TRAILER, len(SECRET), False)


def test_gps_in_an_xmp_packet_is_found() -> None:
    packet = b"\x21\xff\x0bXMP DataXMP" + samples.packet() + b"\1" + bytes(range(255, -1, -1)) + b"\0"
    assert {each.kind for each in inspect(samples.gif(packet))} == {Kind.XMP, Kind.GPS}


@pytest.mark.parametrize(
    ("made", "is_allowed"),
    [
        (extension(0xF9, b"\x1f\7\0\0"), True),
        (extension(0xF9, b"\xe0\7\0\0"), False),
        (extension(0xF9, b"\4\7\0\0" + SECRET), False),
        (extension(0xF9, b"\4\7\0\0", SECRET), False),
        (extension(0xF9, b"\4\7\0"), False),
        (extension(0xFF, b"NETSCAPE2.0", b"\1\5\0"), True),
        (extension(0xFF, b"ANIMEXTS1.0", b"\1\5\0"), True),
        (extension(0xFF, b"NETSCAPE2.0", b"\2\5\0"), False),
        (extension(0xFF, b"NETSCAPE2.0", b"\1\5\0", SECRET), False),
        (extension(0xFF, b"NETSCAPE2.0", b"\1\5\0\0"), False),
    ],
)
def test_timing_and_loop_are_allowed_without_further_bytes(made: bytes, *, is_allowed: bool) -> None:
    (finding,) = inspect(samples.gif(made))
    assert (finding.kind, finding.size, finding.allowed) == (Kind.ANIMATION, len(made), is_allowed)
