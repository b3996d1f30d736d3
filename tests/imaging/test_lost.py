"""What an output does not keep of a photo is listed, and a plain photo loses nothing."""

from dataclasses import replace

import pytest
from PIL import Image

from chalicelib.imaging.codec import decode
from chalicelib.imaging.contents import Contents, read_contents
from chalicelib.imaging.encoding import Encoding
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.lost import find_losses
from chalicelib.imaging.recipe import parse
from chalicelib.imaging.views import whole_view
from chalicelib.records import Loss
from scripts.measuring import sample_profiles, samples
from tests.imaging.colour import made
from tests.pictures import encoded, photo, picture


def lost(
    data: bytes, output: ImageFormat = ImageFormat.PNG, frames: int = 1, **options: object
) -> list[tuple[str, object, object]]:
    recipe = replace(parse(options), encoding=Encoding(output, 80))
    decoded = decode(data, 1_000_000, whole_view)
    losses = find_losses(read_contents(data, decoded.format), decoded, recipe, frames)
    return [(each.kind, each.had, each.kept) for each in losses]


@pytest.mark.parametrize("output", ImageFormat)
@pytest.mark.parametrize("orientation", [1, 6])
def test_a_plain_jpeg_loses_nothing(output: ImageFormat, orientation: int) -> None:
    assert lost(photo(orientation=orientation), output) == []


def test_a_jpeg_loses_alpha_only_where_a_pixel_is_transparent() -> None:
    opaque = encoded(picture(mode="RGB").convert("RGBA"), "PNG")
    clear = photo(pillow_name="PNG", mode="RGBA")

    assert lost(opaque, ImageFormat.JPEG) == []
    assert lost(clear, ImageFormat.JPEG) == lost(photo(pillow_name="PNG", mode="LA"), ImageFormat.JPEG)
    assert lost(clear, ImageFormat.JPEG) == [("alpha", 8, 0)]
    assert lost(clear, ImageFormat.GIF) == [("alpha", 8, 1)]
    assert [lost(clear, each) for each in (ImageFormat.PNG, ImageFormat.WEBP, ImageFormat.AVIF)] == [[], [], []]


def test_a_background_takes_the_alpha_in_every_format() -> None:
    clear = photo(pillow_name="PNG", mode="RGBA")
    assert {tuple(lost(clear, each, background="#ff0000")) for each in ImageFormat} == {(("alpha", 8, 0),)}


@pytest.mark.parametrize("source", ["GIF", "PNG"])
def test_a_photo_whose_pixels_are_opaque_or_clear_needs_one_bit_of_alpha(source: str) -> None:
    image = Image.new("RGBA", (8, 8))
    image.paste((255, 0, 0, 255), (0, 0, 4, 8))
    data = encoded(image, source)
    assert (lost(data, ImageFormat.GIF), lost(data, ImageFormat.JPEG)) == ([], [("alpha", 1, 0)])


def test_frames_are_lost_in_a_still_picture() -> None:
    assert lost(samples.animation("GIF")) == [("frames", 3, 1)]
    assert lost(samples.animation("GIF"), ImageFormat.WEBP, frames=3) == []


def test_depth_and_gamut_are_lost() -> None:
    assert lost(made.png(16, 2, bytes(6 * made.SIDE))) == [("bit_depth", 16, 8)]
    assert lost(photo(icc_profile=sample_profiles.display_p3())) == [("gamut", "display-p3", "srgb")]
    assert lost(photo(mode="CMYK")) == [("gamut", "cmyk", "srgb")]


def test_the_parts_of_the_file_are_lost_in_every_output() -> None:
    decoded = decode(photo(), 1_000_000, whole_view)
    contents = Contents(further_pictures=2, has_gain_map=True, has_c2pa=True)

    assert find_losses(contents, decoded, parse({"format": "avif"})) == (
        Loss("further_pictures", 2, 0),
        Loss("gain_map", 1, 0),
        Loss("c2pa", 1, 0),
    )
