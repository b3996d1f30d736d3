"""The findings in a WebP: kind, place, size, and whether the allow-list has each of them."""

import pytest

from chalicelib.imaging.metadata.exif.block import minimal_exif
from chalicelib.imaging.metadata.findings import Finding, Kind
from chalicelib.imaging.metadata.webp.chunks import walk
from chalicelib.imaging.metadata.webp.inspector import WebpInspector
from scripts.measuring import samples
from scripts.measuring.samples import SECRET, riff, riff_chunks

SIMPLE = riff_chunks(samples.encode(samples.draw(), "WEBP"))
ANIMATION = riff_chunks(samples.animation("WEBP"))


def inspect(data: bytes) -> tuple[Finding, ...]:
    inspector = WebpInspector(data)
    for each in walk(data):
        inspector.visit(each)
    return inspector.findings()


def found(data: bytes) -> list[tuple[Kind, str, int, bool]]:
    return [(each.kind, each.where, each.size, each.allowed) for each in inspect(data)]


@pytest.mark.parametrize("data", [riff(*SIMPLE), samples.webp(), samples.webp(image=samples.draw(mode="RGBA"))])
def test_a_clean_picture_has_no_findings(data: bytes) -> None:
    assert found(data) == []


@pytest.mark.parametrize(
    ("chunk", "kind", "where"),
    [
        ((b"C2PA", SECRET), Kind.C2PA, "chunk"),
        ((b"junk", SECRET), Kind.UNKNOWN, "chunk"),
        ((b"XMP ", b"<x/>"), Kind.XMP, "XMP"),
    ],
)
def test_a_chunk_is_one_finding_with_its_type_and_length(chunk: tuple[bytes, bytes], kind: Kind, where: str) -> None:
    assert found(samples.webp(chunk, flags=0x04 if kind is Kind.XMP else 0)) == [
        (kind, where, 8 + len(chunk[1]), False)
    ]


def test_the_trailer_is_one_finding() -> None:
    assert found(samples.webp(trailer=SECRET)) == [(Kind.TRAILER, "after RIFF", len(SECRET), False)]


def test_an_orientation_is_allowed_in_the_first_exif_chunk_only() -> None:
    chunks = [(b"EXIF", minimal_exif(6)), (b"EXIF", minimal_exif(3))]
    findings = [(each.summary, each.allowed) for each in inspect(samples.webp(*chunks, flags=0x08))]
    assert findings == [("orientation 6", True), ("orientation 3", False)]


def test_an_orientation_is_not_allowed_when_the_exif_flag_is_off() -> None:
    assert [each.allowed for each in inspect(samples.webp((b"EXIF", minimal_exif(6))))] == [False]


@pytest.mark.parametrize(("flags", "is_allowed"), [(0x20, True), (0, False)])
def test_a_profile_is_allowed_when_its_flag_is_on(flags: int, *, is_allowed: bool) -> None:
    findings = inspect(samples.webp((b"ICCP", samples.srgb_profile()), flags=flags))
    assert [(each.kind, each.allowed) for each in findings] == [(Kind.ICC, is_allowed)]


def test_a_second_profile_is_not_allowed() -> None:
    profile = (b"ICCP", samples.srgb_profile())
    assert [each.allowed for each in inspect(samples.webp(profile, profile, flags=0x20))] == [True, False]


def test_the_flag_of_a_missing_chunk_is_a_finding() -> None:
    assert found(samples.webp(flags=0x08)) == [(Kind.UNKNOWN, "VP8X", 0, False)]


def test_padding_that_is_not_zero_is_a_finding_of_one_byte() -> None:
    data = samples.webp((b"junk", b"odd"))
    assert (Kind.PADDING, "between chunks", 1, False) in found(data[:-1] + b"x")
    assert Kind.PADDING not in {kind for kind, *_ in found(data)}


@pytest.mark.parametrize("header", [b"\0abc" + bytes(6), bytes(12)])
def test_an_extended_header_holds_only_flags_and_size(header: bytes) -> None:
    findings = found(riff((b"VP8X", header), *SIMPLE))
    assert findings == [(Kind.PADDING, "VP8X", 8 + len(header), False)]


def test_an_extended_header_that_is_not_first_is_a_finding() -> None:
    assert (Kind.PADDING, "VP8X", 18, False) in found(riff(*SIMPLE, (b"VP8X", bytes(10))))


@pytest.mark.parametrize("second", [SIMPLE[0], (b"VP8L", b"\x2f" + bytes(4)), (b"ALPH", SECRET)])
def test_a_second_picture_is_a_finding(second: tuple[bytes, bytes]) -> None:
    assert found(samples.webp(second)) == [(Kind.UNKNOWN, "chunk", 8 + len(second[1]), False)]


def test_frames_and_header_of_an_animation_are_allowed() -> None:
    findings = inspect(riff(*ANIMATION))
    assert [(each.summary, each.count, each.allowed) for each in findings] == [
        ("background and loop", 1, True),
        ("frame", 3, True),
    ]


@pytest.mark.parametrize("header", [bytes(7), bytes(5)])
def test_an_animation_header_of_another_size_is_not_allowed(header: bytes) -> None:
    chunks = [(kind, header if kind == b"ANIM" else payload) for kind, payload in ANIMATION]
    assert (Kind.PADDING, "ANIM", 8 + len(header), False) in found(riff(*chunks))


def test_a_frame_of_a_file_that_is_not_an_animation_is_not_shown() -> None:
    frame = next(chunk for chunk in ANIMATION if chunk[0] == b"ANMF")
    assert (Kind.UNKNOWN, "ANMF", 8 + len(frame[1]), False) in found(samples.webp(frame))


def spoil_first_frame(data: bytes) -> bytes:
    """Set the reserved bits of the first frame, which are in the last byte before its chunks."""
    at = data.index(b"ANMF") + 8 + 15
    return data[:at] + b"\xfc" + data[at + 1 :]


def test_each_hidden_byte_of_a_frame_is_counted() -> None:
    data = riff(*ANIMATION)
    assert (Kind.UNKNOWN, "ANMF", 1, False) in found(spoil_first_frame(data))
    at = next(index for index, (kind, _) in enumerate(ANIMATION) if kind == b"ANMF")
    longer = [*ANIMATION[:at], (b"ANMF", ANIMATION[at][1] + riff((b"junk", SECRET))[12:]), *ANIMATION[at + 1 :]]
    assert (Kind.UNKNOWN, "ANMF", 8 + len(SECRET), False) in found(riff(*longer))
