"""The images of a GIF are counted, whatever stands between them."""

import pytest

from chalicelib.errors import CorruptImage
from chalicelib.imaging.contents.found import Contents
from chalicelib.imaging.contents.gif import read
from scripts.measuring import samples


def test_comments_and_loops_are_no_frames() -> None:
    data = samples.animation("GIF", count=5)
    assert read(data[:-1] + samples.extension(0xFE, b"a comment") + b";") == Contents(frames=5)


def test_a_c2pa_manifest_is_found() -> None:
    assert read(samples.gif(samples.extension(0xFF, b"C2PA_GIF\1\0\0", b"manifest"))) == Contents(has_c2pa=True)
    assert read(samples.gif(samples.extension(0xFF, b"XMP DataXMP", b"C2PA_GIF"))) == Contents()


def test_a_cut_block_is_damage() -> None:
    with pytest.raises(CorruptImage):
        read(samples.animation("GIF")[:-20])
