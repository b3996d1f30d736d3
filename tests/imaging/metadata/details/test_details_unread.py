"""The details say that they are not whole if the photo holds what is not read."""

import pytest

from chalicelib.imaging.metadata.details import read_details
from chalicelib.imaging.metadata.findings import Finding, Kind
from tests.pictures import photo


@pytest.mark.parametrize("kind", Kind)
def test_a_manifest_and_private_or_unknown_data_are_not_read(kind: Kind) -> None:
    details = read_details(photo(), [Finding(kind, "APP11", 9, "of another kind")])
    assert details.is_complete is (kind not in (Kind.C2PA, Kind.PRIVATE, Kind.UNKNOWN))
