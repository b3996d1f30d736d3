"""The clients' configuration, and the errors that their calls raise."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from chalicelib.aws.clients import Clients, calling
from chalicelib.errors import BackendUnavailable, Conflict, ImageNotFound, ObjectArchived

SERVICES = ("s3", "dynamodb", "sns", "stepfunctions")


def config_of(clients: Clients, service: str) -> Any:
    return getattr(clients, service).meta.config


def client_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "a message of AWS"}}, "Operation")


@pytest.mark.parametrize("service", SERVICES)
def test_a_client_tries_three_times_in_standard_mode(service: str) -> None:
    """The legacy mode would send a throttled DynamoDB call ten times within 25 s."""
    retries = config_of(Clients(None), service).retries

    assert retries == {"mode": "standard", "total_max_attempts": 3}


@pytest.mark.parametrize("service", SERVICES)
def test_a_call_that_hangs_ends_before_api_gateway_times_out(service: str) -> None:
    config = config_of(Clients(None), service)

    assert config.connect_timeout + config.read_timeout < 29


def test_sns_gives_up_before_api_gateway_times_out() -> None:
    """The answer of a request waits for the message, and does not need it."""
    config = config_of(Clients(None), "sns")
    assert config.retries["total_max_attempts"] * (config.connect_timeout + config.read_timeout) < 25


def test_threads_that_use_sns_at_once_have_clients() -> None:
    clients = Clients(None)
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: clients.sns, range(8)))
    assert {each.meta.service_model.service_name for each in found} == {"sns"}


@pytest.mark.parametrize("service", SERVICES)
def test_a_client_is_built_once_and_calls_the_given_endpoint(service: str) -> None:
    clients = Clients("http://127.0.0.1:4566")
    client = getattr(clients, service)

    assert getattr(clients, service) is client
    assert client.meta.endpoint_url == "http://127.0.0.1:4566"
    assert "amazonaws.com" in getattr(Clients(None), service).meta.endpoint_url


@pytest.mark.parametrize(("endpoint", "style"), [(None, "virtual"), ("http://127.0.0.1:4566", "path")])
def test_s3_signs_by_version_4_and_addresses_buckets_by_host_on_aws(endpoint: str | None, style: str) -> None:
    config = config_of(Clients(endpoint), "s3")

    assert config.signature_version == "s3v4"
    assert config.s3["addressing_style"] == style
    assert config.s3["us_east_1_regional_endpoint"] == "regional"


@pytest.mark.parametrize("code", ["NoSuchKey", "NotFound", "404", "ResourceNotFoundException"])
def test_a_missing_resource_raises_image_not_found_if_the_caller_gives_a_message(code: str) -> None:
    with pytest.raises(ImageNotFound, match=r"^There is no object 'a'\.$"), calling("S3", "There is no object 'a'."):
        raise client_error(code)
    with pytest.raises(BackendUnavailable), calling("S3"):
        raise client_error(code)


def test_a_failed_condition_is_a_conflict() -> None:
    with pytest.raises(Conflict), calling("DynamoDB"):
        raise client_error("ConditionalCheckFailedException")


@pytest.mark.parametrize(
    ("named", "shown"),
    [
        ({"StorageClass": "GLACIER"}, " (GLACIER)"),
        (
            {"StorageClass": "INTELLIGENT_TIERING", "AccessTier": "ARCHIVE_ACCESS"},
            " (INTELLIGENT_TIERING, ARCHIVE_ACCESS)",
        ),
        ({}, ""),
    ],
)
def test_an_archived_object_is_a_permanent_error_with_its_class(named: dict[str, str], shown: str) -> None:
    """moto archives nothing in INTELLIGENT_TIERING, so that this error is made by hand."""
    error: Any = {"Code": "InvalidObjectState", "Message": "The operation is not valid.", **named}
    with pytest.raises(ObjectArchived) as raised, calling("S3", "There is no object."):
        raise ClientError({"Error": error}, "GetObject")
    assert raised.value.detail.startswith(f"The object is archived{shown}. Restore it")


@pytest.mark.parametrize(
    "error", [client_error("AccessDenied"), EndpointConnectionError(endpoint_url="http://127.0.0.1:9")], ids=str
)
def test_every_other_error_is_transient_and_its_details_are_only_in_the_log(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(BackendUnavailable) as raised, calling("SNS", "There is no topic."):
        raise error

    assert raised.value.detail == "SNS is not available. Try again in a moment."
    (line,) = caplog.records
    assert (vars(line)["backend"], vars(line)["cause"]) == ("SNS", str(error))


def test_an_error_of_darkroom_is_raised_unchanged() -> None:
    error = ImageNotFound("There is no image.")
    with pytest.raises(ImageNotFound) as raised, calling("S3"):
        raise error
    assert raised.value is error


def test_a_failed_call_is_logged_with_its_service_and_its_cause(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(BackendUnavailable, match=r"^DynamoDB is not available\."), calling("DynamoDB"):
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")

    [line] = caplog.records
    assert (line.getMessage(), vars(line)["backend"]) == ("backend call failed", "DynamoDB")
    assert "http://127.0.0.1:1" in vars(line)["cause"]
