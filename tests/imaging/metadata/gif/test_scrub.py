"""GIF: each kind of metadata is found and removed, and images, timing and loop do not change by a bit."""

import pytest
from hypothesis import given, settings

from chalicelib.errors import CorruptImage
from chalicelib.imaging import metadata
from chalicelib.imaging.metadata.findings import Kind
from scripts.measuring import factory
from scripts.measuring.factory import SECRET, extension
from tests.imaging.metadata.assert_clean import CHANGES, CUTS, kinds, scrub, survive

# The packet is not in sub-blocks. The bytes after it lead a reader of sub-blocks to its end (XMP part 3, 1.1.2).
XMP = b"\x21\xff\x0bXMP DataXMP" + factory.packet() + b"\1" + bytes(range(255, -1, -1)) + b"\0"
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
FULL = factory.gif(*BLOCKS.values(), LOOP)
ANIMATION = factory.animation("GIF")


@pytest.mark.parametrize("kind", BLOCKS)
def test_each_kind_of_metadata_is_found_and_removed(kind: Kind) -> None:
    data = factory.gif(BLOCKS[kind])
    assert kind in kinds(data)
    assert scrub(data).data == factory.gif()


def test_metadata_between_frames_is_removed() -> None:
    data = factory.animation("GIF")
    at = data.rindex(b"\x21\xf9\x04")
    assert scrub(data[:at] + b"".join(BLOCKS.values()) + data[at:]).data == data


def test_frames_timing_and_loop_of_an_animation_are_kept() -> None:
    data = factory.animation("GIF", disposal=2)
    assert scrub(data).data == data


@pytest.mark.parametrize("name", [b"NETSCAPE2.0", b"ANIMEXTS1.0"])
def test_a_loop_extension_is_cut_to_its_count(name: bytes) -> None:
    longer = extension(0xFF, name, b"\1\5\0" + SECRET, b"\2" + SECRET)
    assert kinds(factory.gif(longer)) == {Kind.ANIMATION}
    assert scrub(factory.gif(longer)).data == factory.gif(extension(0xFF, name, b"\1\5\0"))


def test_a_loop_extension_without_a_count_is_removed() -> None:
    assert metadata.strip(factory.gif(extension(0xFF, b"NETSCAPE2.0", b"\2\0\0\0\0"))).data == factory.gif()


def test_a_graphic_control_extension_is_cut_to_four_bytes() -> None:
    longer = extension(0xF9, b"\xe4\x07\0\0" + SECRET, SECRET)
    assert kinds(factory.gif(longer)) == {Kind.ANIMATION}
    assert scrub(factory.gif(longer)).data == factory.gif(extension(0xF9, b"\4\x07\0\0"))


def test_bytes_after_the_trailer_are_removed() -> None:
    data = factory.gif(trailer=SECRET)
    assert kinds(data) == {Kind.TRAILER}
    assert scrub(data).data == factory.gif()


@pytest.mark.parametrize("missing", [1, 2])
def test_a_missing_trailer_is_added(missing: int) -> None:
    assert scrub(factory.gif()[:-missing]).data == factory.gif()


@pytest.mark.parametrize(
    "broken",
    [
        b"GIF89a",
        b"GIF89a\1\0\1\0\x80\0\0",
        b"GIF89a\1\0\1\0\0\0\0;",
        b"GIF89a\1\0\1\0\0\0\0,",
        factory.gif()[:-9],
        factory.gif(b"\x21\xfe\xff"),
        factory.gif()[:-1] + b"\x21",
    ],
)
def test_a_damaged_gif_is_rejected(broken: bytes) -> None:
    with pytest.raises(CorruptImage):
        metadata.strip(broken)


def test_twenty_thousand_comments_are_counted_in_one_finding() -> None:
    data = factory.gif(extension(0xFE) * 20_000)
    assert [(finding.summary, finding.count) for finding in metadata.inspect(data)] == [("comment", 20000)]
    assert metadata.strip(data).data == factory.gif()


@settings(max_examples=60, deadline=None)
@given(changes=CHANGES, cut=CUTS)
def test_a_damaged_gif_is_rejected_or_cleaned(changes: list[tuple[int, int]], cut: int) -> None:
    survive(FULL, changes, cut)
    survive(ANIMATION, changes, cut)
