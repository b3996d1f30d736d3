"""What only an S3 that was checked against AWS can tell: signatures, the conditions of a form, odd keys in a batch.

`make second-opinion` runs these on LocalStack's S3. moto checks neither signatures nor forms.
"""

import os
import re
import urllib.error
import urllib.request
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.aws import deletion
from chalicelib.aws.clients import Clients
from chalicelib.aws.storage import PresignedPost, Storage
from chalicelib.backends import Backends
from tests import stage

URL = os.environ.get("AWS_ENDPOINT_URL_S3", "")
pytestmark = pytest.mark.skipif(not URL, reason="only with `make second-opinion`")
KEY, DATA = "uploads/my dog+é.jpg", b"12345"
ODD = [
    "a\x01b",
    "a\ufffeb",
    "a\uffffb",
    "a\nb",
    "a\rb",
    "a\r\nb",
    "\n",
    " a ",
    "a+b",
    "a%0Ab",
    "a//b",
    "../b",
    "\U0001f600",
]


@pytest.fixture
def bucket(backends: Backends) -> str:
    return backends.settings.images_bucket


@pytest.fixture
def storage(backends: Backends) -> Storage:  # noqa: ARG001 -- it sets the credentials
    """Storage whose links lead to the other S3."""
    return Storage(Clients(URL))


def fetch(request: "str | urllib.request.Request") -> tuple[int, bytes]:
    """Send a request; return the status and the body."""
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310 -- a server of this test on loopback
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def post(form: PresignedPost, data: bytes, **changes: str) -> tuple[int, bytes]:
    """Send a form as a browser does, with other values in some of its fields."""
    boundary = uuid.uuid4().hex
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in (dict(form.fields) | changes).items()
    ]
    file = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'.encode()
    body = b"".join(parts) + file + data + f"\r\n--{boundary}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    return fetch(urllib.request.Request(form.url, body, headers))  # noqa: S310 -- as above


def test_a_link_is_accepted_and_names_its_version(storage: Storage, bucket: str) -> None:
    first = storage.put(bucket, KEY, DATA, "image/jpeg")
    storage.put(bucket, KEY, b"newer", "image/jpeg")
    assert fetch(storage.link(bucket, KEY, 60)) == (200, b"newer")
    assert fetch(storage.link(bucket, KEY, 60, first.version_id)) == (200, DATA)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (r"X-Amz-Signature=\w{4}", "X-Amz-Signature=0000"),
        (r"X-Amz-Expires=60", "X-Amz-Expires=6000"),
        (r"my%20dog", "your%20dog"),
        (r"X-Amz-Date=\d{4}", "X-Amz-Date=2020"),
    ],
)
def test_a_link_that_was_changed_is_refused(storage: Storage, bucket: str, old: str, new: str) -> None:
    storage.put(bucket, KEY, DATA, "image/jpeg")
    storage.put(bucket, KEY.replace("my", "your"), DATA, "image/jpeg")
    link = storage.link(bucket, KEY, 60)
    changed = re.sub(old, new, link)
    assert changed != link
    assert fetch(changed)[0] == 403


def test_a_form_stores_what_it_allows(storage: Storage, bucket: str) -> None:
    form = storage.upload_form(bucket, KEY, "image/jpeg", len(DATA), 60)
    assert post(form, DATA)[0] in (200, 201, 204)
    stored = stage.s3().get_object(Bucket=bucket, Key=KEY)
    assert (stored["Body"].read(), stored["ContentType"]) == (DATA, "image/jpeg")


@pytest.mark.parametrize(
    ("data", "changes", "status"),
    [
        (DATA + b"6", {}, 400),
        (DATA[:-1], {}, 400),
        (DATA, {"key": "uploads/other.jpg"}, 403),
        (DATA, {"Content-Type": "text/html"}, 403),
    ],
    ids=["larger", "smaller", "another key", "another type"],
)
def test_a_form_refuses_everything_else(
    storage: Storage, bucket: str, data: bytes, changes: dict[str, str], status: int
) -> None:
    form = storage.upload_form(bucket, KEY, "image/jpeg", len(DATA), 60)
    assert post(form, data, **changes)[0] == status
    assert stage.keys(bucket) == []


@pytest.mark.parametrize("key", ODD, ids=ascii)
def test_an_odd_key_is_stored_listed_and_deleted(storage: Storage, bucket: str, key: str) -> None:
    storage.put(bucket, key, DATA, "image/jpeg")
    assert storage.get(bucket, key, limit=9).data == DATA
    [page] = [page for page in storage.versions(bucket) if page]
    assert [each.key for each in page] == [key]
    assert fetch(storage.link(bucket, key, 60)) == (200, DATA)
    assert storage.delete_versions(bucket, page) == []
    assert stage.versions(bucket) == []


def test_odd_keys_and_others_are_deleted_in_one_go(storage: Storage, bucket: str) -> None:
    keys = [*ODD, *(f"a{number}" for number in range(5))]
    for key in keys:
        storage.put(bucket, key, DATA, "image/jpeg")
    assert deletion.delete(stage.s3(), bucket, stage.versions(bucket)) == []
    assert stage.versions(bucket) == []


def test_a_new_object_does_not_overwrite_another_one(bucket: str) -> None:
    stage.put(bucket, KEY, DATA)
    with pytest.raises(ClientError, match="PreconditionFailed"):
        stage.s3().put_object(Bucket=bucket, Key=KEY, Body=b"other", IfNoneMatch="*")
    assert stage.read(bucket, KEY) == DATA


def test_a_put_replaces_only_the_content_that_it_names(bucket: str) -> None:
    etag: Any = stage.s3().put_object(Bucket=bucket, Key=KEY, Body=DATA)["ETag"]
    assert stage.s3().put_object(Bucket=bucket, Key=KEY, Body=b"second", IfMatch=etag)
    with pytest.raises(ClientError, match="PreconditionFailed"):
        stage.s3().put_object(Bucket=bucket, Key=KEY, Body=b"third", IfMatch=etag)
