"""The values to keep come from the first place that has them, and only what was asked for is read."""

import pytest

from chalicelib.errors import CorruptImage
from chalicelib.imaging.keep import Keep
from chalicelib.imaging.metadata import Finding, Kind
from chalicelib.imaging.metadata.credit.values import Credit, read_credit, split_date
from scripts.measuring import samples
from tests.imaging.metadata.details import builders


def photo(block: bytes = b"", inner: str = "", iptc: bytes = b"") -> bytes:
    """Make a JPEG with EXIF, XMP and IPTC."""
    return samples.jpeg(
        samples.segment(0xE1, b"Exif\0\0" + block),
        samples.segment(0xE1, samples.XMP_PREFIX + builders.packet(inner)),
        samples.segment(0xED, b"Photoshop 3.0\0" + builders.resource(0x0404, iptc)),
    )


@pytest.mark.parametrize(
    ("block", "inner", "iptc", "creator"),
    [
        (builders.exif({0x013B: "Ann"}), "<dc:creator>Bob</dc:creator>", builders.record(80, b"Cyd"), "Ann"),
        (b"", "<dc:creator><rdf:Seq><rdf:li>Bob</rdf:li><rdf:li>Dee</rdf:li></rdf:Seq></dc:creator>", b"", "Bob; Dee"),
        (b"", "", builders.record(80, b"Cyd"), "Cyd"),
    ],
)
def test_the_first_place_counts(block: bytes, inner: str, iptc: bytes, creator: str) -> None:
    assert read_credit(photo(block, inner, iptc), [Keep.COPYRIGHT]) == Credit(creator=creator)


def test_a_date_that_is_none_is_passed_over() -> None:
    block = builders.exif(more={0x9003: "0000-broken"})
    inner = "<exif:DateTimeOriginal>2026-05-01T10:11:12Z</exif:DateTimeOriginal>"
    assert read_credit(photo(block, inner), [Keep.DATE]).date == "2026:05:01 10:11:12Z"
    assert read_credit(photo(iptc=builders.record(55, b"20260501")), [Keep.DATE]).date == "2026:05:01"


def test_only_what_was_asked_for_is_read() -> None:
    data = photo(builders.exif({0x010F: "Maker", 0x013B: "Ann"}))
    assert read_credit(data, [Keep.CAMERA]) == Credit(make="Maker")
    assert not read_credit(data, [])


def test_control_characters_are_left_out_and_a_long_text_is_refused() -> None:
    assert read_credit(photo(builders.exif({0x010E: "a\x1b[2Jb"})), [Keep.DESCRIPTION]).description == "a[2Jb"
    with pytest.raises(CorruptImage) as raised:
        read_credit(photo(builders.exif({0x010E: "x" * 6145})), [Keep.DESCRIPTION])
    assert raised.value.code == "keep_too_long"


def test_the_findings_count_the_values_of_each_word_and_repeat_none() -> None:
    found = Credit(creator="Ann", rights="Zoë", date="2026:05:01").findings()
    assert found == (
        Finding(Kind.COPYRIGHT, "EXIF and XMP", 7, "copyright kept", allowed=True, count=2),
        Finding(Kind.DATE, "EXIF and XMP", 10, "date kept", allowed=True, count=1),
    )


@pytest.mark.parametrize(
    ("date", "parts"),
    [
        ("2026:05:01 10:11:12.045+02:00", ("2026:05:01", "10:11:12", "045", "+02:00")),
        ("2026:05:01", ("2026:05:01", "", "", "")),
        ("yesterday", ("", "", "", "")),
    ],
)
def test_a_date_is_split(date: str, parts: tuple[str, str, str, str]) -> None:
    assert split_date(date) == parts
