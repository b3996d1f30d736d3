"""A zip runs in a process of its own, sees nothing of this environment, and its faults are Lambda's."""

import io
import json
import os
import signal
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.embedded.deployed.runtime import DeployedFunction, Runtime, Runtimes
from scripts.embedded.functions import Outcome

CODE = """
import json, os, sys
calls = []
def handler(event, context):
    calls.append(event)
    if "raise" in event: raise KeyError(event["raise"])
    if "exit" in event: print("last words", flush=True); os._exit(3)
    if "import" in event: __import__(event["import"])
    return {"calls": len(calls), "id": context.aws_request_id, "name": context.function_name,
            "arn": context.invoked_function_arn, "memory": context.memory_limit_in_mb, "pid": os.getpid(),
            "STAGE": os.environ.get("STAGE"), "HOME": os.environ.get("HOME"),
            "endpoint": os.environ["AWS_ENDPOINT_URL"]}
"""


def packed(code: str = CODE) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        # The same time in each zip: the present time would make another zip every two seconds.
        archive.writestr(zipfile.ZipInfo("app.py"), code)
    return stream.getvalue()


def function(code: str = CODE, **settings: Any) -> DeployedFunction:
    return DeployedFunction("darkroom-dev-resize", "app.handler", packed(code), {"STAGE": "dev"}, 30.0, **settings)


@pytest.fixture(scope="module")
def runtimes() -> Iterator[Runtimes]:
    runtimes = Runtimes("http://127.0.0.1:9")
    yield runtimes
    runtimes.close()


def result(outcome: Outcome) -> Any:
    assert outcome.error_type is None, outcome
    return json.loads(outcome.payload)


def test_a_function_runs_with_lambda_s_context_and_its_own_variables(runtimes: Runtimes) -> None:
    answer = result(runtimes.invoke(function(memory=256), {}, "request-1"))
    assert (answer["id"], answer["name"], answer["memory"]) == ("request-1", "darkroom-dev-resize", "256")
    assert answer["arn"] == "arn:aws:lambda:us-east-1:123456789012:function:darkroom-dev-resize"
    assert (answer["STAGE"], answer["HOME"]) == ("dev", None)
    assert answer["endpoint"] == "http://127.0.0.1:9"
    assert answer["pid"] != os.getpid()


def test_the_next_event_runs_in_the_same_process(runtimes: Runtimes) -> None:
    first, second = (result(runtimes.invoke(function(), {}, each)) for each in ("request-1", "request-2"))
    assert first["pid"] == second["pid"]
    assert second["calls"] == first["calls"] + 1
    assert second["id"] == "request-2"


def test_new_code_runs_in_a_new_process(runtimes: Runtimes) -> None:
    old = result(runtimes.invoke(function(), {}, "request-1"))
    new = result(runtimes.invoke(function(CODE + "\n# changed\n"), {}, "request-1"))
    assert new["pid"] != old["pid"]
    assert new["calls"] == 1


def test_an_exception_is_lambda_s_error_payload(runtimes: Runtimes) -> None:
    outcome = runtimes.invoke(function(), {"raise": "width"}, "request-1")
    payload = json.loads(outcome.payload)
    assert (payload["errorType"], payload["errorMessage"]) == ("KeyError", "'width'")
    assert (outcome.error_type, outcome.error_message) == ("KeyError", "'width'")


def test_a_process_that_dies_is_an_error_with_what_it_printed_and_is_replaced(runtimes: Runtimes) -> None:
    outcome = runtimes.invoke(function(), {"exit": True}, "request-1")
    assert outcome.error_type == "Runtime.ExitError"
    assert "last words" in outcome.traceback
    assert result(runtimes.invoke(function(), {}, "request-2"))["calls"] == 1


def test_the_log_of_a_process_that_was_replaced_is_empty(tmp_path: Path) -> None:
    """Another event may be waiting for the process while it is replaced."""
    runtime = Runtime(function(), "http://127.0.0.1:9", tmp_path)
    runtime.stop()
    assert runtime.invoke({}, "request-1").error_type == "Runtime.ExitError"


def test_a_killed_process_ends_its_event_with_an_error(tmp_path: Path) -> None:
    runtime = Runtime(function(), "http://127.0.0.1:9", tmp_path)
    os.kill(result(runtime.invoke({}, "request-1"))["pid"], signal.SIGKILL)
    assert runtime.invoke({}, "request-2").error_type == "Runtime.ExitError"
    assert runtime.has_ended()
    runtime.stop()


@pytest.mark.parametrize(("package", "error"), [("boto3", None), ("chalice", "ModuleNotFoundError")])
def test_only_what_lambda_provides_can_be_imported(runtimes: Runtimes, package: str, error: str | None) -> None:
    assert runtimes.invoke(function(), {"import": package}, "request-1").error_type == error


def test_a_module_that_cannot_be_imported_is_an_error(runtimes: Runtimes) -> None:
    outcome = runtimes.invoke(function("import not_there\n"), {}, "request-1")
    assert outcome.error_type
    assert "not_there" in outcome.error_message


def test_a_zip_for_another_machine_is_refused(runtimes: Runtimes) -> None:
    outcome = runtimes.invoke(function(built_for=("python3.99", "arm64")), {}, "request-1")
    assert outcome.error_type == "Runtime.InvalidRuntime"
    assert "the zip is for python3.99 on arm64" in outcome.error_message
