"""The command for the dog workflow's state machine: what it prints, its exit status, and a Ctrl-C."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest

from chalicelib.settings import Settings
from scripts.deployment.pipeline import create_or_update
from scripts.embedded.server import AwsServer
from tests.conftest import ROOT


class Command:
    """The command, run as a child process against moto's server."""

    def __init__(self, server: AwsServer) -> None:
        self.port = server.port
        self.sfn: Any = boto3.client("stepfunctions", endpoint_url=server.url)
        settings = replace(Settings.from_environ(os.environ), stage="local", endpoint_url=server.url)
        self.machine = create_or_update(settings)[0].arn

    def start(self, *options: str) -> "subprocess.Popen[str]":
        """Start the command; its output is text."""
        command = [sys.executable, "-m", "scripts.state_machine", "--aws-port", str(self.port), *options]
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture(scope="module")
def command() -> Iterator[Command]:
    server = AwsServer()
    yield Command(server)
    server.stop()


def test_a_ctrl_c_stops_watching_with_one_sentence_and_the_executions_arn(command: Command) -> None:
    # Without its Step Functions interpreter, moto leaves every execution RUNNING.
    with command.start("--run") as process:
        assert process.stdout
        execution = process.stdout.readline().strip()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()

    assert process.returncode == 130
    assert err.splitlines() == [f"darkroom: stopped watching. The execution continues: {execution}"]
    description = command.sfn.describe_execution(executionArn=execution)
    assert (description["status"], description["stateMachineArn"]) == ("RUNNING", command.machine)


def test_the_exit_status_is_1_if_the_execution_did_not_succeed(command: Command) -> None:
    with command.start("--run") as process:
        assert process.stdout
        execution = process.stdout.readline().strip()
        command.sfn.stop_execution(executionArn=execution)
        out, err = process.communicate()

    assert process.returncode == 1
    assert out.splitlines()[-1].startswith("ABORTED")
    assert err == ""


@pytest.mark.parametrize(("named", "start"), [([], "FetchAndUploadDogImage"), (["IngestDogs"], "IngestDogs")])
def test_printing_a_definition_calls_no_aws(named: list[str], start: str) -> None:
    command = [sys.executable, "-m", "scripts.state_machine", "--aws-port", "9", "--print", *named]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)

    assert json.loads(ended.stdout)["StartAt"] == start


def test_an_aws_that_does_not_answer_is_named_in_one_sentence() -> None:
    command = [sys.executable, "-m", "scripts.state_machine", "--aws-port", "9"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)

    assert ended.returncode == 1
    [sentence] = ended.stderr.splitlines()
    assert sentence.startswith("darkroom: http://127.0.0.1:9: ")
