"""The details say that they are not whole if the photo holds what is not read."""

import pytest

from chalicelib.imaging.metadata.details import read_details
from chalicelib.imaging.metadata.findings import Finding, Kind
from tests.pictures import photo

UNREAD = {
    *(Kind.C2PA, Kind.PRIVATE, Kind.UNKNOWN, Kind.MAKERNOTE, Kind.TRAILER, Kind.PADDING, Kind.ICC_TEXT),
    *(Kind.VIDEO, Kind.VIEW, Kind.DEPTH_MAP),
}


@pytest.mark.parametrize("kind", Kind)
def test_what_is_not_read_or_only_in_part_makes_them_incomplete(kind: Kind) -> None:
    details = read_details(photo(), [Finding(kind, "APP11", 9, "of another kind")])
    assert details.is_complete is (kind not in UNREAD)
