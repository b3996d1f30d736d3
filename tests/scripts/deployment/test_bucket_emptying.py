"""A bucket is emptied of every version, so that S3 deletes it."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from scripts.deployment import bucket_emptying
from scripts.deployment.target import Target
from tests.scripts.targets import moto_target


@pytest.fixture
def target() -> Iterator[Target]:
    with mock_aws():
        yield moto_target()


def test_versions_and_delete_markers_go(target: Target) -> None:
    s3 = target.client("s3")
    s3.create_bucket(Bucket="pages")
    s3.put_bucket_versioning(Bucket="pages", VersioningConfiguration={"Status": "Enabled"})
    for body in (b"one", b"two"):
        s3.put_object(Bucket="pages", Key="index.html", Body=body)
    s3.delete_object(Bucket="pages", Key="index.html")
    s3.put_object(Bucket="pages", Key="web/app.js", Body=b"three")
    bucket_emptying.empty(target, "pages")
    found = s3.list_object_versions(Bucket="pages")
    assert "Versions" not in found
    assert "DeleteMarkers" not in found
    s3.delete_bucket(Bucket="pages")


def test_a_bucket_that_does_not_exist_is_empty(target: Target) -> None:
    bucket_emptying.empty(target, "pages")
    assert target.client("s3").list_buckets()["Buckets"] == []
