"""A TIFF gets a new first directory at its end; pages, pixels and old offsets stay."""

import io

import pytest
from PIL import Image

from chalicelib.errors import CorruptImage
from chalicelib.imaging import metadata
from chalicelib.imaging.metadata.credit.tiff import Tail, insert_into_tiff
from chalicelib.imaging.metadata.exif.directories import TiffReader
from scripts.measuring import samples


@pytest.mark.parametrize("big", [False, True])
def test_the_texts_and_the_packet_are_read_and_every_page_stays(big: bool) -> None:
    pages = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    data = metadata.strip(samples.encode(pages[0], "TIFF", save_all=True, append_images=pages[1:], big_tiff=big)).data
    new = insert_into_tiff(data, {0x013B: b"Ann\0", 0x010F: b"A long name of a maker\0"}, b"<x/>")
    with Image.open(io.BytesIO(new)) as image:
        tags = image.tag_v2  # type: ignore[attr-defined]  # Pillow has no type for TIFF files
        assert (tags[0x013B], tags[0x010F], tags[700]) == ("Ann", "A long name of a maker", b"<x/>")
        assert getattr(image, "n_frames", 0) == 2
        for number, page in enumerate(pages):
            image.seek(number)
            assert image.convert("RGB").tobytes() == page.tobytes()


def test_the_old_directory_becomes_zeros() -> None:
    data = metadata.strip(samples.encode(Image.new("RGB", (8, 8), "red"), "TIFF")).data
    at = int.from_bytes(data[4:8], "little")
    assert not any(insert_into_tiff(data, {}, b"<x/>")[at : at + 20])


def test_an_offset_of_more_than_four_bytes_is_refused() -> None:
    tail = Tail(TiffReader(b"", "<", False, 0), start=2**32 - 4)
    with pytest.raises(CorruptImage) as raised:
        tail.write(b"12345")
    assert raised.value.code == "tiff_offset"
