"""Every call to AWS names its service, in the error and in the log line."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from moto import mock_aws

from chalicelib.aws.catalog import Catalog
from chalicelib.aws.clients import Clients
from chalicelib.aws.dog_uploads import DogCatalog
from chalicelib.aws.messaging import Messaging
from chalicelib.aws.secrets import Secrets
from chalicelib.aws.storage import Storage, StoredVersion
from chalicelib.dog_records import DogUpload
from chalicelib.errors import BackendUnavailable
from chalicelib.records import ImageRecord, Status

IMAGE_ID = "a" * 32
NEW = ImageRecord(IMAGE_ID, "ann", Status.PENDING, "2026-03-01T12:00:00.000000Z", "a.jpg")
ROW = DogUpload("html/a.jpg", "https://dog.example/a.jpg", "2026-03-01T12:00:00.000000Z", "jpeg", alert_triggered=False)
VERSION = StoredVersion("a.jpg", "1", datetime(2026, 3, 1, tzinfo=UTC), latest=True)
CALLS: dict[str, tuple[str, Callable[[Clients], object]]] = {
    "head": ("S3", lambda clients: Storage(clients).head("photos", "a.jpg")),
    "exists": ("S3", lambda clients: Storage(clients).exists("photos", "a.jpg")),
    "get": ("S3", lambda clients: Storage(clients).get("photos", "a.jpg", 1)),
    "put": ("S3", lambda clients: Storage(clients).put("photos", "a.jpg", b"a", "image/jpeg")),
    "put_new": ("S3", lambda clients: Storage(clients).put_new("photos", "a.jpg", b"a", "image/jpeg", {})),
    "delete_objects": ("S3", lambda clients: Storage(clients).delete_objects("photos", [("a.jpg", "")])),
    "delete_versions": ("S3", lambda clients: Storage(clients).delete_versions("photos", [VERSION])),
    "versions": ("S3", lambda clients: list(Storage(clients).versions("photos"))),
    "find": ("DynamoDB", lambda clients: Catalog(clients, "Images", 1).find(IMAGE_ID)),
    "find_many": ("DynamoDB", lambda clients: Catalog(clients, "Images", 1).find_many([IMAGE_ID])),
    "create": ("DynamoDB", lambda clients: Catalog(clients, "Images", 1).create(NEW)),
    "delete": ("DynamoDB", lambda clients: Catalog(clients, "Images", 1).delete(NEW)),
    "due": ("DynamoDB", lambda clients: Catalog(clients, "Images", 1).due(1, 1)),
    "newest": ("DynamoDB", lambda clients: Catalog(clients, "Images", 1).newest(["ann"], 1, None, None)),
    "find of a dog": ("DynamoDB", lambda clients: DogCatalog(clients, "Dogs", 1).find("html/a.jpg")),
    "record of a dog": ("DynamoDB", lambda clients: DogCatalog(clients, "Dogs", 1).record(ROW, "run-1")),
    "expire of a dog": ("DynamoDB", lambda clients: DogCatalog(clients, "Dogs", 1).expire("html/a.jpg")),
    "publish": ("SNS", lambda clients: Messaging(clients).publish("arn:aws:sns:us-east-1:1:a", "s", "m")),
    "key_created": ("Secrets Manager", lambda clients: Secrets(clients).key_created("darkroom-test-uploader-a")),
    "start": ("Step Functions", lambda clients: Messaging(clients).start("arn:aws:states:us-east-1:1:a", "n", {})),
}


class _Failed:
    status_code = 500


def fail(**_event: object) -> tuple[_Failed, dict[str, Any]]:
    """Answer a call in place of the service."""
    return _Failed(), {"Error": {"Code": "InternalError", "Message": "a fault"}, "ResponseMetadata": {}}


@pytest.fixture(scope="module")
def failing() -> Iterator[Clients]:
    """Clients of services that fail."""
    with mock_aws():
        clients = Clients(None)
        for client in (clients.s3, clients.dynamodb, clients.sns, clients.stepfunctions, clients.secretsmanager):
            events: Any = client.meta.events
            events.register_first("before-call", fail)
        yield clients


@pytest.mark.parametrize("name", CALLS)
def test_a_failed_call_names_its_service(failing: Clients, name: str, caplog: pytest.LogCaptureFixture) -> None:
    service, call = CALLS[name]
    with pytest.raises(BackendUnavailable) as raised:
        call(failing)
    assert raised.value.detail == f"{service} is not available. Try again in a moment."
    [line] = caplog.records
    assert vars(line)["backend"] == service


def missing(**_event: object) -> tuple[_Failed, dict[str, Any]]:
    """Answer a call as S3 does for a missing object."""
    return _Failed(), {"Error": {"Code": "404", "Message": "Not Found"}, "ResponseMetadata": {}}


def test_a_missing_bucket_names_its_service() -> None:
    clients = Clients(None)
    events: Any = clients.s3.meta.events
    events.register_first("before-call.s3.HeadObject", missing)
    events.register_first("before-call.s3.HeadBucket", fail)
    with pytest.raises(BackendUnavailable, match=r"^S3 is not available\."):
        Storage(clients).head("photos", "a.jpg")


@pytest.mark.parametrize("name", ["link", "upload_form"])
def test_what_is_signed_without_credentials_names_its_service(name: str) -> None:
    clients = Clients(None)
    session: Any = boto3.Session(region_name="eu-west-1")
    session._session._credentials = None
    session._session.get_component("credential_provider").providers.clear()
    clients._session = session
    arguments: tuple[Any, ...] = (60,) if name == "link" else ("image/jpeg", 1, 60)
    with pytest.raises(BackendUnavailable, match=r"^S3 is not available\."):
        getattr(Storage(clients), name)("photos", "a.jpg", *arguments)
