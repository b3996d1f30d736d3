"""The command for the scheduled clean-up: status, run, disable and enable."""

import argparse
import io
import json
import os
import sys
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from chalice.app import CloudWatchEvent
from moto import mock_aws

from scripts import cleanup

NAME = "darkroom-test-cleanup"


pytestmark = pytest.mark.usefixtures("same_environment")


@pytest.fixture
def rules() -> Iterator[Any]:
    """EventBridge with the rule that Chalice creates for the clean-up."""
    with mock_aws():
        client = boto3.client("events")
        client.put_rule(Name=f"{NAME}-event", ScheduleExpression="cron(30 21 * * ? *)", State="ENABLED")
        yield client


class Functions:
    """Lambda with one function, which returns a given outcome."""

    def __init__(self, outcome: dict[str, Any], **answer: str) -> None:
        self.outcome, self.answer, self.events = outcome, answer, list[Any]()

    def __call__(self, _service: str) -> "Functions":
        return self

    def invoke(self, FunctionName: str, Payload: str) -> dict[str, Any]:  # noqa: N803 - boto3's own names
        assert FunctionName == NAME
        self.events.append(json.loads(Payload))
        return {"Payload": io.BytesIO(json.dumps(self.outcome).encode()), **self.answer}


def options(*, dry_run: bool = False) -> argparse.Namespace:
    return argparse.Namespace(dry_run=dry_run)


def test_disable_and_enable_change_the_state_of_the_rule(rules: Any) -> None:
    states = []
    for action in (cleanup.disable, cleanup.enable):
        assert action(lambda _service: rules, NAME, options()) == 0
        states.append(rules.describe_rule(Name=f"{NAME}-event")["State"])
    assert states == ["DISABLED", "ENABLED"]


class Aws:
    """EventBridge with the rule, and Lambda with a function of a given environment."""

    def __init__(self, **chosen: str) -> None:
        self.variables = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | chosen

    def __call__(self, _service: str) -> "Aws":
        return self

    def describe_rule(self, Name: str) -> dict[str, str]:  # noqa: N803 - boto3's own names
        assert Name == f"{NAME}-event"
        return {"State": "ENABLED", "ScheduleExpression": "cron(30 21 * * ? *)"}

    def get_function_configuration(self, FunctionName: str) -> dict[str, Any]:  # noqa: N803 - boto3's own names
        assert FunctionName == NAME
        return {"Environment": {"Variables": self.variables}}


def test_the_status_shows_the_settings_of_the_function(capsys: pytest.CaptureFixture[str]) -> None:
    past = Aws(CLEANUP_MODE="everything", CLEANUP_UNTIL="2026-01-01T00:00:00Z", CLEANUP_KEEP="html/")
    assert cleanup.show_status(past, NAME, options()) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"{NAME}: enabled, cron(30 21 * * ? *)\n  mode: everything\n")
    assert "  keep: html/\n" in out
    assert "  blocked_reason: CLEANUP_UNTIL, 2026-01-01T00:00:00+00:00, is past" in out
    assert cleanup.show_status(Aws(), NAME, options()) == 0
    assert "blocked_reason" not in capsys.readouterr().out


@pytest.mark.parametrize(("changes", "status"), [({}, 0), ({"failed": 2}, 1), ({"blocked_reason": "It is past."}, 1)])
def test_a_run_prints_its_outcome_and_returns_1_after_a_failure(
    changes: dict[str, Any], status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    functions = Functions({"dry_run": False, "deleted": 7, "failed": 0, "blocked_reason": ""} | changes)
    assert cleanup.run(functions, NAME, options()) == status
    assert "deleted: 7\n" in capsys.readouterr().out
    (event,) = functions.events
    assert CloudWatchEvent(event, None).detail == {"dry_run": False}


def test_a_dry_run_prints_what_it_would_delete(capsys: pytest.CaptureFixture[str]) -> None:
    functions = Functions({"dry_run": True, "deleted": 7, "failed": 0, "blocked_reason": ""})
    assert cleanup.run(functions, NAME, options(dry_run=True)) == 0
    assert capsys.readouterr().out.splitlines()[1] == "would delete: 7"
    (event,) = functions.events
    assert CloudWatchEvent(event, None).detail == {"dry_run": True}


def test_an_error_of_the_function_is_raised_with_its_message() -> None:
    functions = Functions({"errorType": "BackendUnavailable", "errorMessage": "S3 is away"}, FunctionError="Unhandled")
    with pytest.raises(cleanup.CleanupFailed, match="BackendUnavailable: S3 is away"):
        cleanup.run(functions, NAME, options())


@pytest.mark.parametrize("typed", ["", "yes\n", "darkroom-dev\n"])
def test_without_a_yes_nothing_is_removed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: str
) -> None:
    monkeypatch.setattr(sys, "argv", ["cleanup", "--stage", "dev", "--remove"])
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    # No call to AWS: there is none in this test.
    assert cleanup.main() == 1
    assert "Nothing was removed." in capsys.readouterr().out


@pytest.mark.parametrize("flag", ["--remove", "--restore"])
def test_the_stage_local_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], flag: str
) -> None:
    monkeypatch.setattr(sys, "argv", ["cleanup", flag])
    assert cleanup.main() == 1
    assert "makes it at each start. Use --disable" in capsys.readouterr().err


@pytest.mark.parametrize("flag", ["--remove", "--restore"])
def test_a_stage_that_is_not_deployed_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], flag: str
) -> None:
    monkeypatch.setattr(sys, "argv", ["cleanup", "--stage", "dev", flag, *(["--yes"] if flag == "--remove" else [])])
    with mock_aws():
        assert cleanup.main() == 1
    assert "there is no service darkroom-dev. Deploy it first" in capsys.readouterr().err


def test_a_yes_needs_a_removal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["cleanup", "--status", "--yes"])
    with pytest.raises(SystemExit):
        cleanup.main()
    assert "--yes needs --remove" in capsys.readouterr().err


def test_a_clean_up_that_was_removed_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["cleanup", "--status"])
    monkeypatch.setenv("CLEANUP_REMOVED", "true")
    assert cleanup.main() == 1
    assert "it was removed. `--restore` brings it back." in capsys.readouterr().err
