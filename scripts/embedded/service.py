"""The whole service in one process: the embedded AWS, the app's functions on it, the API in front."""

import http.client
import logging
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import boto3
from chalice.app import Chalice
from chalice.config import Config

from chalicelib.settings import Settings, SettingsError
from scripts.deployment.schedules import ScheduleError
from scripts.embedded import local_stage, moto_patches, version_listing
from scripts.embedded.dead_letters import queue_keeper
from scripts.embedded.delivery import Delivery
from scripts.embedded.deployed.invoker import EveryFunction
from scripts.embedded.deployed.runtime import Runtimes
from scripts.embedded.examples import usage
from scripts.embedded.functions import Functions, functions_of, register_functions
from scripts.embedded.gateway import Gateway
from scripts.embedded.notifications import WiringError, check_notifications, wire_notifications
from scripts.embedded.ports import PortError, taking
from scripts.embedded.scheduler import Rule, Scheduler, completing, rules_of, state_reader, wire_rules
from scripts.embedded.server import AwsServer
from scripts.embedded.stub_dog_api import DogApi
from scripts.project import HOST, notifications_of, read_config, set_environment
from scripts.state_machine import create_or_update

#: Seconds that running handlers get to end when everything stops.
GRACE = 5.0
#: Seconds that the API may take to answer its first request.
FIRST_ANSWER = 30.0


class StartError(Exception):
    """Raised when a part came up and does not answer; the message is for the person at the terminal."""


@dataclass(frozen=True)
class Options:
    """What a person may choose; `dog_api` is the address of another dog API than the stand-in."""

    port: int
    aws_port: int
    retry_delays: Sequence[float]
    dog_api: str = ""


def serve(options: Options, stopping: threading.Event) -> int:
    """Serve until `stopping` is set; 1, with one sentence on stderr, when it cannot."""
    _log_to_stdout()
    try:
        with running(options):
            if not stopping.is_set():
                _announce(options.port, options.aws_port)
            stopping.wait()
    except (StartError, PortError, OSError, SettingsError, WiringError, ScheduleError) as error:
        print(f"darkroom: {error}", file=sys.stderr)
        return 1
    return 0


@contextmanager
def running(options: Options) -> Iterator[None]:
    """Bring everything up in this process, and down when the block ends."""
    config = read_config()
    set_environment(config, options.aws_port, os.environ)
    with ExitStack() as stack:
        stack.enter_context(version_listing.installed())
        os.environ["DOG_API_URL"] = options.dog_api or _stand_in(stack)
        settings = Settings.from_environ(os.environ)
        with taking(options.aws_port, "AWS_PORT"):
            stack.callback(AwsServer(options.aws_port).stop)
        local_stage.create_all(settings)
        # Imports app.py, which reads the environment.
        app = config.chalice_app
        stage = Stage(app, config, settings, functions_of(app, config), rules_of(app, stage_name(config)))
        delivery = stack.enter_context(_delivering(stage, options.retry_delays))
        _wire(stage)
        stack.enter_context(_following_the_clock(stage, delivery))
        api_config = config.scope(config.chalice_stage, "api_handler")
        with taking(options.port, "PORT"):
            stack.callback(Gateway(app, api_config, options.port).stop)
        yield


@dataclass(frozen=True)
class Stage:
    """The app and what is wired for it."""

    app: Chalice
    config: Config
    settings: Settings
    functions: Functions
    rules: Sequence[Rule]


def stage_name(config: Config) -> str:
    """Name what stands in front of every function and rule of the stage."""
    return f"{config.app_name}-{config.chalice_stage}"


def _stand_in(stack: ExitStack) -> str:
    api = DogApi()
    stack.callback(api.stop)
    return api.url


@contextmanager
def _delivering(stage: Stage, retry_delays: Sequence[float]) -> Iterator[Delivery]:
    queues = boto3.client("sqs", endpoint_url=stage.settings.endpoint_url)
    keep = queue_keeper(queues, local_stage.dead_letter_queue(stage.settings))
    runtimes = Runtimes(stage.settings.endpoint_url or "")
    every = EveryFunction(stage.functions, runtimes)
    delivery = Delivery(every.invoke, keep, retry_delays)
    with moto_patches.installed(every, delivery, completing(stage.rules)):
        try:
            yield delivery
        finally:
            delivery.close(GRACE)
            runtimes.close()


@contextmanager
def _following_the_clock(stage: Stage, delivery: Delivery) -> Iterator[None]:
    events = boto3.client("events", endpoint_url=stage.settings.endpoint_url)
    scheduler = Scheduler(stage.rules, state_reader(events), delivery.submit)
    scheduler.start()
    try:
        yield
    finally:
        scheduler.stop()


def _wire(stage: Stage) -> None:
    settings, functions = stage.settings, stage.functions
    client = boto3.client("lambda", endpoint_url=settings.endpoint_url)
    # The scripts of other terminals read them back: what the shell chose, and the stand-in's port.
    chosen = {name: value for name, value in os.environ.items() if name.startswith("CLEANUP_")}
    variables = chosen | stage.config.environment_variables | {"DOG_API_URL": settings.dog_api_url}
    own = {name: value for name, value in variables.items() if not name.startswith("AWS_")}
    register_functions(functions, client, local_stage.function_role(settings), own)
    notifications = notifications_of(stage.app, stage_name(stage.config))
    check_notifications(notifications, functions)
    wire_notifications(notifications, boto3.client("s3", endpoint_url=settings.endpoint_url))
    wire_rules(stage.rules, functions, boto3.client("events", endpoint_url=settings.endpoint_url), client)
    create_or_update(settings)


def _announce(port: int, aws_port: int) -> None:
    api, aws = f"http://{HOST}:{port}", f"http://{HOST}:{aws_port}"
    _ask(port, "/health", "the API")
    _ask(aws_port, "/", "the AWS endpoint")
    print(f"ready: the API on {api}, the AWS endpoint on {aws}; nothing is kept after it stops")
    print("\n" + usage(port, aws_port) + "\n", flush=True)


def _ask(port: int, path: str, name: str) -> None:
    connection = http.client.HTTPConnection(HOST, port, timeout=FIRST_ANSWER)
    try:
        connection.request("GET", path)
        status = connection.getresponse().status
    finally:
        connection.close()
    if status != http.HTTPStatus.OK:
        raise StartError(f"{name} came up and answers {status} to GET {path}.")


def _log_to_stdout() -> None:
    # The lines are JSON already, as the app's own.
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger = logging.getLogger("scripts.embedded")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
