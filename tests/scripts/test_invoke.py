"""A recorded event reaches its function with the stage's names; the answer and the log are printed."""

import base64
import io
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app import SETTINGS
from scripts import invoke
from scripts.deployment.policies import lambda_name
from tests.conftest import ROOT

EVENTS = ROOT / "tests" / "events"
RULE = "arn:aws:events:eu-west-1:123456789012:rule"
DEV = replace(
    SETTINGS,
    stage="dev",
    images_bucket="darkroom-dev-images-123456789012",
    landing_bucket="darkroom-dev-landing-123456789012",
    destination_bucket="darkroom-dev-sanitized-123456789012",
    images_topic="arn:aws:sns:eu-west-1:123456789012:darkroom-dev-images",
    alarms_topic="arn:aws:sns:eu-west-1:123456789012:darkroom-dev-alarms",
)


pytestmark = pytest.mark.usefixtures("same_environment")


class Lambda:
    """Lambda with one answer."""

    def __init__(self, payload: Any, log: str = "", **answer: str) -> None:
        self.payload, self.answer, self.requests = payload, answer, list[dict[str, Any]]()
        if log:
            self.answer["LogResult"] = base64.b64encode(log.encode()).decode()

    def invoke(self, **request: Any) -> dict[str, Any]:
        self.requests.append(request)
        return {"Payload": io.BytesIO(json.dumps(self.payload).encode()), **self.answer}


def test_the_answer_and_the_log_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    client = Lambda({"due": 0}, '{"message":"one"}\nREPORT \x1b[31mred')
    assert invoke.invoke(client, "darkroom-dev-reconcile", {"a": 1}) == 0
    out = capsys.readouterr().out
    assert out == 'darkroom-dev-reconcile:\n{\n  "due": 0\n}\nlog  {"message":"one"}\nlog  REPORT \ufffd[31mred\n'
    assert client.requests == [{"FunctionName": "darkroom-dev-reconcile", "LogType": "Tail", "Payload": '{"a": 1}'}]


def test_a_function_that_fails_gives_the_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    client = Lambda({"errorType": "KeyError", "errorMessage": "x"}, FunctionError="Unhandled")
    assert invoke.invoke(client, "darkroom-dev", {}) == 1
    assert "KeyError" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("s3_put_images", "resize_image"),
        ("s3_put_landing", "sanitize_image"),
        ("s3_test_event", "resize_image"),
        ("schedule_cleanup", "cleanup"),
        ("schedule_reconcile", "reconcile"),
        ("schedule_dog_fetch", "dog_fetch"),
        ("api_get_health", "api_handler"),
        ("step_fetch", "FetchAndUploadDogImage"),
        ("step_log", "LogToDynamoDB"),
        ("step_alert", "AlertPNG"),
    ],
)
def test_an_event_tells_its_function_on_another_stage(name: str, function: str) -> None:
    event = invoke.with_names((EVENTS / f"{name}.json").read_text(), DEV)
    assert invoke.function_of(event, DEV) == function
    assert "darkroom-local" not in json.dumps(event)
    assert lambda_name(function, "dev").startswith("darkroom-dev")


@pytest.mark.parametrize("stage", ["dev", "eu-dev", "a-b-c"])
def test_a_schedule_of_any_stage_tells_its_function(stage: str) -> None:
    event = {"source": "aws.events", "resources": [f"{RULE}/darkroom-{stage}-dog_fetch-event"]}
    assert invoke.function_of(event, SETTINGS) == "dog_fetch"


def test_the_names_of_an_event_become_those_of_the_stage() -> None:
    event = invoke.with_names((EVENTS / "s3_put_images.json").read_text(), DEV)
    bucket = event["Records"][0]["s3"]["bucket"]
    assert (bucket["name"], bucket["arn"]) == (DEV.images_bucket, f"arn:aws:s3:::{DEV.images_bucket}")


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        ({}, "does not tell which function"),
        ({"Records": []}, "does not tell which function"),
        ({"Records": [{"s3": {"bucket": {"name": "other"}}}]}, "no function receives the events of the bucket other"),
        ({"source": "aws.events", "resources": ["rule/other"]}, "does not tell which function"),
        ({"source": "aws.events", "resources": [f"{RULE}/darkroom-other"]}, "does not tell which function"),
        ({"source": "aws.events", "resources": [f"{RULE}/darkroom-dev-cleanup"]}, "does not tell which function"),
    ],
)
def test_an_event_of_no_function_is_refused(event: dict[str, Any], sentence: str) -> None:
    with pytest.raises(invoke.InvokeError, match=sentence):
        invoke.function_of(event, SETTINGS)


@pytest.mark.parametrize(
    ("text", "words", "sentence"),
    [
        ("{", (), "cannot be read as JSON"),
        ("[]", (), "is not a JSON object"),
        ("[" * 100_000, (), "cannot be read as JSON"),
        (None, (), "cannot be read as JSON"),
        ("{}", (), "Name it with --function"),
        ("{}", ("--stage", "nowhere"), "there is no stage nowhere"),
        ("{}", ("--function", "reconcile", "--aws-port", "9"), "Is `make run` running?"),
    ],
)
def test_each_mistake_is_one_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    text: str | None,
    words: tuple[str, ...],
    sentence: str,
) -> None:
    path = tmp_path / "event.json"
    if text is not None:
        path.write_text(text)
    monkeypatch.setattr(sys, "argv", ["invoke", str(path), *words])
    assert invoke.main() == 1
    error = capsys.readouterr().err
    assert error.startswith("darkroom: ")
    assert sentence in error
    assert error.count("\n") == 1
