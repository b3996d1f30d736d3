"""Replaces private names of moto, so that it runs the app's functions in this process and retries asynchronous events.

- `LambdaFunction._invoke_lambda` starts a Docker container. The patch calls the function in this process.
  Invoke, SNS and Step Functions all end there. (moto's `use_docker: False` is another backend, which S3 notifications
  do not use.)
- `LambdaFunction.invoke` runs `Event` invocations and SNS messages while the caller waits, without retries.
- `s3.notifications._invoke_awslambda` runs the handler inside PutObject and drops its exceptions.
- `APIGatewayBackend.delete_rest_api` fails with status 500 for an API that does not exist. AWS answers 404, and
  `make destroy` relies on it when it repeats a deletion that broke off.
- `CognitoIdpBackend.update_user_pool_client` keeps the fields that a request does not name. AWS resets them.
- `moto.batch` imports all of EC2. moto's Step Functions need only one of its enumerations, and the import takes more
  than half of the start of `make run`.

tests/scripts/embedded/test_moto_patches.py fails if a new moto renames one of these.
"""

import importlib.util
import json
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import ExitStack, contextmanager
from typing import Any

from moto.awslambda.models import LambdaFunction
from moto.core.config import default_user_config
from moto.s3 import notifications

from scripts.embedded import object_events
from scripts.embedded.delivery import Delivery
from scripts.embedded.deployed.invoker import Invoker
from scripts.embedded.functions import Event

InvokeLambda = Callable[[Any, Event | None], tuple[str, bool, str]]
Invoke = Callable[[Any, str, Mapping[str, str], MutableMapping[str, str]], str | bytes]
Notify = Callable[[str, Event, str, str], None]
Complete = Callable[[str, Event], Event]


def skip_package_init(package: str) -> None:
    """Make a package's modules importable without running its `__init__.py`, which imports all of it."""
    spec = importlib.util.find_spec(package)
    if package not in sys.modules and spec:
        sys.modules[package] = importlib.util.module_from_spec(spec)


skip_package_init("moto.batch")


@contextmanager
def installed(
    functions: Invoker, delivery: Delivery, complete: Complete = lambda _name, event: event
) -> Iterator[None]:
    """Make moto run `functions`, asynchronous invocations through `delivery`, until the block ends.

    `complete(function_name, event)` adds the fields that the event of an Invoke lacks.
    """
    with ExitStack() as stack:
        stack.enter_context(_replaced(LambdaFunction, "_invoke_lambda", _invoke_lambda(functions)))
        stack.enter_context(_replaced(LambdaFunction, "invoke", _invoke(LambdaFunction.invoke, delivery, complete)))
        stack.enter_context(_replaced(notifications, "_invoke_awslambda", _notify(delivery)))
        stack.enter_context(object_events.installed())
        stack.enter_context(_state_machines_enabled())
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
def _state_machines_enabled() -> Iterator[None]:
    # By default moto only records an execution and does not run it.
    before = default_user_config["stepfunctions"]
    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    try:
        yield
    finally:
        default_user_config["stepfunctions"] = before


def refuse_missing_apis() -> None:
    """Make moto answer 404 to the deletion of a REST API that does not exist."""
    # Imported late: only a deployment to the embedded AWS needs API Gateway.
    from moto.apigateway.models import APIGatewayBackend

    def delete_rest_api(self: Any, function_id: str) -> object:
        api = self.get_rest_api(function_id)  # raises moto's NotFoundException
        del self.apis[function_id]
        return api

    APIGatewayBackend.delete_rest_api = delete_rest_api


def reset_unnamed_fields() -> None:
    """Make moto's UpdateUserPoolClient set each field that a request does not name to its default."""
    # Imported late: only a stage with users needs Cognito.
    from moto.cognitoidp.models import CognitoIdpBackend, CognitoIdpUserPoolClient

    def update_user_pool_client(self: Any, user_pool_id: str, client_id: str, extended_config: dict[str, Any]) -> Any:
        client = self.describe_user_pool_client(user_pool_id, client_id)
        # A client keeps its name.
        named = {"ClientName": client.extended_config.get("ClientName")} | extended_config
        client.extended_config = CognitoIdpUserPoolClient(user_pool_id, False, named).extended_config
        return client

    CognitoIdpBackend.update_user_pool_client = update_user_pool_client


def _invoke_lambda(functions: Invoker) -> InvokeLambda:
    def invoke_lambda(self: Any, event: Event | None = None) -> tuple[str, bool, str]:
        outcome = functions.invoke(self.function_name, {} if event is None else event, str(uuid.uuid4()))
        return outcome.payload, outcome.error_type is not None, outcome.log

    return invoke_lambda


def _invoke(original: Invoke, delivery: Delivery, complete: Complete) -> Invoke:
    def invoke(self: Any, body: str, request_headers: Mapping[str, str], response_headers: Any) -> str | bytes:
        kind = request_headers.get("x-amz-invocation-type")
        if kind == "DryRun":
            return ""
        # Lambda turns an empty payload into an empty object.
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
    def notify(_account_id: str, event_body: Event, fn_arn: str, _region_name: str) -> None:
        delivery.submit(fn_arn.split(":")[6], event_body)

    return notify
