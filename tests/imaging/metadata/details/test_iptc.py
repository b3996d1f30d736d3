"""IPTC records are decoded by their character set, with dates in EXIF's spelling."""

import pytest

from chalicelib.imaging.metadata.details.iptc import read_iptc, walk_resources
from chalicelib.imaging.metadata.details.values import Details, Topic
from tests.imaging.metadata.details.builders import record, resource
from tests.imaging.metadata.details.test_exif import only


def read(data: bytes) -> Details:
    details = Details()
    read_iptc(data, details)
    return details


def test_texts_are_latin_unless_the_block_says_utf_8() -> None:
    utf8 = record(90, b"\x1b%G", of=1)
    assert only(read(record(80, b"Zo\xeb")), Topic.NAMES) == [("By-line", "Zoë")]
    assert only(read(utf8 + record(80, "Zoë".encode())), Topic.NAMES) == [("By-line", "Zoë")]


def test_each_keyword_is_a_value() -> None:
    found = only(read(record(25, b"lake") + record(25, b"boat")), Topic.CAPTIONS)
    assert found == [("Keywords", "lake"), ("Keywords", "boat")]


@pytest.mark.parametrize(
    ("date", "time", "expected"),
    [
        (b"20260501", b"101112+0200", "2026:05:01 10:11:12+02:00"),
        (b"20260501", b"", "2026:05:01"),
        (b"2026-05-01", b"10:11:12", "2026:05:01 10:11:12"),
    ],
)
def test_a_date_has_its_time(date: bytes, time: bytes, expected: str) -> None:
    found = only(read(record(55, date) + (record(60, time) if time else b"")), Topic.TIMES)
    assert found == [("DateCreated", expected)]


def test_an_extended_length_is_read_and_a_broken_record_ends_the_block() -> None:
    long = b"\x1c\2\x78\x80\4" + (5).to_bytes(4, "big") + b"hello"
    assert only(read(long + record(105, b"next")), Topic.CAPTIONS) == [
        ("Caption-Abstract", "hello"),
        ("Headline", "next"),
    ]
    assert only(read(long + record(105, b"next")[:-1]), Topic.CAPTIONS) == [("Caption-Abstract", "hello")]
    assert only(read(b"\0" + long), Topic.CAPTIONS) == []


def test_resources_are_walked_to_the_first_that_is_broken() -> None:
    named = b"8BIM\4\x0c\3abc" + (2).to_bytes(4, "big") + b"xy"
    assert list(walk_resources(named + resource(0x0404, b"odd") + resource(1, b"z") + b"8BIM\0\1")) == [
        (0x040C, b"xy"),
        (0x0404, b"odd"),
        (1, b"z"),
    ]


def test_more_records_than_are_read_are_counted() -> None:
    assert read(record(25, b"lake") * 4095).is_complete
    assert not read(record(25, b"lake") * 5000).is_complete
