"""An IAM ARN contains the number of an AWS account. No answer and no log line contains it."""

import io
import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from chalicelib.errors import NotAllowed
from chalicelib.rest.access import caller, identify
from chalicelib.settings import Settings
from scripts.embedded import local_stage
from tests import stage
from tests.flows.photos import photo
from tests.rest.test_access import called, served
from tests.rest.test_request import _request

ACCOUNT = "987654321098"
ANN = {"identity": {"userArn": f"arn:aws:iam::{ACCOUNT}:user/ann", "accountId": ACCOUNT}}


@pytest.fixture
def signed() -> Iterator[Any]:
    """The app of a stage whose callers sign their requests, on an AWS of its own."""
    with mock_aws(), served(AUTH="iam") as module:
        settings = Settings.from_environ(os.environ)
        local_stage.create_buckets(settings, stage.s3())
        local_stage.create_tables(settings, stage.dynamodb())
        yield module.app


def test_no_answer_and_no_log_line_contains_the_account_of_the_caller(
    signed: Any, log: io.StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    image = called(signed, "POST", "/images", ANN, photo((20, 20)))
    path = {"image_id": json.loads(image["body"])["id"]}
    calls: tuple[tuple[str, str, bytes], ...] = (
        ("POST", "/sanitize", photo((20, 20))),
        ("POST", "/sanitize", photo((20, 20))[:-300]),
        ("GET", "/images", b""),
        ("GET", "/images/{image_id}", b""),
        ("GET", "/images/{image_id}/content", b""),
        ("DELETE", "/images/{image_id}", b""),
        ("GET", "/images/{image_id}", b""),
    )
    answers = [image, *(called(signed, method, route, ANN, body, path=path) for method, route, body in calls)]

    assert [each["statusCode"] for each in answers] == [200, 200, 422, 200, 200, 303, 204, 404]
    lines = log.getvalue()
    assert lines.count('"message":"request"') == len(answers)
    assert '"message":"image not processed"' in lines
    assert ACCOUNT not in json.dumps(answers) + lines + "".join(capfd.readouterr())


def test_the_caller_of_a_request_that_nobody_authenticated_is_anonymous() -> None:
    assert caller(_request()) == "anonymous"


def test_a_key_with_half_a_surrogate_pair_is_refused() -> None:
    settings = Settings.from_environ(os.environ | {"AUTH": "api_key", "API_KEYS": f"ann:{'a' * 20}"})
    with pytest.raises(NotAllowed, match="X-Api-Key"):
        identify(_request(headers={"x-api-key": "\ud800"}), settings)
