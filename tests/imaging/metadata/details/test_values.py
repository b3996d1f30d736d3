"""The details of one answer have limits, hold each value once, and become JSON and lines."""

import base64

from chalicelib.imaging.metadata.details.values import Details, Position, Topic
from tests.imaging.metadata.details.builders import thumbnail


def test_equal_values_of_a_name_are_kept_once_and_blanks_not_at_all() -> None:
    details = Details()
    for value in ("Ann", "Ann", " ", "", "Bob"):
        details.add(Topic.NAMES, "Artist", value, "EXIF")
    assert [each.value for each in details.values[Topic.NAMES]] == ["Ann", "Bob"]
    assert details.is_complete


def test_values_and_thumbnails_over_the_limits_are_left_out_and_the_document_says_so() -> None:
    details = Details()
    details.add(Topic.CAPTIONS, "long", "x" * 400_000, "EXIF")
    assert len(next(iter(details.values[Topic.CAPTIONS])).value) == 1 << 17
    for number in range(3):
        details.add(Topic.CAPTIONS, str(number), "x" * 100_000, "EXIF")
    assert sum(len(each.value) for each in details.values[Topic.CAPTIONS]) == 1 << 18
    assert details.document()["complete"] is False

    pictures = Details()
    pictures.add_thumbnail("EXIF IFD1", thumbnail() + bytes(3 << 20))
    assert (pictures.thumbnails, pictures.is_complete) == ([], False)


def test_more_values_than_the_limit_are_left_out() -> None:
    details = Details()
    for number in range(5000):
        details.add(Topic.NAMES, str(number), "x", "XMP")
    assert (len(details.values[Topic.NAMES]), details.is_complete) == (4096, False)


def test_only_pictures_that_browsers_show_become_thumbnails() -> None:
    details = Details()
    picture = thumbnail()
    for content in (picture, picture, b"II*\0 raw"):
        details.add_thumbnail("EXIF IFD1", content)
    [shown] = details.thumbnails
    assert (shown.media_type, shown.size) == ("image/jpeg", len(picture))
    assert base64.b64decode(shown.data_uri.removeprefix("data:image/jpeg;base64,")) == picture
    assert details.is_complete is False


def test_the_document_has_the_first_position_and_every_topic() -> None:
    details = Details()
    details.add_position(Position("EXIF"))
    assert details.document()["position"] is None
    for latitude in (1.0, 2.0):
        details.add_position(Position("EXIF", latitude, 0.0))
    document = details.document()
    assert document["position"]["latitude"] == 1.0
    assert [each["latitude"] for each in document["further_positions"]] == [2.0]
    assert set(document) == {"position", "further_positions", *Topic, "thumbnails", "complete"}


def test_the_lines_hold_each_value() -> None:
    details = Details()
    details.add_position(Position("EXIF", 0.0, -7.5, direction=3.0, direction_reference="magnetic"))
    details.add(Topic.CAMERA, "Make", "Maker", "EXIF")
    details.add_thumbnail("JFXX", thumbnail())
    details.is_complete = False
    position, camera, picture, more = details.lines()
    assert position == "position: latitude 0.0, longitude -7.5, direction 3.0, direction_reference magnetic (EXIF)"
    assert camera == "camera: Make: Maker (EXIF)"
    assert picture.startswith("thumbnail: image/jpeg, ")
    assert more == "more values were left out"
