"""Objects are read, written, listed, deleted and presigned."""

import base64
import json
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from chalicelib.aws.clients import Clients
from chalicelib.aws.storage import Storage, StoredVersion
from chalicelib.backends import Backends
from chalicelib.errors import BackendUnavailable, Conflict, ImageNotFound, ImageTooLarge
from tests import stage
from tests.aws.spying import calls_of, lose_first_answer

KEY = "uploads/my dog+é.jpg"


@pytest.fixture
def bucket(backends: Backends) -> str:
    return backends.settings.images_bucket


@pytest.fixture
def storage(backends: Backends) -> Storage:
    return backends.storage


def refusing(parsed: dict[str, Any], **_event: object) -> None:
    """Report inside the 200 answer of DeleteObjects that one key was not deleted."""
    parsed["Errors"] = [{"Key": "a", "VersionId": "null", "Code": "AccessDenied", "Message": "locked"}]


def refusing_storage() -> Storage:
    clients = Clients(None)
    clients.s3.meta.events.register("after-call.s3.DeleteObjects", refusing)
    return Storage(clients)


def test_an_object_is_read_as_it_was_written(storage: Storage, bucket: str) -> None:
    written = storage.put(bucket, KEY, b"12345", "image/jpeg", {"run": "a"})

    head = storage.head(bucket, KEY)
    stored = storage.get(bucket, KEY, limit=5)
    assert (stored.data, head.size, head.metadata) == (b"12345", 5, {"run": "a"})
    assert (head.etag, head.version_id) == (written.etag, written.version_id) == (stored.etag, stored.version_id)
    assert '"' not in written.etag
    assert stage.s3().head_object(Bucket=bucket, Key=KEY)["ContentType"] == "image/jpeg"
    assert storage.exists(bucket, KEY)


def test_an_object_over_the_limit_is_not_read(storage: Storage, bucket: str) -> None:
    storage.put(bucket, KEY, b"12345", "image/jpeg")

    with pytest.raises(ImageTooLarge) as raised:
        storage.get(bucket, KEY, limit=4)

    assert (raised.value.code, raised.value.limit, raised.value.actual) == ("object_too_large", 4, 5)


def test_a_missing_object_is_not_found(storage: Storage, bucket: str) -> None:
    for read in (storage.head, lambda bucket, key: storage.get(bucket, key, 9)):
        with pytest.raises(ImageNotFound, match="There is no object"):
            read(bucket, "none")
    assert not storage.exists(bucket, "none")


def test_objects_are_deleted_in_batches_of_1000_and_missing_ones_are_no_error(storage: Storage, bucket: str) -> None:
    clients = Clients(None)
    calls = calls_of(clients, "s3", "DeleteObjects")
    stage.put(bucket, "1000", b"x")

    versions = [*((str(number), "") for number in range(1000)), ("1000", storage.head(bucket, "1000").version_id)]
    Storage(clients).delete_objects(bucket, versions)

    assert [len(call["Delete"]["Objects"]) for call in calls] == [1000, 1]
    assert "1000" not in {key for key, _ in stage.versions(bucket)}


def test_an_error_inside_the_200_answer_of_a_deletion_is_raised(bucket: str) -> None:
    with pytest.raises(BackendUnavailable, match="did not delete 1 of 2 objects"):
        refusing_storage().delete_objects(bucket, [("a", "1"), ("b", "2")])


def test_each_version_is_read_and_linked_by_its_id(storage: Storage, bucket: str) -> None:
    first, second = (storage.put(bucket, KEY, data, "image/jpeg") for data in (b"first", b"2nd"))

    assert storage.get(bucket, KEY, 9, first.version_id).data == b"first"
    assert storage.get(bucket, KEY, 9).data == b"2nd"
    assert storage.head(bucket, KEY, first.version_id).size == 5
    storage.delete_objects(bucket, [(KEY, first.version_id)])
    assert not storage.exists(bucket, KEY, first.version_id)
    assert storage.exists(bucket, KEY, second.version_id)
    with pytest.raises(ImageNotFound):
        storage.get(bucket, KEY, 9, first.version_id)
    link = parse_qs(urlsplit(storage.link(bucket, KEY, 900, second.version_id)).query)
    assert link["versionId"] == [second.version_id]


def test_without_a_version_a_deletion_leaves_a_marker(storage: Storage, bucket: str) -> None:
    storage.put(bucket, KEY, b"1", "image/jpeg")

    storage.delete_objects(bucket, [(KEY, "")])

    assert stage.keys(bucket) == []
    assert len(stage.versions(bucket)) == 2


def test_a_missing_bucket_is_a_transient_error_and_no_missing_object(storage: Storage) -> None:
    for read in (storage.head, storage.exists, lambda bucket, key: storage.get(bucket, key, 9)):
        with pytest.raises(BackendUnavailable):
            read("no-such-bucket", KEY)


def test_the_versions_of_one_key_are_listed_newest_first(storage: Storage, bucket: str) -> None:
    written = [storage.put(bucket, "a.jpg", data, "image/jpeg") for data in (b"1", b"2", b"3")]
    storage.put(bucket, "a.jpg2", b"of another key", "image/jpeg")
    stage.s3().delete_object(Bucket=bucket, Key="a.jpg")

    found = storage.versions_of(bucket, "a.jpg")

    assert [each.version_id for each in found[1:]] == [each.version_id for each in reversed(written)]
    assert (found[0].etag, found[0].latest) == ("", True)
    assert storage.versions_of(bucket, "a") == []


def test_a_put_whose_answer_is_lost_stores_one_version(bucket: str) -> None:
    clients = Clients(None)
    sends = lose_first_answer(clients, "s3", "PutObject")

    written = Storage(clients).put_new(bucket, KEY, b"1", "image/jpeg", {"image-id": "a"})

    assert len(sends) == 2
    assert stage.versions(bucket) == [(KEY, written.version_id)]
    head = Storage(clients).head(bucket, KEY)
    assert (head.metadata["image-id"], head.etag) == ("a", written.etag)


def test_a_new_object_does_not_overwrite_another_one(storage: Storage, bucket: str) -> None:
    other = storage.put_new(bucket, KEY, b"1", "image/jpeg", {})

    with pytest.raises(Conflict):
        storage.put_new(bucket, KEY, b"1", "image/jpeg", {})
    assert stage.versions(bucket) == [(KEY, other.version_id)]


def test_a_new_object_that_met_one_which_is_deleted_by_now_is_a_conflict(storage: Storage, bucket: str) -> None:
    """ImageNotFound would say that the photo is missing; after a conflict, it is processed again."""
    clients = Clients(None)
    other = storage.put_new(bucket, KEY, b"1", "image/jpeg", {})

    def delete_other(**_event: object) -> None:
        storage.delete_objects(bucket, [(KEY, other.version_id)])

    events: Any = clients.s3.meta.events
    events.register("before-call.s3.HeadObject", delete_other)

    with pytest.raises(Conflict):
        Storage(clients).put_new(bucket, KEY, b"2", "image/jpeg", {})
    assert stage.versions(bucket) == []


def test_versions_that_were_not_deleted_are_returned_and_the_reason_is_logged(
    bucket: str, caplog: pytest.LogCaptureFixture
) -> None:
    versions = [StoredVersion(key, "null", datetime.now().astimezone(), latest=True, etag="e") for key in "ab"]

    assert refusing_storage().delete_versions(bucket, versions) == versions[:1]

    codes = [vars(each)["codes"] for each in caplog.records if each.getMessage() == "S3 did not delete objects"]
    assert codes == [{"AccessDenied": 1}]


def test_a_deleted_version_uncovers_the_one_below(storage: Storage, bucket: str) -> None:
    for data in (b"first", b"second"):
        stage.put(bucket, "a", data)
    listed = [each for page in storage.versions(bucket) for each in page]

    assert storage.delete_versions(bucket, [each for each in listed if each.latest]) == []

    assert stage.read(bucket, "a") == b"first"


def test_a_key_is_deleted_if_its_marker_is_on_an_earlier_page(bucket: str) -> None:
    clients = Clients(None)
    for key in ("a", "a", "b", "c", "c"):
        stage.put(bucket, key, b"x")
    stage.s3().delete_object(Bucket=bucket, Key="a")
    stage.s3().delete_object(Bucket=bucket, Key="c")
    stage.put(bucket, "c", b"here again")

    def one_a_page(params: dict[str, Any], **_: object) -> dict[str, Any]:
        return params | {"MaxKeys": 1}

    events: Any = clients.s3.meta.events
    events.register("provide-client-params.s3.ListObjectVersions", one_a_page)
    pages = list(Storage(clients).versions(bucket))

    assert [len(page) for page in pages] == [1] * 8
    listed = [(each.key, bool(each.etag), each.key_deleted) for page in pages for each in page]
    assert listed[:4] == [("a", False, True), ("a", True, True), ("a", True, True), ("b", True, False)]
    assert {deleted for key, _, deleted in listed if key == "c"} == {False}


def test_versions_are_listed_under_a_prefix_only(storage: Storage, bucket: str) -> None:
    for key in ("cleanup/a", "cleanup/b", "html/c"):
        stage.put(bucket, key, b"123")

    (page,) = storage.versions(bucket, "cleanup/")

    assert [(each.key, each.size, each.latest) for each in page] == [("cleanup/a", 3, True), ("cleanup/b", 3, True)]


def test_a_link_is_signed_by_version_4_and_lives_as_long_as_asked(storage: Storage, bucket: str) -> None:
    link = urlsplit(storage.link(bucket, KEY, 900))

    query = parse_qs(link.query)
    assert (query["X-Amz-Algorithm"], query["X-Amz-Expires"]) == (["AWS4-HMAC-SHA256"], ["900"])
    assert link.path == "/uploads/my%20dog%2B%C3%A9.jpg"


def test_an_address_is_the_link_without_its_signature(storage: Storage, bucket: str) -> None:
    assert storage.address(bucket, KEY) == storage.link(bucket, KEY, 900).partition("?")[0]


def test_the_policy_of_a_form_allows_one_bucket_key_media_type_and_size(storage: Storage, bucket: str) -> None:
    """moto does not check these conditions, so the test reads the signed policy."""
    form = storage.upload_form(bucket, "uploads/a/original.jpg", "image/jpeg", 1234, 900)

    conditions = json.loads(base64.b64decode(form.fields["policy"]))["conditions"]
    assert ["content-length-range", 1234, 1234] in conditions
    assert {"Content-Type": "image/jpeg"} in conditions
    assert {"key": "uploads/a/original.jpg"} in conditions
    assert {"bucket": bucket} in conditions
    assert [each for each in conditions if isinstance(each, list)] == [["content-length-range", 1234, 1234]]
    assert form.fields["Content-Type"] == "image/jpeg"


def test_the_policy_of_a_form_expires(storage: Storage, bucket: str) -> None:
    expirations = []
    for seconds in (60, 86_400 * 3):
        fields = storage.upload_form(bucket, "a", "image/png", 1, seconds).fields
        expirations.append(datetime.fromisoformat(json.loads(base64.b64decode(fields["policy"]))["expiration"]))

    assert (expirations[1] - expirations[0]).days == 2
