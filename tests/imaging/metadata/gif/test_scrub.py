"""GIF: each kind of metadata is found and removed, and images, timing and loop do not change by a bit."""

import pytest
from hypothesis import given, settings

from chalicelib.errors import CorruptImage
from chalicelib.imaging import metadata
from chalicelib.imaging.metadata.findings import Kind
from scripts.measuring import samples
from scripts.measuring.samples import SECRET, extension
from tests.imaging.metadata.assert_clean import CHANGES, CUTS, kinds, scrub, survive

# The packet is not in sub-blocks. The bytes after it lead a reader of sub-blocks to its end (XMP part 3, 1.1.2).
XMP = b"\x21\xff\x0bXMP DataXMP" + samples.packet() + b"\1" + bytes(range(255, -1, -1)) + b"\0"
BLOCKS = {
    Kind.COMMENT: extension(0xFE, SECRET, SECRET),
    Kind.TEXT: extension(0x01, bytes(12), SECRET),
    Kind.XMP: XMP,
    Kind.ICC: extension(0xFF, b"ICCRGBG1012", SECRET),
    Kind.C2PA: extension(0xFF, b"C2PA_GIF\1\0\0", SECRET),
    Kind.PRIVATE: extension(0xFF, b"MYCOMPANY01", SECRET),
    Kind.UNKNOWN: extension(0x42, SECRET),
    Kind.PADDING: bytes(3),
}
LOOP = extension(0xFF, b"NETSCAPE2.0", b"\1\5\0")
FULL = samples.gif(*BLOCKS.values(), LOOP)
ANIMATION = samples.animation("GIF")


@pytest.mark.parametrize("kind", BLOCKS)
def test_each_kind_of_metadata_is_found_and_removed(kind: Kind) -> None:
    data = samples.gif(BLOCKS[kind])
    assert kind in kinds(data)
    assert scrub(data).data == samples.gif()


def test_metadata_between_frames_is_removed() -> None:
    data = samples.animation("GIF")
    at = data.rindex(b"\x21\xf9\x04")
    assert scrub(data[:at] + b"".join(BLOCKS.values()) + data[at:]).data == data


def test_frames_timing_and_loop_of_an_animation_are_kept() -> None:
    data = samples.animation("GIF", disposal=2)
    assert scrub(data).data == data


@pytest.mark.parametrize("name", [b"NETSCAPE2.0", b"ANIMEXTS1.0"])
def test_a_loop_extension_is_cut_to_its_count(name: bytes) -> None:
    longer = extension(0xFF, name, b"\1\5\0" + SECRET, b"\2" + SECRET)
    assert kinds(samples.gif(longer)) == {Kind.ANIMATION}
    assert scrub(samples.gif(longer)).data == samples.gif(extension(0xFF, name, b"\1\5\0"))


def test_a_loop_extension_without_a_count_is_removed() -> None:
    assert metadata.strip(samples.gif(extension(0xFF, b"NETSCAPE2.0", b"\2\0\0\0\0"))).data == samples.gif()


def test_a_graphic_control_extension_is_cut_to_four_bytes() -> None:
    longer = extension(0xF9, b"\xe4\x07\0\0" + SECRET, SECRET)
    assert kinds(samples.gif(longer)) == {Kind.ANIMATION}
    assert scrub(samples.gif(longer)).data == samples.gif(extension(0xF9, b"\4\x07\0\0"))


def test_bytes_after_the_trailer_are_removed() -> None:
    data = samples.gif(trailer=SECRET)
    assert kinds(data) == {Kind.TRAILER}
    assert scrub(data).data == samples.gif()


def test_a_missing_trailer_is_added() -> None:
    assert scrub(samples.gif()[:-1]).data == samples.gif()


@pytest.mark.parametrize(
    "broken",
    [
        b"GIF89a",
        b"GIF89a\1\0\1\0\x80\0\0",
        b"GIF89a\1\0\1\0\0\0\0;",
        b"GIF89a\1\0\1\0\0\0\0,",
        samples.gif()[:-9],
        samples.gif(b"\x21\xfe\xff"),
        samples.gif()[:-1] + b"\x21",
    ],
)
def test_a_damaged_gif_is_rejected(broken: bytes) -> None:
    with pytest.raises(CorruptImage):
        metadata.strip(broken)


def test_twenty_thousand_comments_are_counted_in_one_finding() -> None:
    data = samples.gif(extension(0xFE) * 20_000)
    assert [(finding.summary, finding.count) for finding in metadata.inspect(data)] == [("comment", 20000)]
    assert metadata.strip(data).data == samples.gif()


@settings(max_examples=60, deadline=None)
@given(changes=CHANGES, cut=CUTS)
def test_a_damaged_gif_is_rejected_or_cleaned(changes: list[tuple[int, int]], cut: int) -> None:
    survive(FULL, changes, cut)
    survive(ANIMATION, changes, cut)
