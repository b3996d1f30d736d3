"""XMP: findings hold no values of the packet."""

import pytest

from chalicelib.imaging.metadata.findings import Kind
from chalicelib.imaging.metadata.xmp import inspect_packet
from scripts.measuring.samples import SECRET, packet


def test_findings_name_sensitive_parts_but_hold_no_values() -> None:
    held = packet() + b"aux:SerialNumber xmpGImg:image dcterms:provenance"
    findings = inspect_packet(held, "APP1", 700)
    assert [finding.kind for finding in findings] == [Kind.XMP, Kind.GPS, Kind.SERIAL, Kind.THUMBNAIL, Kind.C2PA]
    assert sum(finding.size for finding in findings) == 700
    assert SECRET.decode() not in repr(findings)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (b'<rdf:Description e:GPSLatitude="48,51.5N"/>', Kind.GPS),
        (b"<GPSLatitude>48,51.5N</GPSLatitude>", Kind.GPS),
        (b"<x:Thumbnails/>", Kind.THUMBNAIL),
        (b"<d:provenance>https://example.com</d:provenance>", Kind.C2PA),
    ],
)
def test_a_part_is_found_whatever_its_prefix(text: bytes, kind: Kind) -> None:
    assert [finding.kind for finding in inspect_packet(text, "APP1", 9)] == [Kind.XMP, kind]
