"""What Storage says of versions: in a bucket without them, and of a key whose versions are on several pages."""

from typing import Any

import pytest

from chalicelib.aws.clients import Clients
from chalicelib.aws.storage import Storage
from chalicelib.backends import Backends
from tests import stage
from tests.aws.spying import calls_of, lose_first_answer


@pytest.fixture
def unversioned(backends: Backends) -> str:  # noqa: ARG001 - the bucket is on the moto of this test
    stage.s3().create_bucket(Bucket="without-versions")
    return "without-versions"


def test_without_versions_the_version_id_is_empty(backends: Backends, unversioned: str) -> None:
    storage = backends.storage
    put = storage.put(unversioned, "a", b"1", "image/jpeg")
    new = storage.put_new(unversioned, "b", b"2", "image/png", {})

    assert [put.version_id, new.version_id] == ["", ""]
    assert [storage.head(unversioned, "a").version_id, storage.get(unversioned, "b", 9).version_id] == ["", ""]
    assert new.etag == stage.etag(unversioned, "b")


def test_a_lost_put_without_versions_is_found_by_its_token(unversioned: str) -> None:
    clients = Clients(None)
    sends = lose_first_answer(clients, "s3", "PutObject")

    written = Storage(clients).put_new(unversioned, "a", b"1", "image/jpeg", {})

    assert (len(sends), written.version_id, written.etag) == (2, "", stage.etag(unversioned, "a"))


def test_a_new_object_has_its_media_type_metadata_and_token(backends: Backends) -> None:
    bucket, clients = backends.settings.images_bucket, Clients(None)
    calls = calls_of(clients, "s3", "PutObject")
    for key in ("processed/a", "processed/b"):
        Storage(clients).put_new(bucket, key, b"1", "image/webp", {"image-id": "a"})

    head = stage.s3().head_object(Bucket=bucket, Key="processed/a")
    assert (head["ContentType"], head["Metadata"]["image-id"]) == ("image/webp", "a")
    tokens = [call["Metadata"]["write-id"] for call in calls]
    assert [len(each) for each in tokens] == [16, 16]
    assert tokens[0] != tokens[1]


def test_all_pages_of_a_key_are_read_and_no_further_one(backends: Backends) -> None:
    bucket, clients = backends.settings.images_bucket, Clients(None)
    for key in ("html/a", "html/a", "html/a", "html/a.jpg", "html/a.png", "html/b"):
        stage.put(bucket, key, key.encode())
    calls = calls_of(clients, "s3", "ListObjectVersions")

    def one_a_page(params: dict[str, Any], **_event: object) -> dict[str, Any]:
        return params | {"MaxKeys": 1}

    events: Any = clients.s3.meta.events
    events.register_last("provide-client-params.s3.ListObjectVersions", one_a_page)
    found = Storage(clients).versions_of(bucket, "html/a")

    assert [each.key for each in found] == ["html/a"] * 3
    assert [each.latest for each in found] == [True, False, False]
    # The page of html/a.jpg shows that no version of html/a follows.
    assert [call["Prefix"] for call in calls] == ["html/a"] * 4


def test_a_link_names_a_version_only_if_it_was_asked_for_one(backends: Backends) -> None:
    bucket = backends.settings.images_bucket
    plain, of_version = (backends.storage.link(bucket, "a", 60, *version) for version in ((), ("v1",)))

    assert "versionId" not in plain
    assert "versionId=v1" in of_version


def test_a_listed_version_has_the_time_of_its_put(backends: Backends) -> None:
    bucket = backends.settings.images_bucket
    stage.put(bucket, "html/a", b"12")

    ((found,),) = backends.storage.versions(bucket)

    put = stage.s3().head_object(Bucket=bucket, Key="html/a")["LastModified"]
    assert abs((found.last_modified - put).total_seconds()) <= 1
    assert found.size == 2
