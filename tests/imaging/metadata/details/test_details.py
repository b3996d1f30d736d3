"""The values of a photo come from every container, and a broken part has none."""

import pytest

from chalicelib.imaging.metadata.details import Topic, read_details
from scripts.measuring import samples
from tests.imaging.metadata.details import builders

BLOCK = builders.exif({0x010F: "Maker ", 0x013B: "Ann Onym"}, {0xA431: "B-77"}, builders.GPS)
PACKET = builders.packet("<dc:title>A title</dc:title>")
FORMATS = sorted(builders.photos(BLOCK, PACKET))


def values(data: bytes, topic: Topic) -> list[tuple[str, str, str]]:
    return [(each.name, each.value, each.source) for each in read_details(data).values[topic]]


@pytest.mark.parametrize("name", FORMATS)
def test_exif_and_xmp_are_read_from_every_container(name: str) -> None:
    data = builders.photos(BLOCK, PACKET)[name]
    details = read_details(data)
    assert values(data, Topic.CAMERA) == [("Make", "Maker", "EXIF")]
    assert values(data, Topic.NAMES) == [("Artist", "Ann Onym", "EXIF")]
    assert values(data, Topic.SERIALS) == [("BodySerialNumber", "B-77", "EXIF")]
    assert values(data, Topic.CAPTIONS) == [("dc:title", "A title", "XMP")]
    [position] = details.positions
    assert position.latitude == pytest.approx(builders.LATITUDE, abs=1e-9)
    assert position.longitude == pytest.approx(builders.LONGITUDE, abs=1e-9)
    assert (position.altitude, position.direction, position.direction_reference) == (-12.5, 241.25, "true")
    assert details.is_complete


@pytest.mark.parametrize("name", FORMATS)
def test_a_photo_that_is_cut_anywhere_raises_nothing(name: str) -> None:
    data = builders.photos(BLOCK, PACKET)[name]
    for size in range(16, len(data), 7):
        read_details(data[:size])


def test_texts_times_and_comments_of_a_png_are_sorted_by_their_keywords() -> None:
    data = samples.png(
        samples.chunk(b"tEXt", b"Author\0Zo\xeb"),
        samples.chunk(b"iTXt", "Description\0\0\0\0\0Café".encode()),
        samples.chunk(b"tEXt", b"Creation Time\0May 2026"),
        samples.chunk(b"tIME", b"\x07\xea\x05\x01\x0a\x0b\x0c"),
        samples.chunk(b"tEXt", b"Software\0gimp"),
    )
    assert values(data, Topic.NAMES) == [("Author", "Zoë", "PNG")]
    assert values(data, Topic.CAPTIONS) == [("Description", "Café", "PNG")]
    assert values(data, Topic.TIMES) == [("Creation Time", "May 2026", "PNG"), ("tIME", "2026:05:01 10:11:12", "PNG")]
    assert values(data, Topic.SOFTWARE) == [("Software", "gimp", "PNG")]


def test_iptc_in_photoshops_resources_and_their_thumbnail_are_read() -> None:
    iptc = builders.record(120, b"A caption") + builders.record(80, b"Ann")
    picture = builders.thumbnail()
    resources = builders.resource(0x0404, iptc) + builders.resource(0x040C, bytes(28) + picture)
    data = samples.jpeg(samples.segment(0xED, b"Photoshop 3.0\0" + resources))
    assert values(data, Topic.CAPTIONS) == [("Caption-Abstract", "A caption", "IPTC")]
    assert values(data, Topic.NAMES) == [("By-line", "Ann", "IPTC")]
    [shown] = read_details(data).thumbnails
    assert (shown.source, shown.size) == ("Photoshop", len(picture))


def test_resources_inside_exif_are_read_and_blocks_that_nest_without_end_are_not() -> None:
    inner = builders.resource(0x0404, builders.record(105, b"Deep"))
    nested = inner
    for _ in range(5):
        nested = builders.resource(0x0422, builders.exif({0x8649: nested}))
    for content, expected in ((inner, [("Headline", "Deep", "IPTC")]), (nested, [])):
        data = samples.jpeg(samples.segment(0xED, b"Photoshop 3.0\0" + content))
        assert values(data, Topic.CAPTIONS) == expected
