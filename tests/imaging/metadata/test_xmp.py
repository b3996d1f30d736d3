"""XMP: the orientation is read as Pillow reads it, and nothing that a packet holds is echoed."""

import pytest

from chalicelib.imaging.metadata.findings import Kind
from chalicelib.imaging.metadata.xmp import inspect_packet, read_orientation
from tests.imaging.metadata.factory import SECRET, packet


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("as_element", [True, False])
def test_the_orientation_is_read_from_attribute_and_element(orientation: int, *, as_element: bool) -> None:
    assert read_orientation(packet(orientation, as_element=as_element)) == orientation


@pytest.mark.parametrize("odd", [b"", b'tiff:Orientation="0"', b'tiff:Orientation="9"', b"tiff:Orientation=", packet()])
def test_an_absent_or_invalid_orientation_is_upright(odd: bytes) -> None:
    assert read_orientation(odd) == 1


def test_the_first_orientation_counts() -> None:
    assert read_orientation(packet(3) + packet(6)) == 3


def test_the_telling_parts_are_named_and_nothing_is_echoed() -> None:
    held = packet() + b"aux:SerialNumber xmpGImg:image dcterms:provenance"
    findings = inspect_packet(held, "APP1", 700)
    assert [finding.kind for finding in findings] == [Kind.XMP, Kind.GPS, Kind.SERIAL, Kind.THUMBNAIL, Kind.C2PA]
    assert sum(finding.size for finding in findings) == 700
    assert SECRET.decode() not in repr(findings)
