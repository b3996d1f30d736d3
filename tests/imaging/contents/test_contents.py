"""What a file holds is read by its format, and damage behind the first picture hides nothing of that picture."""

import pytest

from chalicelib.imaging.contents import Contents, read_contents
from chalicelib.imaging.formats import ImageFormat, sniff
from scripts.measuring import samples
from tests.imaging.kinds_of_photos import KINDS
from tests.pictures import encoded, photo, picture


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF"])
def test_a_plain_picture_holds_nothing_more(name: str) -> None:
    data = photo(pillow_name=name)
    assert read_contents(data, sniff(data)) == Contents()


@pytest.mark.parametrize("name", ["PNG", "WEBP", "GIF", "AVIF"])
def test_the_frames_of_an_animation_are_counted(name: str) -> None:
    data = samples.animation(name, count=4)
    assert read_contents(data, sniff(data)) == Contents(frames=4)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_photo_is_read(kind: str) -> None:
    data = KINDS[kind]()
    assert read_contents(data, sniff(data)).frames == (3 if "animated" in kind else 1)


@pytest.mark.parametrize("image_format", [known for known in ImageFormat if known is not ImageFormat.HEIC])
def test_a_file_that_ends_in_its_header_holds_one_picture(image_format: ImageFormat) -> None:
    """The decoder decides whether the picture can be shown."""
    data = encoded(picture(), image_format.pillow_name)
    whole = [read_contents(data[:end], image_format) for end in range(12, 90)]
    assert {each.further_pictures for each in whole} == {0}
