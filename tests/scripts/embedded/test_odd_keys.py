"""Keys that XML cannot hold, on the embedded AWS."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from chalicelib.aws.clients import Clients
from chalicelib.aws.storage import Storage
from scripts.embedded import odd_keys, version_listing
from scripts.embedded.server import AwsServer
from tests import stage

BUCKET, ODD = "a-bucket", "uploads/a\x01b.jpg"
LINE_BREAKS = ["uploads/a\nb.jpg", "\n", "a\r\nb", "a\rb", "a\n"]
#: Neighbours of those: control characters, what XML cannot hold, spaces, slashes, escapes, emoji, a long key.
UNUSUAL = [
    "a\x01b",
    "a\x7f",
    "a\ufffe",
    "a\uffff",
    "a ",
    " a",
    "a/../b",
    "../a",
    "..",
    "a//b",
    "/a",
    "a/",
    "100%",
    "%2F",
    "a%0Ab",
    "a+b",
    "\U0001f436.jpg",
    "a?b#c&d",
    "é" * 508,
]
KEYS = [ODD, "a+b c%20", "a\ufffe", "photo é.jpg"]


@pytest.fixture
def client() -> Any:
    with mock_aws(), odd_keys.installed(), version_listing.installed():
        client = stage.s3()
        client.create_bucket(Bucket=BUCKET)
        client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        for key in KEYS:
            client.put_object(Bucket=BUCKET, Key=key, Body=b"x")
        yield client


def test_versions_are_listed_with_their_keys(client: Any) -> None:
    pages = client.get_paginator("list_object_versions").paginate(Bucket=BUCKET, PaginationConfig={"PageSize": 1})

    assert [each["Key"] for page in pages for each in page["Versions"]] == sorted(KEYS)


def test_delete_markers_and_prefixes_are_listed_with_their_keys(client: Any) -> None:
    client.delete_object(Bucket=BUCKET, Key=ODD)

    listed = client.list_object_versions(Bucket=BUCKET, Prefix="uploads/a\x01")
    assert [each["Key"] for each in listed["DeleteMarkers"]] == [ODD]
    folders = client.list_object_versions(Bucket=BUCKET, Delimiter="\x01")["CommonPrefixes"]
    assert [each["Prefix"] for each in folders] == ["uploads/a\x01"]


@pytest.mark.parametrize("key", [ODD, "a\ufffe"])
def test_a_batch_with_such_a_key_is_refused_whole(client: Any, key: str) -> None:
    objects = [{"Key": key}, {"Key": "photo é.jpg"}]

    with pytest.raises(ClientError, match="MalformedXML"):
        client.delete_objects(Bucket=BUCKET, Delete={"Objects": objects})

    assert len(client.list_object_versions(Bucket=BUCKET)["Versions"]) == len(KEYS)


def test_the_service_deletes_every_version(client: Any) -> None:
    storage = Storage(Clients(None))

    for page in storage.versions(BUCKET):
        assert storage.delete_versions(BUCKET, page) == []

    assert [page for page in storage.versions(BUCKET) if page] == []
    assert client.list_object_versions(Bucket=BUCKET).get("Versions", []) == []


@pytest.mark.parametrize("key", [*LINE_BREAKS, *UNUSUAL])
def test_the_server_stores_an_unusual_key(key: str) -> None:
    with odd_keys.installed(), version_listing.installed():
        server = AwsServer()
        try:
            s3 = boto3.client("s3", endpoint_url=server.url)
            s3.create_bucket(Bucket=BUCKET)
            s3.put_object(Bucket=BUCKET, Key=key, Body=b"x")
            s3.copy_object(Bucket=BUCKET, Key=f"copies/{key}", CopySource={"Bucket": BUCKET, "Key": key})
            listed = [each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET)["Contents"]]
            assert sorted(listed) == sorted([key, f"copies/{key}"])
            assert [s3.get_object(Bucket=BUCKET, Key=each)["Body"].read() for each in listed] == [b"x", b"x"]
            for each in listed:
                s3.delete_object(Bucket=BUCKET, Key=each)
            assert "Contents" not in s3.list_objects_v2(Bucket=BUCKET)
        finally:
            s3.delete_bucket(Bucket=BUCKET)
            server.stop()
