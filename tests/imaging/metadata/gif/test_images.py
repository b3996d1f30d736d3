"""The bytes of a GIF image behind its codes: counted, and cut off without a change to any pixel."""

import struct

import pytest

from chalicelib.errors import CorruptImage
from chalicelib.imaging import metadata
from chalicelib.imaging.gif_header import sub_blocks as ranges
from chalicelib.imaging.metadata import Kind
from chalicelib.imaging.metadata.gif.blocks import Part, walk
from scripts.measuring import samples
from scripts.measuring.samples import SECRET
from tests.imaging.metadata.assert_clean import scrub
from tests.imaging.metadata.gif.builders import codes_of, pack, sub_blocks

HIDDEN = SECRET * 3


def with_codes(image: bytes, change: object, size: int = 255) -> bytes:
    """Replace the codes of the last image by `change(codes)`, in sub-blocks of at most `size` bytes."""
    assert callable(change)
    block = [each for each in walk(image) if each.type is Part.IMAGE][-1]
    stream = b"".join(image[start:end] for start, end in ranges(image, block.payload_start))
    return image[: block.payload_start] + sub_blocks(change(stream), size) + image[block.end :]


@pytest.mark.parametrize("size", [1, 30, 255])
@pytest.mark.parametrize("image", [samples.gif(), samples.animation("GIF")])
def test_bytes_behind_the_end_code_are_counted_and_cut(image: bytes, size: int) -> None:
    data = with_codes(image, lambda stream: stream + HIDDEN, size)
    stripped = scrub(data)
    (finding,) = stripped.removed
    assert (finding.kind, finding.where, finding.size) == (Kind.PADDING, "image", len(HIDDEN))
    assert finding.summary == "bytes behind the end of the image"


def test_sub_blocks_of_any_size_without_hidden_bytes_are_copied() -> None:
    data = with_codes(samples.gif(), bytes, 7)
    assert scrub(data).data == data


def test_pixels_behind_a_full_picture_are_cut() -> None:
    clean = samples.gif(image=samples.draw((40, 40), "P"))
    lower = clean.replace(struct.pack("<HH", 40, 40), struct.pack("<HH", 40, 10))
    stripped = scrub(lower)
    assert len(stripped.data) < len(lower) - 64
    assert [finding.summary for finding in stripped.removed] == ["bytes behind the end of the image"]


def test_a_missing_trailer_is_added_behind_cut_codes() -> None:
    data = with_codes(samples.gif(), lambda stream: stream + HIDDEN)
    assert scrub(data[:-1]).data == scrub(data).data
    with pytest.raises(CorruptImage, match="cut short"):
        scrub(data[:-2])


@pytest.mark.parametrize(("width", "height"), [(0, 4), (4, 0)])
def test_an_image_without_a_size_is_rejected(width: int, height: int) -> None:
    head = b"GIF89a" + struct.pack("<HHBBB", 4, 4, 0, 0, 0) + b"," + struct.pack("<HHHHB", 0, 0, width, height, 0)
    data = head + b"\x08" + sub_blocks(pack(codes_of([256, 1, 257], 8))) + b";"
    for read in (metadata.read, metadata.strip):
        with pytest.raises(CorruptImage) as raised:
            read(data)
        assert raised.value.code == "gif_code"
