"""The whole service in one process: the embedded AWS, the app's functions on it, the API in front."""

import http.client
import logging
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

import boto3
from chalice.app import Chalice
from chalice.config import Config

from chalicelib.settings import Settings, SettingsError
from scripts.embedded import resources, seams
from scripts.embedded.dead_letters import queue_keeper
from scripts.embedded.delivery import Delivery
from scripts.embedded.environment import read_config, set_environment
from scripts.embedded.examples import usage
from scripts.embedded.functions import Functions, functions_of, register_functions
from scripts.embedded.gateway import Gateway
from scripts.embedded.notifications import WiringError, check_notifications, notifications_of, wire_notifications
from scripts.embedded.ports import HOST
from scripts.embedded.server import AwsServer

#: Seconds that running handlers get to end when everything stops.
GRACE = 5.0
#: Seconds that the API may take to answer its first request.
FIRST_ANSWER = 30.0


class StartError(Exception):
    """Raised when a part came up and does not answer; the message is for the person at the terminal."""


def serve(port: int, aws_port: int, retry_delays: Sequence[float], stopping: threading.Event) -> int:
    """Serve until `stopping` is set; 1, with one sentence on stderr, when it cannot."""
    _log_to_stdout()
    try:
        with running(port, aws_port, retry_delays):
            if not stopping.is_set():
                _announce(port, aws_port)
            stopping.wait()
    except (StartError, OSError, SettingsError, WiringError) as error:
        print(f"darkroom: {error}", file=sys.stderr)
        return 1
    return 0


@contextmanager
def running(port: int, aws_port: int, retry_delays: Sequence[float]) -> Iterator[None]:
    """Bring everything up in this process, and down when the block ends."""
    config = read_config()
    set_environment(config, aws_port, os.environ)
    settings = Settings.from_environ(os.environ)
    with ExitStack() as stack:
        stack.callback(AwsServer(aws_port).stop)
        resources.create_all(settings)
        # Imports app.py, which reads the environment.
        app = config.chalice_app
        functions = functions_of(app, config)
        stack.enter_context(_delivering(settings, functions, retry_delays))
        _wire(app, config, settings, functions)
        api_config = config.scope(config.chalice_stage, "api_handler")
        stack.callback(Gateway(app, api_config, port).stop)
        yield


@contextmanager
def _delivering(settings: Settings, functions: Functions, retry_delays: Sequence[float]) -> Iterator[None]:
    queues = boto3.client("sqs", endpoint_url=settings.endpoint_url)
    keep = queue_keeper(queues, resources.dead_letter_queue(settings))
    delivery = Delivery(functions.invoke, keep, retry_delays)
    with seams.installed(functions, delivery):
        try:
            yield
        finally:
            delivery.close(GRACE)


def _wire(app: Chalice, config: Config, settings: Settings, functions: Functions) -> None:
    functions_client = boto3.client("lambda", endpoint_url=settings.endpoint_url)
    register_functions(functions, functions_client, resources.function_role(settings))
    notifications = notifications_of(app, f"{config.app_name}-{config.chalice_stage}")
    check_notifications(notifications, functions)
    wire_notifications(notifications, boto3.client("s3", endpoint_url=settings.endpoint_url))


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
