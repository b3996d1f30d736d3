"""The chunks of a PNG tell its frames, its depth, its gain map and its manifest."""

from chalicelib.imaging.contents.found import Contents
from chalicelib.imaging.contents.png import chunks, read
from scripts.measuring import samples
from tests.imaging.colour import made
from tests.pictures import encoded, picture


def test_a_depth_of_16_bits_is_noted_and_smaller_ones_are_not() -> None:
    assert read(made.png(16, 2, bytes(6 * made.SIDE))).bits == 16
    assert read(encoded(picture(mode="1"), "PNG")).bits == 8


def test_a_manifest_and_a_gain_map_are_found() -> None:
    assert read(samples.png(samples.chunk(b"caBX", b"manifest"))) == Contents(has_c2pa=True)
    assert read(samples.png(samples.chunk(b"gDAT", b"map"))) == Contents(has_gain_map=True)


def test_frames_without_their_control_chunk_are_ignored_as_in_browsers() -> None:
    data = samples.animation("PNG")
    start = data.index(b"acTL") - 4
    assert read(data).frames == 3
    assert read(data[:start] + data[start + 20 :]).frames == 1


def test_a_still_picture_before_the_animation_is_no_frame() -> None:
    data = samples.animation("PNG", default_image=True)
    assert (data.count(b"fcTL"), read(data).frames) == (2, 2)


def test_the_chunks_end_at_iend_and_at_a_cut() -> None:
    data = encoded(picture(), "PNG")
    assert [kind for kind, _, _ in chunks(data + data)] == [b"IHDR", b"IDAT"]
    assert [kind for kind, _, _ in chunks(data[:-20])] == [b"IHDR"]
