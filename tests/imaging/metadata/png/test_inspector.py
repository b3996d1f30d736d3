"""The findings in a PNG: kind, place, size, and whether the allow-list has each of them."""

import struct
import zlib

import pytest

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.findings import Finding, Kind
from chalicelib.imaging.metadata.png.chunks import walk
from chalicelib.imaging.metadata.png.inspector import PngInspector
from scripts.measuring import samples
from scripts.measuring.samples import SECRET, chunk


def inspect(data: bytes, ignored: bytes = b"") -> tuple[Finding, ...]:
    """Inspect a PNG, as if decoders ignored the chunks of one type."""
    inspector = PngInspector(data)
    for each in walk(data):
        inspector.visit(each, "chunk in a wrong place" if each.type == ignored else "")
    return inspector.findings()


def found(data: bytes, ignored: bytes = b"") -> list[tuple[Kind, str, int, bool]]:
    return [(each.kind, each.where, each.size, each.allowed) for each in inspect(data, ignored)]


@pytest.mark.parametrize(
    ("made", "kind", "is_allowed"),
    [
        (chunk(b"pHYs", bytes(9)), Kind.DENSITY, True),
        (chunk(b"gAMA", bytes(4)), Kind.COLOR, True),
        (chunk(b"cICP", bytes(4)), Kind.COLOR, True),
        (chunk(b"acTL", bytes(8)), Kind.ANIMATION, True),
        (chunk(b"tIME", bytes(7)), Kind.TIMESTAMP, False),
        (chunk(b"caBX", SECRET), Kind.C2PA, False),
        (chunk(b"sPLT", SECRET), Kind.TEXT, False),
        (chunk(b"hIST", bytes(2)), Kind.PRIVATE, False),
        (chunk(b"prVt", SECRET), Kind.PRIVATE, False),
        (chunk(b"tEXt", b"Author\0me"), Kind.TEXT, False),
        (chunk(b"zTXt", b"Raw profile type iptc\0\0" + zlib.compress(SECRET)), Kind.IPTC, False),
        (chunk(b"zTXt", b"Raw profile type 8bim\0\0" + zlib.compress(SECRET)), Kind.PHOTOSHOP, False),
        (chunk(b"tEXt", b"Raw profile type xmp\0" + SECRET), Kind.XMP, False),
        (chunk(b"tEXt", b"Raw profile type icm\0" + SECRET), Kind.ICC, False),
        (chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<x/>"), Kind.XMP, False),
    ],
)
def test_a_chunk_is_one_finding_with_its_whole_size(made: bytes, kind: Kind, *, is_allowed: bool) -> None:
    assert found(samples.png(made)) == [(kind, made[4:8].decode(), len(made), is_allowed)]


@pytest.mark.parametrize("made", [chunk(b"tRNS", bytes(6)), chunk(b"bKGD", bytes(6)), chunk(b"sBIT", bytes(3))])
def test_chunks_of_the_picture_itself_are_not_findings(made: bytes) -> None:
    assert found(samples.png(made)) == []


def test_only_the_bytes_over_the_greatest_payload_are_padding() -> None:
    made = chunk(b"gAMA", bytes(4) + SECRET)
    assert found(samples.png(made)) == [
        (Kind.PADDING, "gAMA", len(SECRET), False),
        (Kind.COLOR, "gAMA", len(made), True),
    ]


def test_a_chunk_that_decoders_ignore_is_not_allowed() -> None:
    data = samples.png(chunk(b"gAMA", bytes(4)))
    assert found(data, ignored=b"gAMA") == [(Kind.PADDING, "gAMA", 16, False)]
    profile = samples.png(icc_profile=samples.srgb_profile())
    assert [(kind, allowed) for kind, _, _, allowed in found(profile, ignored=b"iCCP")] == [(Kind.ICC, False)]


def test_the_name_of_a_profile_is_a_finding_unless_it_is_the_neutral_one() -> None:
    packed = b"\0\0" + zlib.compress(samples.srgb_profile())
    neutral, named = (found(samples.png(chunk(b"iCCP", name + packed))) for name in (b"icc", SECRET))
    assert [(kind, allowed) for kind, _, _, allowed in neutral] == [(Kind.ICC, True)]
    assert (Kind.ICC_TEXT, "iCCP", len(SECRET), False) in named


def test_a_profile_that_decoders_cannot_read_is_not_allowed() -> None:
    assert (Kind.ICC, "iCCP", 20, False) in found(samples.png(chunk(b"iCCP", b"icc\0\0bad")))


def test_exif_as_text_is_not_allowed_even_when_it_holds_only_the_orientation() -> None:
    exif = b"MM\0*\0\0\0\x08\0\1\x01\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0"
    text = b"Raw profile type exif\0\nexif\n%8d\n" % len(exif) + exif.hex().encode()
    assert {(kind, allowed) for kind, _, _, allowed in found(samples.png(chunk(b"tEXt", text)))} == {(Kind.EXIF, False)}
    assert [(kind, allowed) for kind, _, _, allowed in found(samples.png(chunk(b"eXIf", exif)))] == [
        (Kind.ORIENTATION, True)
    ]


def test_gps_inside_exif_as_text_is_found() -> None:
    exif = samples.rich_exif()
    text = b"Raw profile type exif\0\nexif\n%8d\n" % len(exif) + exif.hex().encode()
    assert Kind.GPS in {kind for kind, _, _, _ in found(samples.png(chunk(b"tEXt", text)))}


def test_the_trailer_is_one_finding() -> None:
    assert found(samples.png(trailer=SECRET)) == [(Kind.TRAILER, "after IEND", len(SECRET), False)]


def test_an_unknown_critical_chunk_is_rejected() -> None:
    with pytest.raises(CorruptImage) as raised:
        inspect(samples.png(chunk(b"CgBI", struct.pack(">I", 0))))
    assert raised.value.code == "png_critical_chunk"
