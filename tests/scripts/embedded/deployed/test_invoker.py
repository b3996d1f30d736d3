"""An invocation goes to the app's own function or to the deployed zip, and is logged as one line."""

import io
import json
import logging
import zipfile
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from scripts.embedded.deployed.invoker import FunctionRouter, read_deployed_function
from scripts.embedded.deployed.runtime import THIS_MACHINE, DeployedFunction
from scripts.embedded.functions import Event, Function, Functions, Outcome


class Zips:
    """Stands for the processes of the deployed functions."""

    def __init__(self) -> None:
        self.invoked: list[tuple[DeployedFunction, Event, str]] = []

    def invoke(self, function: DeployedFunction, event: Event, request_id: str) -> Outcome:
        self.invoked.append((function, event, request_id))
        return Outcome('"from the zip"')


def zipped() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("app.py", "app = None\n")
    return stream.getvalue()


@pytest.fixture(scope="module")
def code() -> Iterator[bytes]:
    """The code of the function `deployed`, which is on moto."""
    code, (runtime, architecture) = zipped(), THIS_MACHINE
    with mock_aws():
        policy = json.dumps({"Version": "2012-10-17", "Statement": []})
        role = boto3.client("iam").create_role(RoleName="role", AssumeRolePolicyDocument=policy)["Role"]["Arn"]
        client: Any = boto3.client("lambda")
        client.create_function(
            FunctionName="deployed",
            Runtime=runtime,
            Architectures=[architecture],
            Role=role,
            Handler="app.app",
            Code={"ZipFile": code},
            Timeout=7,
            MemorySize=256,
            Environment={"Variables": {"STAGE": "dev"}},
        )
        yield code


def test_a_function_is_read_as_it_was_deployed(code: bytes) -> None:
    expected = DeployedFunction("deployed", "app.app", code, {"STAGE": "dev"}, 7.0, 256, THIS_MACHINE)
    assert read_deployed_function("deployed") == expected


@pytest.mark.usefixtures("code")
def test_the_app_s_own_functions_run_in_this_process_and_others_from_their_zip() -> None:
    zips: Any = Zips()
    router = FunctionRouter(Functions([Function("local", lambda event, _context: event)]), zips)
    assert router.invoke("local", {"a": 1}, "request-1").payload == '{"a": 1}'
    assert zips.invoked == []
    assert router.invoke("deployed", {"a": 2}, "request-2").payload == '"from the zip"'
    [(function, event, request_id)] = zips.invoked
    assert (function.name, event, request_id) == ("deployed", {"a": 2}, "request-2")


def fail(_event: Any, _context: Any) -> None:
    raise KeyError("width")


def test_each_run_is_logged_as_one_line(caplog: pytest.LogCaptureFixture) -> None:
    zips: Any = Zips()
    router = FunctionRouter(Functions([Function("note", lambda _e, _c: None), Function("fail", fail)]), zips)
    with caplog.at_level(logging.INFO, "scripts.embedded"):
        router.invoke("note", {"run": "by-hand"}, "request-1")
        router.invoke("fail", {}, "request-2")
    first, second = caplog.records
    assert first.getMessage().startswith("note  by-hand  ok  ")
    assert first.getMessage().endswith(" ms  request-1")
    assert second.getMessage().startswith("fail  failed: KeyError: 'width'  ")
    assert (first.levelname, second.levelname) == ("INFO", "ERROR")
