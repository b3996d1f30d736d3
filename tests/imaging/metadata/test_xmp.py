"""XMP: findings hold no values of the packet."""

from chalicelib.imaging.metadata.findings import Kind
from chalicelib.imaging.metadata.xmp import inspect_packet
from scripts.measuring.samples import SECRET, packet


def test_findings_name_sensitive_parts_but_hold_no_values() -> None:
    held = packet() + b"aux:SerialNumber xmpGImg:image dcterms:provenance"
    findings = inspect_packet(held, "APP1", 700)
    assert [finding.kind for finding in findings] == [Kind.XMP, Kind.GPS, Kind.SERIAL, Kind.THUMBNAIL, Kind.C2PA]
    assert sum(finding.size for finding in findings) == 700
    assert SECRET.decode() not in repr(findings)
