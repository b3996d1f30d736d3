"""The sample photo: docs/sample.jpg is what the script paints, stored as a phone stores it."""

from PIL import ExifTags, Image, ImageChops, ImageStat

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


def test_grain_is_the_same_each_time() -> None:
    assert make_sample.grain().tobytes() == make_sample.grain().tobytes()


def test_colours_are_mixed_between_two_stops() -> None:
    stops = ((0.0, (0, 0, 0)), (0.5, (100, 0, 0)), (1.0, (100, 200, 0)))
    assert make_sample.between(stops, 0.25) == (50, 0, 0)
    assert make_sample.between(stops, 0.75) == (100, 100, 0)
