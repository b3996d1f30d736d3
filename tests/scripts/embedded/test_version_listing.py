"""The list of versions is moto's own where that is right, and continues after a page that was deleted meanwhile."""

import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws
from moto.s3.models import S3Backend

from scripts.embedded import version_listing
from tests import stage

BUCKET = "a-bucket"


@pytest.fixture(params=["unversioned", "versioned"])
def bucket(request: pytest.FixtureRequest) -> Iterator[str]:
    """A bucket of twelve keys; a versioned one has two versions of each, and a delete marker on every third."""
    with mock_aws():
        client = stage.s3()
        client.create_bucket(Bucket=BUCKET)
        if request.param == "versioned":
            client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        for number in range(24):
            stage.put(BUCKET, f"{'ab'[number % 2]}/{number // 2:02d}", b"x" * number)
        for number in range(0, 12, 3) if request.param == "versioned" else ():
            client.delete_object(Bucket=BUCKET, Key=f"a/{number:02d}")
        yield BUCKET


@pytest.mark.parametrize("options", [{}, {"Prefix": "b/"}, {"KeyMarker": "a/05"}, {"MaxKeys": 0}, {"Delimiter": "/"}])
def test_a_page_is_the_same_as_moto_s(bucket: str, options: dict[str, Any]) -> None:
    def page() -> dict[tuple[str, str], tuple[bool, int | None]]:
        listed = stage.s3().list_object_versions(Bucket=bucket, **options)
        entries = [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]
        return {(each["Key"], each["VersionId"]): (each["IsLatest"], each.get("Size")) for each in entries}

    before = page()
    with version_listing.installed():
        assert page() == before


def test_a_list_continues_after_its_pages_were_deleted(bucket: str) -> None:
    with version_listing.installed():
        pages = (
            stage.s3().get_paginator("list_object_versions").paginate(Bucket=bucket, PaginationConfig={"PageSize": 5})
        )
        listed = 0
        for page in pages:
            found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            objects = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]
            stage.s3().delete_objects(Bucket=bucket, Delete={"Objects": objects})
            listed += len(found)
        remaining = stage.s3().list_object_versions(Bucket=bucket)
    assert listed in (24, 28)
    assert "Versions" not in remaining
    assert "DeleteMarkers" not in remaining


def test_a_page_may_end_between_two_versions_of_a_key() -> None:
    with mock_aws(), version_listing.installed():
        client = stage.s3()
        client.create_bucket(Bucket=BUCKET)
        client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        versions = [client.put_object(Bucket=BUCKET, Key="one", Body=b"x")["VersionId"] for _ in range(7)]
        pages = client.get_paginator("list_object_versions").paginate(Bucket=BUCKET, PaginationConfig={"PageSize": 2})
        assert [each["VersionId"] for page in pages for each in page["Versions"]] == versions[::-1]


def test_moto_still_calls_the_replaced_method_with_these_parameters() -> None:
    names = ["self", "bucket_name", "delimiter", "key_marker", "max_keys", "prefix", "version_id_marker"]
    assert list(inspect.signature(S3Backend.list_object_versions).parameters) == names
