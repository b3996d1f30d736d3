"""The sample photo: docs/sample.jpg is what the script paints, stored as a phone stores it."""

import pytest
from PIL import ExifTags, Image, ImageChops, ImageStat

from chalicelib.imaging.metadata.details import read_details
from scripts.measuring import make_sample


def test_the_stored_sample_is_the_painted_picture() -> None:
    with Image.open(make_sample.SAMPLE) as stored:
        upright = stored.convert("RGB").transpose(Image.Transpose.ROTATE_270)
    difference = ImageChops.difference(upright, make_sample.paint())
    assert max(ImageStat.Stat(difference).mean) < 4


def test_the_stored_sample_is_sideways_and_has_a_position() -> None:
    with Image.open(make_sample.SAMPLE) as stored:
        exif = stored.getexif()
        assert stored.size == (make_sample.HEIGHT, make_sample.WIDTH)
    assert exif[ExifTags.Base.Orientation] == 6
    assert exif[ExifTags.Base.Make] == "Darkroom"
    assert exif.get_ifd(ExifTags.IFD.GPSInfo)


def test_the_sample_of_the_page_is_the_same_picture_and_tells_more() -> None:
    data = make_sample.PAGE_SAMPLE.read_bytes()
    with Image.open(make_sample.PAGE_SAMPLE) as stored:
        difference = ImageChops.difference(stored.convert("RGB"), make_sample.paint().resize(make_sample.PAGE_SIZE))
    assert max(ImageStat.Stat(difference).mean) < 5
    shown = read_details(data).document()
    assert (shown["position"]["latitude"], shown["position"]["longitude"]) == pytest.approx((48.8584, 2.2945))
    assert [each["value"] for each in shown["names"]] == ["Ann Example"]
    assert [each["media_type"] for each in shown["thumbnails"]] == ["image/jpeg"]


def test_grain_is_the_same_each_time() -> None:
    assert make_sample.grain().tobytes() == make_sample.grain().tobytes()


def test_colours_are_mixed_between_two_stops() -> None:
    stops = ((0.0, (0, 0, 0)), (0.5, (100, 0, 0)), (1.0, (100, 200, 0)))
    assert make_sample.between(stops, 0.25) == (50, 0, 0)
    assert make_sample.between(stops, 0.75) == (100, 100, 0)
