"""Runs the whole service in one process: the embedded AWS, the app's functions on it, and the API."""

import http.client
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
from chalice.app import Chalice
from chalice.config import Config

from chalicelib.settings import Auth, Settings, SettingsError
from scripts.deployment.pipeline import create_or_update
from scripts.deployment.schedules import ScheduleError
from scripts.embedded import (
    attribute_values,
    local_stage,
    local_users,
    log_lines,
    moto_patches,
    odd_keys,
    version_listing,
)
from scripts.embedded.dead_letters import dead_letter_sender
from scripts.embedded.delivery import Delivery
from scripts.embedded.deployed.invoker import FunctionRouter
from scripts.embedded.deployed.runtime import Runtimes
from scripts.embedded.examples import usage
from scripts.embedded.functions import Functions, functions_of, register_functions
from scripts.embedded.gateway import Gateway
from scripts.embedded.notifications import NotificationError, check_notifications, put_notifications
from scripts.embedded.ports import PortError, port_errors
from scripts.embedded.scheduler import Rule, Scheduler, event_completer, put_rules, rule_state_reader, rules_of
from scripts.embedded.server import AwsServer
from scripts.embedded.stub_dog_api import StubDogApi
from scripts.project import HOST, notifications_of, read_config, set_environment

if TYPE_CHECKING:
    from scripts.embedded.tokens import Verifier

#: Seconds that running handlers have to finish when the service stops.
GRACE_SECONDS = 5.0
#: Seconds that a server may take to answer its first request.
FIRST_ANSWER_SECONDS = 30.0


class StartError(Exception):
    """Raised if a server has started but does not answer; the message is for the person at the terminal."""


@dataclass(frozen=True)
class Options:
    """The options of `make run`. Delays are seconds; `dog_api` is the URL of a dog API to use instead of the stub."""

    port: int
    aws_port: int
    retry_delays: Sequence[float]
    dog_api: str = ""
    #: log_lines.JSON, or "" for readable lines.
    log: str = ""


def serve(options: Options, stopping: threading.Event) -> int:
    """Serve until `stopping` is set and return 0; if the start fails, print one sentence to stderr and return 1."""
    log_lines.configure(options.log)
    try:
        with running(options):
            if not stopping.is_set():
                _check_servers(options)
                log_lines.show_requests()
                _print_ready(options)
            stopping.wait()
    except (StartError, PortError, OSError, SettingsError, NotificationError, ScheduleError) as error:
        print(f"darkroom: {error}", file=sys.stderr)
        return 1
    return 0


@contextmanager
def running(options: Options) -> Iterator[None]:
    """Start everything in this process, and stop it when the block ends."""
    config = read_config()
    set_environment(config, options.aws_port, os.environ)
    with ExitStack() as stack:
        stack.enter_context(version_listing.installed())
        stack.enter_context(odd_keys.installed())
        stack.enter_context(attribute_values.installed())
        os.environ["DOG_API_URL"] = options.dog_api or _start_stub_dog_api(stack)
        with port_errors(options.aws_port, "AWS_PORT"):
            stack.callback(AwsServer(options.aws_port).stop)
        verifier = _create_users(config.chalice_stage, options.port)
        settings = Settings.from_environ(os.environ)
        local_stage.create_all(settings)
        # This imports app.py, which reads the environment.
        app = config.chalice_app
        stage = Stage(app, config, settings, functions_of(app, config), rules_of(app, stage_name(config)))
        delivery = stack.enter_context(_delivering(stage, options.retry_delays))
        _configure(stage)
        stack.enter_context(_scheduling(stage, delivery))
        api_config = config.scope(config.chalice_stage, "api_handler")
        with port_errors(options.port, "PORT"):
            stack.callback(Gateway(app, api_config, options.port, verifier).stop)
        yield


@dataclass(frozen=True)
class Stage:
    """The app, its configuration, and its functions and rules."""

    app: Chalice
    config: Config
    settings: Settings
    functions: Functions
    rules: Sequence[Rule]


def stage_name(config: Config) -> str:
    """Return the prefix of the names of the stage's functions and rules."""
    return f"{config.app_name}-{config.chalice_stage}"


def _create_users(stage: str, port: int) -> "Verifier | None":
    """With AUTH=cognito, create the user pool and return what checks its tokens. app.py needs the pool's ARN."""
    if os.environ.get("AUTH") != Auth.COGNITO:
        return None
    # Imported late: only a stage with users checks tokens.
    from scripts.embedded.tokens import verifier_of

    client = boto3.client("cognito-idp", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
    arn = local_users.create(client, stage, f"http://{HOST}:{port}/", os.environ)
    os.environ["COGNITO_USER_POOL_ARN"] = arn
    return verifier_of(arn, client)


def _start_stub_dog_api(stack: ExitStack) -> str:
    api = StubDogApi()
    stack.callback(api.stop)
    return api.url


@contextmanager
def _delivering(stage: Stage, retry_delays: Sequence[float]) -> Iterator[Delivery]:
    queues = boto3.client("sqs", endpoint_url=stage.settings.endpoint_url)
    send_dead_letter = dead_letter_sender(queues, local_stage.dead_letter_queue(stage.settings))
    runtimes = Runtimes(stage.settings.endpoint_url or "")
    router = FunctionRouter(stage.functions, runtimes)
    delivery = Delivery(router.invoke, send_dead_letter, retry_delays)
    with moto_patches.installed(router, delivery, event_completer(stage.rules)):
        try:
            yield delivery
        finally:
            delivery.close(GRACE_SECONDS)
            runtimes.close()


@contextmanager
def _scheduling(stage: Stage, delivery: Delivery) -> Iterator[None]:
    events = boto3.client("events", endpoint_url=stage.settings.endpoint_url)
    scheduler = Scheduler(stage.rules, rule_state_reader(events), delivery.submit)
    scheduler.start()
    try:
        yield
    finally:
        scheduler.stop()


def _configure(stage: Stage) -> None:
    settings, functions = stage.settings, stage.functions
    client = boto3.client("lambda", endpoint_url=settings.endpoint_url)
    # Scripts in other terminals read these variables: the clean-up options of this shell, and the stub's port.
    cleanup = {name: value for name, value in os.environ.items() if name.startswith("CLEANUP_")}
    variables = cleanup | stage.config.environment_variables | {"DOG_API_URL": settings.dog_api_url}
    visible = {name: value for name, value in variables.items() if not name.startswith("AWS_")}
    register_functions(functions, client, local_stage.function_role(settings), visible)
    notifications = notifications_of(stage.app, stage_name(stage.config))
    check_notifications(notifications, functions)
    put_notifications(notifications, boto3.client("s3", endpoint_url=settings.endpoint_url))
    put_rules(stage.rules, functions, boto3.client("events", endpoint_url=settings.endpoint_url), client)
    create_or_update(settings)


def _check_servers(options: Options) -> None:
    check_answers(options.port, "/health", "the API")
    check_answers(options.aws_port, "/", "the AWS endpoint")


def _print_ready(options: Options) -> None:
    terminal = sys.stderr if options.log == log_lines.JSON else sys.stdout
    api, aws = f"http://{HOST}:{options.port}", f"http://{HOST}:{options.aws_port}"
    where = f"the page and the API on {api}, the AWS endpoint on {aws}"
    print(f"ready: {where}. Data is lost when it stops.", file=terminal)
    settings = Settings.from_environ(os.environ)
    key = next(iter(settings.api_keys.values()), "") if settings.auth is Auth.API_KEY else ""
    print(f"\n{usage(options.port, options.aws_port, key)}\n", file=terminal, flush=True)
    if settings.auth is Auth.COGNITO:
        print("Each request needs a token: docs/users.md has a block that makes users and tokens.\n", file=terminal)


def check_answers(port: int, path: str, name: str) -> None:
    """Raise StartError if the server on `port` does not answer 200 to GET `path`; `name` is for the message."""
    connection = http.client.HTTPConnection(HOST, port, timeout=FIRST_ANSWER_SECONDS)
    try:
        connection.request("GET", path)
        status = connection.getresponse().status
    finally:
        connection.close()
    if status != http.HTTPStatus.OK:
        raise StartError(f"{name} has started, but answers {status} to GET {path}.")
