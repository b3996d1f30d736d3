"""XMP: the orientation is the one that Pillow reads, and findings hold no values of the packet."""

import re

import pytest

from chalicelib.imaging.metadata import xmp
from chalicelib.imaging.metadata.findings import Kind
from chalicelib.imaging.metadata.xmp import inspect_packet, read_orientation
from scripts.measuring.samples import SECRET, packet


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("as_element", [True, False])
def test_the_orientation_is_read_from_an_attribute_and_from_an_element(orientation: int, *, as_element: bool) -> None:
    assert read_orientation(packet(orientation, as_element=as_element)) == orientation


BOUND = b'xmlns:t="http://ns.adobe.com/tiff/1.0/" '


@pytest.mark.parametrize(
    "spelling",
    [
        b"<rdf:Description tiff:Orientation='6'/>",
        b'<rdf:Description tiff:Orientation = "6"/>',
        b"<rdf:Description\n tiff:Orientation\n=\n'6'/>",
        b"<rdf:Description " + BOUND + b'rdf:about="" t:Orientation="6"/>',
        b"<rdf:Description xmlns:exif.x = 'http://ns.adobe.com/tiff/1.0/' exif.x:Orientation='6'/>",
        b"<rdf:Description " + BOUND + b"><t:Orientation>6</t:Orientation>",
        b"<tiff:Orientation>\n  6\n</tiff:Orientation>",
        b'<tiff:Orientation xml:lang="x-default">6</tiff:Orientation>',
        b"<x other:Orientation='3' tiff:Orientation='6'/>",
    ],
)
def test_the_orientation_is_read_from_every_valid_xml_form(spelling: bytes) -> None:
    assert read_orientation(spelling) == 6


@pytest.mark.parametrize("other", [b"<x t:Orientation='6'/>", b"<x exif:Orientation='6'/>", b"<x tiff:Orientation6/>"])
def test_an_orientation_of_another_namespace_is_ignored(other: bytes) -> None:
    assert read_orientation(other) == 1


@pytest.mark.parametrize("odd", [b"", b'tiff:Orientation="0"', b'tiff:Orientation="9"', b"tiff:Orientation=", packet()])
def test_a_missing_or_invalid_orientation_counts_as_1(odd: bytes) -> None:
    assert read_orientation(odd) == 1


def test_the_first_of_two_orientations_is_used() -> None:
    assert read_orientation(packet(3) + packet(6)) == 3


def test_findings_name_sensitive_parts_but_hold_no_values() -> None:
    held = packet() + b"aux:SerialNumber xmpGImg:image dcterms:provenance"
    findings = inspect_packet(held, "APP1", 700)
    assert [finding.kind for finding in findings] == [Kind.XMP, Kind.GPS, Kind.SERIAL, Kind.THUMBNAIL, Kind.C2PA]
    assert sum(finding.size for finding in findings) == 700
    assert SECRET.decode() not in repr(findings)


@pytest.mark.parametrize("pattern", [each for each in vars(xmp).values() if isinstance(each, re.Pattern)])
def test_every_repetition_in_a_pattern_has_a_bound(pattern: re.Pattern[bytes]) -> None:
    """So the time for a hostile packet grows only with its size. The benchmark measures it."""
    outside_of_classes = re.sub(rb"\[[^]]*\]", b"", pattern.pattern)
    assert not re.search(rb"(?<!\\)[*+]|\{\d*,\}", outside_of_classes)
