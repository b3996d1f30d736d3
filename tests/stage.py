"""What tests read from and put into the stage on moto, and backends whose calls fail."""

import json
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import boto3

from chalicelib.aws.catalog import Catalog
from chalicelib.aws.storage import Storage
from chalicelib.backends import Backends
from chalicelib.errors import BackendUnavailable
from chalicelib.records import Variant


@cache
def s3() -> Any:
    """Return the S3 client that all tests share, because building one is slow."""
    return boto3.client("s3")


def keys(bucket: str) -> list[str]:
    """List the keys of a bucket."""
    return [each["Key"] for each in s3().list_objects_v2(Bucket=bucket).get("Contents", [])]


def read(bucket: str, key: str) -> bytes:
    """Read an object."""
    return bytes(s3().get_object(Bucket=bucket, Key=key)["Body"].read())


def versions(bucket: str) -> list[tuple[str, str]]:
    """List the key and the version id of each version and delete marker of a bucket."""
    answer = s3().list_object_versions(Bucket=bucket)
    entries = [*answer.get("Versions", []), *answer.get("DeleteMarkers", [])]
    return [(each["Key"], each["VersionId"]) for each in entries]


def etag(bucket: str, key: str) -> str:
    """Return the ETag of an object."""
    return str(s3().head_object(Bucket=bucket, Key=key)["ETag"]).strip('"')


def put(bucket: str, key: str, data: bytes) -> Variant:
    """Put an object without the code under test, and return it as an original names it."""
    answer = s3().put_object(Bucket=bucket, Key=key, Body=data)
    return Variant(bucket, key, "", len(data), etag=answer["ETag"].strip('"'), version_id=answer.get("VersionId", ""))


@cache
def dynamodb() -> Any:
    """Return the DynamoDB client that all tests share."""
    return boto3.client("dynamodb")


def record_count(table: str) -> int:
    """Count the records of a table."""
    return int(dynamodb().scan(TableName=table, Select="COUNT")["Count"])


def dog_row_count(table: str) -> int:
    """Count the rows of dog uploads. The table also has counts and markers."""
    return sum("upload_timestamp" in item for item in dynamodb().scan(TableName=table)["Items"])


@cache
def sns() -> Any:
    """Return the SNS client that all tests share."""
    return boto3.client("sns")


@cache
def sqs() -> Any:
    """Return the SQS client that all tests share."""
    return boto3.client("sqs")


class Inbox:
    """A queue that subscribes to a topic, so that a test can read its messages."""

    def __init__(self, topic: str) -> None:
        name = topic.rsplit(":", 1)[-1]
        sns().create_topic(Name=name)
        self._url = sqs().create_queue(QueueName=f"{name}-inbox")["QueueUrl"]
        queue = sqs().get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sns().subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)

    def read(self) -> list[dict[str, Any]]:
        """Return the messages that have arrived, in the envelope of SNS."""
        messages = sqs().receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(message["Body"]) for message in messages]


@dataclass
class Failing:
    """A collaborator whose named methods raise BackendUnavailable a number of times. All other calls pass."""

    inner: Storage | Catalog
    fails: dict[str, int]
    calls: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        wrapped = getattr(self.inner, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            self.calls.append(name)
            if self.fails.get(name, 0) > 0:
                self.fails[name] -= 1
                raise BackendUnavailable("AWS is not available.")
            return wrapped(*args, **kwargs)

        return call


def with_failures(
    backends: Backends, *, storage: dict[str, int] | None = None, catalog: dict[str, int] | None = None
) -> Backends:
    """Return backends whose named methods fail the given number of times."""
    failing_storage: Any = Failing(backends.storage, dict(storage or {}))
    failing_catalog: Any = Failing(backends.catalog, dict(catalog or {}))
    return replace(backends, storage=failing_storage, catalog=failing_catalog)
