"""The private names of moto that are replaced; tests/scripts/embedded/test_moto_patches.py fails when moto moves one.

- `LambdaFunction._invoke_lambda` would start a Docker container: it calls the app's handler in this process instead.
  Every way to a function ends there: Invoke, SNS, Step Functions. (`use_docker: False` is another backend that S3
  notifications and this seam never reach.)
- `LambdaFunction.invoke` would run an `Event` invocation and an SNS message while the caller waits, without retries.
- `s3.notifications._invoke_awslambda` would run the handler inside PutObject and swallow what it raises.
- `moto.batch` is needed for one list of words by a state of a workflow that nobody has here, and brings all of EC2 with
  it, which would be more than half of the time that `make run` takes to be ready.
"""

import importlib.util
import itertools
import json
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import ExitStack, contextmanager
from typing import Any

from moto.awslambda.models import LambdaFunction
from moto.core.config import default_user_config
from moto.s3 import notifications

from scripts.embedded.delivery import Delivery
from scripts.embedded.deployed.invoker import Invoker
from scripts.embedded.functions import Event

InvokeLambda = Callable[[Any, Event | None], tuple[str, bool, str]]
Invoke = Callable[[Any, str, Mapping[str, str], MutableMapping[str, str]], str | bytes]
Notify = Callable[[str, Event, str, str], None]
Complete = Callable[[str, Event], Event]


def leave_out(package: str) -> None:
    """Let the modules of a package be imported, but not the package's own first lines, which import all of it."""
    spec = importlib.util.find_spec(package)
    if package not in sys.modules and spec:
        sys.modules[package] = importlib.util.module_from_spec(spec)


leave_out("moto.batch")


@contextmanager
def installed(
    functions: Invoker, delivery: Delivery, complete: Complete = lambda _name, event: event
) -> Iterator[None]:
    """Let moto run `functions`, the asynchronous ways through `delivery`, until the block ends.

    `complete` fills in what an event of an Invoke lacks, by the function's name.
    """
    with ExitStack() as stack:
        stack.enter_context(_replaced(LambdaFunction, "_invoke_lambda", _invoke_lambda(functions)))
        stack.enter_context(_replaced(LambdaFunction, "invoke", _invoke(LambdaFunction.invoke, delivery, complete)))
        stack.enter_context(_replaced(notifications, "_invoke_awslambda", _notify(delivery)))
        stack.enter_context(_workflows_that_run())
        yield


@contextmanager
def _replaced(owner: object, name: str, replacement: object) -> Iterator[None]:
    original = getattr(owner, name)
    setattr(owner, name, replacement)
    try:
        yield
    finally:
        setattr(owner, name, original)


@contextmanager
def _workflows_that_run() -> Iterator[None]:
    # moto's default only pretends to run a state machine.
    before = default_user_config["stepfunctions"]
    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    try:
        yield
    finally:
        default_user_config["stepfunctions"] = before


def _invoke_lambda(functions: Invoker) -> InvokeLambda:
    def invoke_lambda(self: Any, event: Event | None = None) -> tuple[str, bool, str]:
        outcome = functions.invoke(self.function_name, {} if event is None else event, str(uuid.uuid4()))
        return outcome.payload, outcome.error_type is not None, ""

    return invoke_lambda


def _invoke(original: Invoke, delivery: Delivery, complete: Complete) -> Invoke:
    def invoke(self: Any, body: str, request_headers: Mapping[str, str], response_headers: Any) -> str | bytes:
        kind = request_headers.get("x-amz-invocation-type")
        if kind == "DryRun":
            return ""
        # moto hands an empty body on as the text "{}", which Lambda makes an empty object.
        event = json.loads(body or "{}")
        if isinstance(event, dict):
            event = complete(self.function_name, event)
        if kind == "Event" or (not request_headers and _is_sns(event)):
            delivery.submit(self.function_name, event)
            return ""
        return original(self, json.dumps(event), request_headers, response_headers)

    return invoke


def _is_sns(event: Any) -> bool:
    records = event.get("Records") if isinstance(event, dict) else None
    return bool(records and records[0].get("EventSource") == "aws:sns")


def _notify(delivery: Delivery) -> Notify:
    turns = itertools.count(1)

    def notify(account_id: str, event_body: Event, fn_arn: str, region_name: str) -> None:  # noqa: ARG001 -- moto's signature
        for record in event_body["Records"]:
            photo = record["s3"]["object"]
            # moto sends none; AWS does, so that handlers can tell which of two events of a key is newer.
            photo["sequencer"] = f"{next(turns):018X}"
            # AWS leaves the slashes of a key as they are.
            photo["key"] = photo["key"].replace("%2F", "/")
        delivery.submit(fn_arn.split(":")[6], event_body)

    return notify
