"""Run the whole service on this machine, as `make run` does. Data is lost when it stops."""

import sys
from pathlib import Path

if not __package__:  # Started as a file: Python then searches the folder scripts, not the project's root.
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    __import__("scripts")  # Its import handles a Ctrl-C while the rest is imported.

import argparse
import os
import signal
import threading
from collections.abc import Callable
from types import FrameType

from scripts.terminal.option_types import port

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    """Serve until Ctrl-C and return 0. If the start fails, print one sentence and return 1."""
    # Before anything runs, there is nothing to stop.
    on_signal(lambda: os._exit(0))
    options = read_options()
    # Imported late: Chalice, boto3 and moto take seconds, and a Ctrl-C in that time must not print a traceback.
    from scripts.embedded.ports import PortError, check_ports

    try:
        check_ports(options.port, options.aws_port)
    except PortError as error:
        print(f"darkroom: {error}", file=sys.stderr)
        return 1
    # With --log json, each line of stdout is JSON.
    terminal = sys.stderr if options.log else sys.stdout
    ports = f"the API on port {options.port} and the AWS endpoint on port {options.aws_port}"
    print(f"starting {ports} ...", file=terminal, flush=True)
    from scripts.embedded.service import Options, serve

    stopping = threading.Event()
    on_signal(stopping.set)
    return serve(Options(options.port, options.aws_port, options.retry_delays, options.dog_api, options.log), stopping)


def on_signal(action: Callable[[], object]) -> None:
    """Do this, and nothing else, at each signal that asks the program to stop."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        action()

    for number in SIGNALS:
        signal.signal(number, handle)


def read_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("--port", type=port, default=8000, help="port of the API (PORT=)")
    parser.add_argument("--aws-port", type=port, default=4566, help="port of the AWS endpoint (AWS_PORT=)")
    parser.add_argument(
        "--retry-delays",
        type=float,
        nargs="*",
        default=(1.0, 2.0),
        help="seconds before each retry of an event; 60 and 120 on AWS",
    )
    parser.add_argument("--dog-api", default="", help="a dog API instead of the stub: https://dog.ceo (DOG_API=)")
    parser.add_argument("--log", choices=("", "json"), default="", help="json prints the log as JSON lines (LOG=)")
    return parser.parse_args()


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Everything has stopped. A normal exit would unload moto for a second, wait for a handler that hangs, and let a
    # second Ctrl-C print a traceback.
    os._exit(status)
