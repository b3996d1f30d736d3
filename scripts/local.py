"""Run the whole service on this machine: `make run`. Nothing is kept after it stops."""

import argparse
import os
import signal
import sys
import threading
from types import FrameType

from scripts.embedded.ports import PortError, check_port

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    """Serve until Ctrl-C; 0 when it came up and was asked to stop, 1 with one sentence when it did not come up."""
    stopping = threading.Event()
    listen_for_signals(stopping)
    options = read_options()
    try:
        check_ports(options.port, options.aws_port)
    except PortError as error:
        print(f"darkroom: {error}", file=sys.stderr)
        return 1
    # Imported late: Chalice, boto3 and moto take seconds, in which a Ctrl-C would end in a traceback.
    from scripts.embedded.service import Options, serve

    return serve(Options(options.port, options.aws_port, options.retry_delays, options.dog_api), stopping)


def listen_for_signals(stopping: threading.Event) -> None:
    """Let the signals set `stopping` and do nothing else, however often they come."""

    def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 -- a signal handler's signature
        stopping.set()

    for number in SIGNALS:
        signal.signal(number, stop)


def read_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("--port", type=_port, default=8000, help="port of the API (PORT=)")
    parser.add_argument("--aws-port", type=_port, default=4566, help="port of the AWS endpoint (AWS_PORT=)")
    parser.add_argument(
        "--retry-delays",
        type=float,
        nargs="*",
        default=(1.0, 2.0),
        help="seconds before each retry of an event; on AWS 60 and 120",
    )
    parser.add_argument("--dog-api", default="", help="another dog API than the stand-in: https://dog.ceo (DOG_API=)")
    return parser.parse_args()


def check_ports(port: int, aws_port: int) -> None:
    """Make sure that both ports can be had.

    Raises PortError.
    """
    if port == aws_port:
        raise PortError(f"PORT and AWS_PORT are both {port}: choose two.")
    check_port(port, "PORT")
    check_port(aws_port, "AWS_PORT")


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65_535):
        raise argparse.ArgumentTypeError(f"{text!r} is no port: 1 to 65535")
    return int(text)


if __name__ == "__main__":
    ended = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # All is stopped by now. The interpreter's own end would take moto apart for a second or more, wait for a handler
    # that hangs, and give a second Ctrl-C something to interrupt.
    os._exit(ended)
