"""S3's events of created objects have the fields, the number and the order that they have on AWS."""

import inspect
import threading
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
import requests
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3 import notifications
from moto.s3.models import S3Backend, s3_backends

from chalicelib.settings import Settings
from scripts.embedded import local_stage, moto_patches, object_events
from scripts.embedded.delivery import DeadLetter, Delivery
from scripts.embedded.functions import Event, Function, Functions, register_functions
from scripts.embedded.notifications import put_notifications
from scripts.project import Notification

#: Only a function that hangs takes this long.
SECONDS = 600.0
KEY = "uploads/a b+c.jpg"
#: S3 requires five MiB for each part but the last.
PART = b"x" * (5 << 20)


class Bucket:
    """The images bucket on moto's server, and the records of its events."""

    def __init__(self, settings: Settings) -> None:
        self.name = settings.images_bucket
        self.s3: Any = boto3.client("s3", endpoint_url=settings.endpoint_url)
        self.records: list[dict[str, Any]] = []
        self.functions = Functions([Function("note", self._note)])
        self.delivery = Delivery(self.functions.invoke, list[DeadLetter]().append, (), workers=1)

    def _note(self, event: Event, _context: object) -> None:
        self.records += event["Records"]

    def put(self) -> None:
        self.s3.put_object(Bucket=self.name, Key=KEY, Body=b"put")

    def post(self) -> None:
        form = self.s3.generate_presigned_post(self.name, KEY)
        answer = requests.post(form["url"], data=form["fields"], files={"file": b"posted"}, timeout=SECONDS)
        assert answer.status_code == 204

    def upload_in_parts(self) -> None:
        names = {"Bucket": self.name, "Key": KEY}
        upload = names | {"UploadId": self.s3.create_multipart_upload(**names)["UploadId"]}
        etags = [self.s3.upload_part(**upload, PartNumber=n, Body=PART)["ETag"] for n in (1, 2)]
        parts = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, 1)]
        self.s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})

    def copy(self) -> None:
        self.s3.put_object(Bucket=self.name, Key="elsewhere/a.jpg", Body=b"copied")
        self.s3.copy_object(Bucket=self.name, Key=KEY, CopySource=f"{self.name}/elsewhere/a.jpg")

    def take_records(self) -> list[dict[str, Any]]:
        assert self.delivery.drain(SECONDS)
        taken, self.records = self.records, []
        return taken


@pytest.fixture(scope="module")
def bucket(served: Settings) -> Iterator[Bucket]:
    local_stage.create_buckets(served)
    local_stage.create_role(served)
    bucket = Bucket(served)
    lambdas = boto3.client("lambda", endpoint_url=served.endpoint_url)
    register_functions(bucket.functions, lambdas, local_stage.function_role(served))
    put_notifications([Notification("note", bucket.name, ("s3:ObjectCreated:*",), "uploads/")], bucket.s3)
    with moto_patches.installed(bucket.functions, bucket.delivery):
        yield bucket
    assert bucket.delivery.close(SECONDS)


def test_moto_s_private_functions_have_the_parameters_of_the_patches() -> None:
    describe = inspect.signature(notifications._get_s3_event)
    assert list(describe.parameters) == ["event_name", "bucket", "key", "notification_id"]
    assert {"multipart", "disable_notification"} < set(inspect.signature(S3Backend.put_object).parameters)


@pytest.mark.parametrize(
    ("create", "name"),
    [
        (Bucket.put, "ObjectCreated:Put"),
        (Bucket.post, "ObjectCreated:Post"),
        (Bucket.upload_in_parts, "ObjectCreated:CompleteMultipartUpload"),
        (Bucket.copy, "ObjectCreated:Copy"),
    ],
)
def test_a_created_object_has_one_event_with_its_version(bucket: Bucket, create: Any, name: str) -> None:
    create(bucket)
    [record] = bucket.take_records()
    event_object = record["s3"]["object"]
    head = bucket.s3.head_object(Bucket=bucket.name, Key=KEY)
    assert record["eventName"] == name
    assert event_object.pop("sequencer")
    assert event_object == {
        "key": "uploads/a+b%2Bc.jpg",
        "versionId": head["VersionId"],
        "eTag": head["ETag"].strip('"'),
        "size": head["ContentLength"],
    }


def test_the_sequencers_of_a_key_rise_and_have_18_hexadecimal_digits(bucket: Bucket) -> None:
    for create in (Bucket.put, Bucket.post, Bucket.upload_in_parts, Bucket.copy) * 5:
        create(bucket)
    sequencers = [record["s3"]["object"]["sequencer"] for record in bucket.take_records()]
    assert len(set(sequencers)) == 20
    assert sequencers == sorted(sequencers)
    assert {len(each) for each in sequencers} == {18}
    assert all(int(each, 16) for each in sequencers)
    # 20 events have a digit above 9.
    assert any(set(each) & set("ABCDEF") for each in sequencers)


@pytest.fixture
def backend() -> Iterator[S3Backend]:
    """moto's S3 in this process, with the patches and a bucket `plain` without versions."""
    with mock_aws(), object_events.installed():
        boto3.client("s3").create_bucket(Bucket="plain")
        yield s3_backends[DEFAULT_ACCOUNT_ID]["aws"]


def described(backend: S3Backend, bucket: str, stored: Any) -> dict[str, Any]:
    """Return what the event of a stored object says of it."""
    event = notifications._get_s3_event("s3:ObjectCreated:Put", backend.get_bucket(bucket), stored, "")
    found: dict[str, Any] = event["Records"][0]["s3"]["object"]
    return found


def test_the_sequencer_follows_the_order_of_the_puts_and_not_of_their_events(backend: S3Backend) -> None:
    first, second = (backend.put_object("plain", key, b"", disable_notification=True) for key in "ab")
    late, early, again = (described(backend, "plain", each)["sequencer"] for each in (second, first, first))
    assert early == again < late


def test_the_event_of_a_bucket_without_versions_has_none(backend: S3Backend) -> None:
    stored = backend.put_object("plain", "a", b"", disable_notification=True)
    assert "versionId" not in described(backend, "plain", stored)


def test_puts_at_the_same_time_are_stored_one_after_the_other() -> None:
    running, most = 0, 0

    class Stored:
        """An object that was put."""

    def put(_backend: object) -> Stored:
        nonlocal running, most
        running += 1
        most = max(most, running)
        time.sleep(0.01)
        running -= 1
        return Stored()

    one_at_a_time = object_events._one_at_a_time(put, object_events.Sequencers())
    threads = [threading.Thread(target=one_at_a_time, args=(None,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def test_the_patches_are_removed_when_the_block_ends() -> None:
    def names() -> set[object]:
        return {S3Backend.put_object, notifications._get_s3_event}

    before = names()
    with object_events.installed():
        assert not before & names()
    assert before == names()
