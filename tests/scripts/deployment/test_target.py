"""The target of a deployment: its names, its account and region, and errors of its steps."""

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws

from scripts.deployment.target import DeployError, Target, step


@pytest.fixture(autouse=True)
def region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")


def test_names_tags_and_arns_have_the_stage_the_region_and_the_account() -> None:
    with mock_aws():
        target = Target("dev")
        assert target.arn("sns", f"{target.name}-alarms") == "arn:aws:sns:eu-west-1:123456789012:darkroom-dev-alarms"
    assert target.tags == {"application": "darkroom", "stage": "dev"}


def test_arns_have_the_partition_of_the_region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "cn-north-1")
    with mock_aws():
        assert Target("dev").arn("sns", "topic").startswith("arn:aws-cn:sns:cn-north-1:")


def test_a_client_is_created_once() -> None:
    target = Target("dev")
    assert target.client("sns") is target.client("sns")
    assert target.client("sns").meta.region_name == "eu-west-1"


def test_a_missing_region_is_an_error_that_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(DeployError, match="AWS_DEFAULT_REGION"):
        _ = Target("dev").region


def test_an_unknown_profile_is_an_error_that_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nowhere")
    with pytest.raises(DeployError, match=r"nowhere.*What to do: set AWS_PROFILE"):
        _ = Target("dev").session


def test_a_placeholder_account_needs_no_call_and_leaves_the_target_unchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    target = Target("dev")
    assert target.with_placeholder_account().arn("sqs", "queue") == "arn:aws:sqs:us-east-1:000000000000:queue"
    with pytest.raises(DeployError):
        _ = target.region


@pytest.mark.parametrize(
    ("endpoint", "embedded"),
    [
        ("", False),
        ("http://127.0.0.1:4566", True),
        ("http://localhost:4566", True),
        ("https://vpce.example.com", False),
        ("https://127.0.0.1.example.com", False),
    ],
)
def test_only_an_endpoint_on_this_machine_is_the_embedded_aws(
    monkeypatch: pytest.MonkeyPatch, endpoint: str, *, embedded: bool
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    assert Target("dev").is_embedded is embedded


@pytest.mark.parametrize(
    "cause", [ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetObject"), OSError("disk full")]
)
def test_an_error_of_a_step_says_the_step_the_cause_and_what_to_do(cause: Exception) -> None:
    with pytest.raises(DeployError) as raised, step("reading it", "try again"):
        raise cause
    assert str(raised.value) == f"while reading it: {cause}. What to do: try again."


@pytest.mark.parametrize(
    ("endpoint", "remedy"),
    [("http://127.0.0.1:9", "start `make run`, and set AWS_ENDPOINT_URL to its AWS endpoint"), ("", "try again")],
)
def test_an_embedded_aws_that_does_not_answer_is_to_be_started(
    monkeypatch: pytest.MonkeyPatch, endpoint: str, remedy: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    with pytest.raises(DeployError, match=f"What to do: {remedy}"), step("reading it", "try again"):
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:9/")


def test_an_error_of_the_program_is_not_disguised() -> None:
    with pytest.raises(KeyError), step("reading it"):
        raise KeyError
