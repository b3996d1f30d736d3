"""Functions run as on Lambda: events and results as JSON, a context, errors as Lambda's payload."""

import json
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from chalice.app import Chalice, S3Event
from moto import mock_aws

from chalicelib.errors import DogApiMalformed
from scripts.embedded.functions import Function, Functions, LambdaContext, functions_of, register_functions
from tests.scripts.embedded.conftest import config_of


def invoke(handler: Any, event: Any = None, **settings: int) -> Any:
    return Functions([Function("note", handler, **settings)]).invoke("note", event or {}, "request-1")


def test_the_result_is_json() -> None:
    assert invoke(lambda event, _context: {"got": event}, {"a": 1}).payload == '{"got": {"a": 1}}'
    assert invoke(lambda _event, _context: None).payload == "null"


def test_the_event_is_a_copy_as_json_makes_it() -> None:
    event = {"pair": (1, 2)}
    assert json.loads(invoke(lambda event, _context: event, event).payload) == {"pair": [1, 2]}


@pytest.mark.parametrize("value", [datetime(2026, 3, 1, tzinfo=UTC), b"bytes", {1, 2}])
def test_a_result_that_json_cannot_hold_is_an_error(value: Any) -> None:
    assert invoke(lambda _event, _context: value).error_type == "TypeError"


def test_the_context_describes_the_invocation() -> None:
    seen: list[LambdaContext] = []
    invoke(lambda _event, context: seen.append(context), timeout=7, memory=256)
    [context] = seen
    assert (context.function_name, context.aws_request_id, context.memory_limit_in_mb) == ("note", "request-1", 256)
    assert context.invoked_function_arn == "arn:aws:lambda:us-east-1:123456789012:function:note"
    assert context.log_group_name == "/aws/lambda/note"
    assert 0 < context.get_remaining_time_in_millis() <= 7000


def test_no_time_is_left_after_the_time_out() -> None:
    assert LambdaContext("note", "request-1", "arn", 128, deadline=0.0).get_remaining_time_in_millis() == 0


def fail(_event: Any, _context: Any) -> None:
    raise KeyError("width")


def reject(_event: Any, _context: Any) -> None:
    raise DogApiMalformed("no picture")


def test_an_exception_is_lambda_s_error_payload() -> None:
    outcome = invoke(fail)
    payload = json.loads(outcome.payload)
    assert (payload["errorType"], payload["errorMessage"]) == ("KeyError", "'width'")
    assert "raise KeyError" in "".join(payload["stackTrace"])
    assert (outcome.error_type, outcome.error_message) == ("KeyError", "'width'")


def test_only_an_unexpected_error_has_a_traceback() -> None:
    assert invoke(fail).traceback.startswith("Traceback (most recent call last):")
    rejected = invoke(reject)
    assert (rejected.error_type, rejected.traceback) == ("DogApiMalformed", "")


def test_an_unknown_function_is_an_error() -> None:
    outcome = Functions([]).invoke("note", {}, "request-1")
    assert outcome.error_type == "Runtime.HandlerNotFound"
    assert "note" in outcome.error_message


def app_with_functions() -> Chalice:
    app = Chalice("tiny", configure_logs=False)

    @app.route("/health")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.on_s3_event(bucket="photos", name="resize")
    def on_photo(event: S3Event) -> str:
        return event.key

    @app.lambda_function(name="fail")
    def task(event: Any, _context: Any) -> Any:
        return event

    return app


def test_the_functions_of_an_app_are_those_that_chalice_deploys() -> None:
    app = app_with_functions()
    functions = {function.name: function for function in functions_of(app, config_of(app))}
    assert set(functions) == {"tiny-local", "tiny-local-resize", "tiny-local-fail"}
    assert functions["tiny-local"].timeout == 29
    assert (functions["tiny-local-fail"].timeout, functions["tiny-local-fail"].memory) == (7, 256)
    assert (functions["tiny-local-resize"].timeout, functions["tiny-local-resize"].memory) == (60, 128)


def test_registered_functions_are_known_to_lambda() -> None:
    functions = Functions([Function("note", print, timeout=7, memory=256)])
    with mock_aws():
        client = boto3.client("lambda")
        trust = json.dumps({"Version": "2012-10-17", "Statement": []})
        boto3.client("iam").create_role(RoleName="functions", AssumeRolePolicyDocument=trust)
        register_functions(functions, client, "functions", {"STAGE": "local"})
        found = client.get_function_configuration(FunctionName="note")
    assert (found["Timeout"], found["MemorySize"]) == (7, 256)
    assert found["Role"].endswith(":role/functions")
    assert found["Environment"]["Variables"] == {"STAGE": "local"}
    assert found["FunctionArn"] == next(iter(functions)).arn
