"""XMP values are sorted by topic, dates are spelled as in EXIF, and GPS properties become positions."""

import base64
import re

import pytest

from chalicelib.imaging.metadata.details.values import Details, Position, Topic
from chalicelib.imaging.metadata.details.xmp_names import PREFIXES, TOPICS
from chalicelib.imaging.metadata.details.xmp_values import read_xmp
from tests.imaging.metadata.details.builders import packet, thumbnail
from tests.imaging.metadata.details.test_exif import only


def read(inner: str, attributes: str = "") -> Details:
    details = Details()
    read_xmp(packet(inner, attributes), details)
    return details


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-05-01T10:11:12.5+02:00", "2026:05:01 10:11:12.5+02:00"),
        ("2026-05-01T10:11Z", "2026:05:01 10:11Z"),
        ("2026-05-01", "2026:05:01"),
        ("yesterday", "yesterday"),
    ],
)
def test_a_date_is_spelled_as_in_exif(text: str, expected: str) -> None:
    assert only(read("", f'xmp:CreateDate="{text}"'), Topic.TIMES) == [("xmp:CreateDate", expected)]


def test_each_value_has_its_topic_and_its_language() -> None:
    details = read(
        '<dc:creator><rdf:Seq><rdf:li>Ann</rdf:li></rdf:Seq></dc:creator><dc:title xml:lang="de">B</dc:title>'
    )
    assert only(details, Topic.NAMES) == [("dc:creator", "Ann")]
    assert only(details, Topic.CAPTIONS) == [("dc:title[de]", "B")]
    assert only(details, Topic.SOFTWARE) == [("x:xmptk", "Kit 1")]


def test_an_unknown_property_is_shown_if_a_known_one_is_around_it() -> None:
    assert only(read("<dc:creator><own:part>Ann</own:part></dc:creator>"), Topic.NAMES) == [
        ("dc:creator/own:part", "Ann")
    ]
    assert read("<own:part>Ann</own:part>").values[Topic.NAMES] == {}


def test_gps_properties_become_a_position() -> None:
    attributes = (
        'exif:GPSLatitude="26,34.951S" exif:GPSLongitude="80,12,3.5W" exif:GPSAltitude="125/10" '
        'exif:GPSAltitudeRef="1" exif:GPSImgDirection="965/4" exif:GPSImgDirectionRef="M"'
    )
    [found] = read("", attributes).positions
    assert found.source == "XMP"
    assert found.latitude == pytest.approx(-26.582516666, abs=1e-8)
    assert found.longitude == pytest.approx(-80.200972222, abs=1e-8)
    assert (found.altitude, found.direction, found.direction_reference) == (-12.5, 241.25, "magnetic")


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ('exif:GPSLatitude="-1.5" exif:GPSLongitude="2"', Position("XMP", -1.5, 2.0)),
        ('exif:GPSAltitude="5/0"', None),
        ('exif:GPSAltitude="1e999" exif:GPSLatitude="1e999" exif:GPSLongitude="nan"', None),
        ('exif:GPSLatitude="north"', None),
        ('exif:GPSDestLatitude="1,30N"', Position("XMP destination", 1.5)),
        (
            'xmlns:d="http://www.dji.com/drone-dji/1.0/" d:GpsLatitude="2" d:GpsLongtitude="-3" d:AbsoluteAltitude="9"',
            Position("XMP", 2.0, -3.0, 9.0),
        ),
    ],
)
def test_other_forms_of_a_position(attributes: str, expected: Position | None) -> None:
    assert read("", attributes).positions == ([expected] if expected else [])


def test_the_thumbnail_of_a_packet_is_shown() -> None:
    picture = thumbnail()
    details = read(f"<xmpGImg:image>{base64.b64encode(picture).decode()}</xmpGImg:image>")
    assert [each.size for each in details.thumbnails] == [len(picture)]


def test_every_name_is_a_prefix_of_a_namespace_and_a_local_name() -> None:
    assert not [name for name in TOPICS if not re.fullmatch(r"[\w-]+:\w+", name)]
    assert {name.partition(":")[0] for name in TOPICS} <= set(PREFIXES.values())
    assert {name.partition(":")[0] for name in TOPICS} >= {"dc", "mwg-rs", "drone-dji"}
