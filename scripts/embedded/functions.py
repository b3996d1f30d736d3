"""Runs the app's functions as Lambda does: by name, with a context, and with errors as Lambda's error payload."""

import io
import json
import time
import traceback
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from chalice.app import Chalice
from chalice.config import Config

from chalicelib.errors import DarkroomError

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

ACCOUNT = "123456789012"
REGION = "us-east-1"
#: Chalice's defaults, where .chalice/config.json sets nothing: seconds and MB.
DEFAULT_TIMEOUT = 60
DEFAULT_MEMORY = 128

Event = dict[str, Any]


@dataclass(frozen=True)
class Function:
    """One Lambda function, under the name that Chalice gives it: timeout in seconds, memory in MB."""

    name: str
    handler: Callable[[Any, Any], Any]
    timeout: int = DEFAULT_TIMEOUT
    memory: int = DEFAULT_MEMORY

    @property
    def arn(self) -> str:
        """Return the function's ARN."""
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self.name}"


@dataclass(frozen=True)
class LambdaContext:
    """The context object that Lambda passes to a handler."""

    function_name: str
    aws_request_id: str
    invoked_function_arn: str
    memory_limit_in_mb: int
    #: When the time-out ends, in seconds of time.monotonic().
    deadline: float
    function_version: str = "$LATEST"
    log_group_name: str = ""
    log_stream_name: str = ""
    identity: None = None
    client_context: None = None

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until the time-out. Nothing stops the function when it is 0."""
        return max(0, int((self.deadline - time.monotonic()) * 1000))


@dataclass(frozen=True)
class Outcome:
    """The result of an invocation: a JSON payload and, if the handler raised, the type and message of the error."""

    payload: str
    error_type: str | None = None
    error_message: str = ""
    #: The traceback of an unexpected error, or what a dying process printed; "" for a DarkroomError.
    traceback: str = ""
    #: What the run has logged, at its end.
    log: str = field(default="", compare=False)


class Functions:
    """The functions of an app, by name."""

    def __init__(self, functions: Iterable[Function]) -> None:
        self._functions = {function.name: function for function in functions}

    def __iter__(self) -> Iterator[Function]:
        return iter(self._functions.values())

    def invoke(self, name: str, event: Event, request_id: str) -> Outcome:
        """Run a function and return its outcome; an exception becomes Lambda's error payload."""
        function = self._functions.get(name)
        if function is None:
            return _failure("Runtime.HandlerNotFound", f"The app has no function {name}.", [])
        try:
            # Lambda passes events and results as JSON, so a value that JSON cannot hold must fail here too.
            result = function.handler(json.loads(json.dumps(event)), _context(function, request_id))
            return Outcome(json.dumps(result))
        except Exception as error:  # noqa: BLE001 -- Lambda reports every error of a handler
            outcome = _failure(type(error).__name__, str(error), traceback.format_tb(error.__traceback__)[1:])
            expected = isinstance(error, DarkroomError)
            return outcome if expected else replace(outcome, traceback="".join(traceback.format_exception(error)))


def functions_of(app: Chalice, config: Config) -> Functions:
    """Return the functions that Chalice would deploy: the API, the event handlers and the pure Lambda functions."""
    # handler_map also holds the views of the routes, which are not functions of their own.
    names = [source.name for source in app.event_sources] + [function.name for function in app.pure_lambda_functions]
    stage = f"{config.app_name}-{config.chalice_stage}"
    # Chalice names the API's function after the app and the stage, without a suffix.
    api = _configured(stage, app, config.scope(config.chalice_stage, "api_handler"))
    handlers = [
        _configured(f"{stage}-{name}", app.handler_map[name], config.scope(config.chalice_stage, name))
        for name in names
    ]
    return Functions([api, *handlers])


def register_functions(
    functions: Functions, client: "LambdaClient", role: str, environ: Mapping[str, str] | None = None
) -> None:
    """Create the functions in moto, so that notifications, invocations and workflows can name them."""
    for function in functions:
        client.create_function(
            FunctionName=function.name,
            Runtime="python3.13",
            Role=f"arn:aws:iam::{ACCOUNT}:role/{role}",
            Handler="app.app",
            Code={"ZipFile": _empty_zip()},
            Timeout=function.timeout,
            MemorySize=function.memory,
            Environment={"Variables": dict(environ or {})},
        )


def _configured(name: str, handler: Callable[[Any, Any], Any], config: Config) -> Function:
    timeout = config.lambda_timeout or DEFAULT_TIMEOUT
    return Function(name, handler, timeout, config.lambda_memory_size or DEFAULT_MEMORY)


def _context(function: Function, request_id: str) -> LambdaContext:
    return LambdaContext(
        function_name=function.name,
        aws_request_id=request_id,
        invoked_function_arn=function.arn,
        memory_limit_in_mb=function.memory,
        deadline=time.monotonic() + function.timeout,
        log_group_name=f"/aws/lambda/{function.name}",
    )


def _failure(kind: str, message: str, stack: list[str]) -> Outcome:
    payload = json.dumps({"errorMessage": message, "errorType": kind, "stackTrace": stack})
    return Outcome(payload, kind, message)


def _empty_zip() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", "")
    return packed.getvalue()
