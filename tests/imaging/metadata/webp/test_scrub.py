"""WebP: each kind of metadata is found and removed, flags and sizes are corrected, and the bitstreams do not change."""

from typing import Any

import pytest
from hypothesis import given, settings

from chalicelib.errors import CorruptImage
from chalicelib.imaging import metadata
from chalicelib.imaging.metadata.exif.block import minimal_exif
from chalicelib.imaging.metadata.findings import Kind
from scripts.measuring import samples
from scripts.measuring.samples import SECRET, riff, riff_chunks
from tests.imaging.metadata.assert_clean import CHANGES, CUTS, kinds, scrub, survive

EXIF = (b"EXIF", samples.rich_exif(6))
CHUNKS = {
    Kind.EXIF: EXIF,
    Kind.GPS: EXIF,
    Kind.XMP: (b"XMP ", samples.packet()),
    Kind.C2PA: (b"C2PA", SECRET),
    Kind.UNKNOWN: (b"junk", SECRET),
}
ALPHA = samples.draw(mode="RGBA")
ALPHA.putalpha(90)
FULL = samples.webp(*CHUNKS.values(), (b"ICCP", samples.srgb_profile()), flags=0x2C)
ANIMATION = samples.animation("WEBP")


def flags(data: bytes) -> int:
    return dict(riff_chunks(data))[b"VP8X"][0]


@pytest.mark.parametrize("kind", CHUNKS)
def test_each_kind_of_metadata_is_found_and_removed(kind: Kind) -> None:
    data = samples.webp(CHUNKS[kind], flags=0x0C)
    assert kind in kinds(data)
    stripped = scrub(data)
    assert kind in {finding.kind for finding in stripped.removed}
    assert flags(stripped.data) == (0x08 if CHUNKS[kind] == EXIF else 0)


@pytest.mark.parametrize("options", [{}, {"lossless": True}, {"image": ALPHA}, {"image": ALPHA, "lossless": True}])
def test_a_simple_file_stays_simple_and_an_extended_file_keeps_its_orientation(options: dict[str, Any]) -> None:
    simple = samples.encode(options.pop("image", samples.draw()), "WEBP", **options)
    assert scrub(simple).data == simple
    chunks = [part for part in riff_chunks(simple) if part[0] != b"VP8X"]
    alpha = flags(simple) if simple[12:16] == b"VP8X" else 0x10 * (samples.frames(simple)[0][0] == "RGBA")
    canvas = bytes([alpha | 0x08, 0, 0, 0, 39, 0, 0, 23, 0, 0])
    stripped = scrub(riff((b"VP8X", canvas), *chunks, (b"EXIF", b"Exif\0\0" + EXIF[1])))
    assert flags(stripped.data) == alpha | 0x08


SIMPLE = riff_chunks(samples.encode(samples.draw(), "WEBP", lossless=True))
TURNED = riff_chunks(samples.webp(EXIF, flags=0x08))


@pytest.mark.parametrize(
    "unseen",
    [
        samples.webp(EXIF),
        samples.webp(EXIF, flags=0x04),
        samples.webp((b"XMP ", samples.packet(6))),
        samples.webp((b"EXIF", minimal_exif(6))),
        riff(*SIMPLE, EXIF),
        riff(*SIMPLE, TURNED[0], EXIF),
    ],
)
def test_an_orientation_that_decoders_ignore_is_removed(unseen: bytes) -> None:
    stripped = scrub(unseen)
    assert Kind.ORIENTATION not in {finding.kind for finding in stripped.kept}
    assert b"EXIF" not in stripped.data


def test_the_second_of_two_orientations_is_removed() -> None:
    blocks = [(b"EXIF", minimal_exif(turn)) for turn in (6, 3)]
    assert scrub(samples.webp(*blocks, flags=0x08)).data == samples.webp(blocks[0], flags=0x08)


def test_a_profile_is_kept_byte_for_byte() -> None:
    data = samples.encode(samples.draw(), "WEBP", icc_profile=samples.srgb_profile(), exif=samples.rich_exif(3))
    assert samples.profile_of(scrub(data).data) == samples.srgb_profile()


@pytest.mark.parametrize("options", [{"lossless": True}, {"lossless": False}])
def test_frames_timing_and_loop_of_an_animation_are_kept(options: dict[str, Any]) -> None:
    data = samples.animation("WEBP", **options)
    assert scrub(data).data == data


def test_an_unknown_chunk_in_a_frame_is_removed() -> None:
    data = samples.animation("WEBP")
    chunks = riff_chunks(data)
    at = next(index for index, (kind, _) in enumerate(chunks) if kind == b"ANMF")
    chunks[at] = (b"ANMF", chunks[at][1] + riff((b"junk", SECRET))[12:])
    assert Kind.UNKNOWN in kinds(riff(*chunks))
    assert scrub(riff(*chunks)).data == data


def test_a_second_picture_is_removed() -> None:
    second = riff_chunks(samples.encode(samples.draw(turn=1), "WEBP"))[0]
    data = samples.webp(second)
    assert Kind.UNKNOWN in kinds(data)
    assert metadata.strip(data).data == samples.webp()


def test_bytes_after_the_declared_end_are_removed() -> None:
    data = samples.webp(trailer=SECRET)
    assert kinds(data) == {Kind.TRAILER}
    assert scrub(data).data == samples.webp()


def test_padding_and_reserved_bytes_become_zero() -> None:
    data = bytearray(riff(*riff_chunks(samples.webp()), (b"EXIF", b"x"), (b"XMP ", b"")))
    data[21:24] = b"abc"
    data[-9] = 0x41
    assert Kind.PADDING in kinds(bytes(data))
    assert metadata.strip(bytes(data)).data == samples.webp()


def test_a_declared_size_beyond_the_end_is_a_cut_file() -> None:
    """libwebp decodes no such file."""
    data = samples.webp()
    with pytest.raises(CorruptImage) as raised:
        metadata.strip(data[:4] + b"\xff\xff\0\0" + data[8:])
    assert raised.value.code == "truncated_image"


@pytest.mark.parametrize(
    "broken",
    [
        riff(),
        samples.webp()[:-10],
        riff((b"VP8X", bytes(10))),
        riff((b"VP8X", bytes(4)), *riff_chunks(samples.encode(samples.draw(), "WEBP"))),
        riff((b"VP8 ", bytes(12))),
        riff((b"VP8X", b"\x02" + bytes(9)), (b"ANMF", bytes(16))),
        riff(*[part for part in riff_chunks(samples.animation("WEBP")) if part[0] != b"ANIM"]),
    ],
)
def test_a_damaged_webp_is_rejected(broken: bytes) -> None:
    with pytest.raises(CorruptImage):
        metadata.strip(broken)


@settings(max_examples=60, deadline=None)
@given(changes=CHANGES, cut=CUTS)
def test_a_damaged_webp_is_rejected_or_cleaned(changes: list[tuple[int, int]], cut: int) -> None:
    survive(FULL, changes, cut)
    survive(ANIMATION, changes, cut)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (samples.webp().replace(b"VP8 ", b"VQ8 "), "webp_empty"),
        (ANIMATION.replace(b"ANIM", b"ANIN", 1), "webp_animation"),
        (ANIMATION.replace(b"VP8 ", b"VQ8 ").replace(b"VP8L", b"VQ8L"), "webp_frame"),
    ],
)
def test_inspect_and_scrub_name_the_same_rule_for_a_file_without_a_whole_picture(data: bytes, code: str) -> None:
    for read in (metadata.read, metadata.strip):
        with pytest.raises(CorruptImage) as raised:
            read(data)
        assert raised.value.code == code
