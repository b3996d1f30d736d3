"""`make put`: the key and the content type of the object, and the sentence after a failure."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from scripts.embedded.server import AwsServer
from scripts.project import read_config
from scripts.put import PutError, put
from tests.flows.photos import photo

BUCKET = read_config().environment_variables["IMAGES_BUCKET"]


@pytest.fixture(scope="module")
def server() -> Iterator[AwsServer]:
    server = AwsServer()
    boto3.client("s3", endpoint_url=server.url).create_bucket(Bucket=BUCKET)
    yield server
    server.stop()


@pytest.mark.parametrize(
    ("name", "media_type"),
    [("a photo.jpg", "image/jpeg"), ("\u6697.png", "image/png"), ("noname", "application/octet-stream")],
)
def test_a_file_is_put_under_uploads_with_its_name_and_type(
    server: AwsServer, tmp_path: Path, name: str, media_type: str
) -> None:
    (tmp_path / name).write_bytes(photo())

    key = put(str(tmp_path / name), server.url)

    assert key == f"uploads/{name}"
    stored: Any = boto3.client("s3", endpoint_url=server.url).get_object(Bucket=BUCKET, Key=key)
    assert (stored["ContentType"], stored["Body"].read()) == (media_type, photo())


def test_a_name_that_is_not_text_is_percent_encoded(server: AwsServer, tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"latin1-\xe9.jpg")).write_bytes(photo())
    assert put(str(tmp_path / os.fsdecode(b"latin1-\xe9.jpg")), server.url) == "uploads/latin1-%E9.jpg"
    with pytest.raises(PutError, match="there is no file") as raised:
        put(os.fsdecode(b"gone-\xe9.jpg"), server.url)
    assert str(raised.value).encode()


@pytest.mark.parametrize(("file", "sentence"), [("", "name a file"), ("/no/such.jpg", "there is no file /no/such.jpg")])
def test_a_file_that_does_not_exist_is_refused_before_any_call(file: str, sentence: str) -> None:
    with pytest.raises(PutError, match=sentence):
        put(file, "http://127.0.0.1:9")


def test_an_embedded_aws_that_does_not_run_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(photo())
    with pytest.raises(PutError, match=r"does not answer on http://127\.0\.0\.1:9\. Start `make run`"):
        put(str(tmp_path / "a.jpg"), "http://127.0.0.1:9")
