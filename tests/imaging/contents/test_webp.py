"""The chunks of a WebP tell its frames and its manifest."""

from chalicelib.imaging.contents.found import Contents
from chalicelib.imaging.contents.webp import chunks, is_animated, read
from scripts.measuring import samples


def test_a_manifest_is_found() -> None:
    assert read(samples.webp((b"C2PA", b"manifest"))) == Contents(has_c2pa=True)


def test_frames_need_the_flag_of_the_header() -> None:
    data = samples.animation("WEBP")
    without = data[:20] + bytes([data[20] & ~0x02]) + data[21:]
    assert (is_animated(data), read(data).frames) == (True, 3)
    assert (is_animated(without), read(without).frames) == (False, 1)


def test_a_chunk_of_odd_size_is_padded_and_a_cut_one_is_left_out() -> None:
    data = samples.riff((b"ABCD", b"abc"), (b"EFGH", b"efgh"))
    assert [(kind, data[start:end]) for kind, start, end in chunks(data)] == [(b"ABCD", b"abc"), (b"EFGH", b"efgh")]
    assert [kind for kind, _, _ in chunks(data[:-1])] == [b"ABCD"]
