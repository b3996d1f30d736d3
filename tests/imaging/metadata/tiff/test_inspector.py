"""TIFF findings: every removed byte is reported once, and no value is repeated."""

import pytest

from chalicelib.imaging.metadata import tiff
from chalicelib.imaging.metadata.findings import Finding, Kind
from scripts.measuring.samples import srgb_profile
from tests.imaging.metadata.exif.builders import directory
from tests.imaging.metadata.tiff.builders import (
    GREY,
    HEADER,
    LONG,
    RGB,
    STRIP,
    one_page,
    private_tags,
    tiff_file,
    with_field,
)

SHORT, RATIONAL, UNDEFINED = 3, 5, 7


def findings(data: bytes) -> dict[Kind, Finding]:
    return {finding.kind: finding for finding in tiff.read(data).findings}


def test_each_kind_of_private_field_is_reported_without_its_value() -> None:
    camera = private_tags(t34853={1: "N"}, t34665={0xA431: "SECRET serial"})
    assert {Kind.EXIF, Kind.GPS, Kind.SERIAL} <= set(findings(tiff_file(tiffinfo=camera)))
    found = findings(tiff_file())
    assert {Kind.TEXT, Kind.XMP, Kind.IPTC, Kind.PHOTOSHOP, Kind.TIMESTAMP} <= set(found)
    assert not any(finding.allowed for finding in found.values() if finding.kind is not Kind.DENSITY)
    assert "SECRET" not in repr(found)


def test_a_directory_that_is_removed_is_counted_once_with_its_values() -> None:
    serial = "SECRET serial number"
    camera = private_tags(t34665={0xA431: serial}, t34853={2: (52.0, 31.0, 12.0)})
    found = tiff.read(tiff_file(tiffinfo=camera)).findings
    sizes = {finding.kind: finding.size for finding in found if not finding.allowed}
    assert sizes[Kind.EXIF] == 2 + 12 + 4 + len(serial) + 1
    assert sizes[Kind.GPS] == 2 + 12 + 4 + 3 * 8
    assert sizes.get(Kind.PADDING, 0) < 4


def test_bytes_that_no_page_uses_are_counted_except_zeros() -> None:
    used = one_page(*GREY, *STRIP)
    assert Kind.PADDING not in findings(used)
    found = findings(used + b"SECRET" * 5 + bytes(20))
    assert found[Kind.PADDING].size == len(b"SECRET" * 5)


def test_allowed_fields_are_reported_as_allowed() -> None:
    found = findings(with_field(282, RATIONAL, 300.0))
    assert (found[Kind.DENSITY].allowed, found[Kind.DENSITY].summary) == (True, "tag 282")
    found = findings(with_field(318, RATIONAL, (0.3, 0.3)))
    assert found[Kind.COLOR].allowed


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_orientation_other_than_upright_is_reported_as_allowed(orientation: int) -> None:
    found = findings(one_page(*GREY, *STRIP, (274, SHORT, 1, orientation)))
    assert (Kind.ORIENTATION in found) == (orientation > 1)
    assert orientation == 1 or found[Kind.ORIENTATION].allowed


def test_a_page_without_a_picture_is_one_finding_and_its_fields_are_more() -> None:
    second = len(HEADER) + len(directory(*GREY, *STRIP))
    comment = (270, 2, 4, 0x41414141)
    data = HEADER + directory(*GREY, *STRIP, following=second) + directory(*GREY, comment)
    found = [(finding.kind, finding.where, finding.allowed) for finding in tiff.read(data).findings]
    assert found == [(Kind.THUMBNAIL, "IFD1", False), (Kind.TEXT, "IFD1", False)]


def test_a_smaller_version_is_reported_with_its_pixels() -> None:
    data = tiff_file(save_all=True, append_images=[RGB.resize((9, 7))], tiffinfo=None)
    assert Kind.THUMBNAIL not in findings(data)
    second = one_page(*GREY, *STRIP, (254, LONG, 1, 1))
    page = directory(*GREY, *STRIP, following=len(HEADER) + len(directory(*GREY, *STRIP)))
    found = findings(HEADER + page + directory(*sorted((*GREY, *STRIP, (254, LONG, 1, 1)))) + second)
    assert found[Kind.THUMBNAIL].size == 2 + 8 * 12 + 4 + 4


def test_a_profile_is_reported_by_its_content() -> None:
    assert findings(tiff_file(icc_profile=srgb_profile()))[Kind.ICC].allowed
    assert not findings(tiff_file(icc_profile=srgb_profile() + b"SECRET"))[Kind.ICC_TEXT].allowed


def test_a_removed_field_whose_value_is_outside_the_file_is_reported() -> None:
    found = findings(one_page(*GREY, *STRIP, (700, UNDEFINED, 100, 9999)))
    assert (found[Kind.XMP].size, found[Kind.XMP].allowed) == (100, False)


def test_read_and_strip_report_the_same() -> None:
    data = tiff_file(compression="jpeg", icc_profile=srgb_profile() + b"SECRET") + b"SECRET"
    assert tiff.strip(data).removed == tiff.read(data).removable
