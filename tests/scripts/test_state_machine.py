"""The command for the dog workflow's state machine: what it prints and creates, its exit status, and a Ctrl-C."""

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
from moto import mock_aws

from chalicelib.settings import Settings
from scripts import state_machine
from scripts.embedded.server import AwsServer
from tests.conftest import ROOT


@pytest.fixture
def aws(settings: Settings) -> Iterator[Settings]:
    """An empty moto."""
    with mock_aws():
        yield settings


def names() -> list[str]:
    """List the state machines, roles and log groups of the account."""
    machines = boto3.client("stepfunctions").list_state_machines()["stateMachines"]
    roles = boto3.client("iam").list_roles()["Roles"]
    groups = boto3.client("logs").describe_log_groups()["logGroups"]
    return [*(m["name"] for m in machines), *(r["RoleName"] for r in roles), *(g["logGroupName"] for g in groups)]


def test_creating_twice_leaves_one_machine_one_role_and_one_log_group(aws: Settings) -> None:
    arns = state_machine.create_or_update(aws)
    created = names()

    assert state_machine.create_or_update(aws) == arns
    assert names() == created
    assert len(created) == 3


def test_an_update_writes_the_definition_of_the_code_over_another(aws: Settings) -> None:
    arns = state_machine.create_or_update(aws)
    client = boto3.client("stepfunctions")
    other = {"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}
    client.update_state_machine(stateMachineArn=arns.machine, definition=json.dumps(other))

    state_machine.create_or_update(aws)

    described = client.describe_state_machine(stateMachineArn=arns.machine)
    assert json.loads(described["definition"]) == state_machine.definition(arns)


def test_deleting_leaves_nothing_and_may_be_repeated(aws: Settings) -> None:
    state_machine.create_or_update(aws)
    for _ in range(2):
        state_machine.delete(aws)
        assert names() == []


class Command:
    """The command, run as a child process against moto's server."""

    def __init__(self, server: AwsServer) -> None:
        self.port = server.port
        self.sfn: Any = boto3.client("stepfunctions", endpoint_url=server.url)
        settings = replace(Settings.from_environ(os.environ), stage="local", endpoint_url=server.url)
        self.machine = state_machine.create_or_update(settings).machine

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


def test_printing_the_definition_calls_no_aws() -> None:
    command = [sys.executable, "-m", "scripts.state_machine", "--aws-port", "9", "--print"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)

    assert json.loads(ended.stdout)["StartAt"] == "FetchAndUploadDogImage"


def test_an_aws_that_does_not_answer_is_named_in_one_sentence() -> None:
    command = [sys.executable, "-m", "scripts.state_machine", "--aws-port", "9"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)

    assert ended.returncode == 1
    [sentence] = ended.stderr.splitlines()
    assert sentence.startswith("darkroom: http://127.0.0.1:9: ")
