"""Checks and opens loopback ports; an error message says in one sentence which port failed and what to do."""

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from scripts.project import HOST

#: Connections that may wait to be accepted; socketserver's default of 5 refuses a burst of requests.
BACKLOG = 128


class PortError(Exception):
    """Raised if a port cannot be opened; the message says which one and what to do."""


def check_ports(port: int, aws_port: int) -> None:
    """Check that the ports of the API and of the AWS endpoint are two free ports.

    Raises PortError.
    """
    if port == aws_port:
        raise PortError(f"PORT and AWS_PORT are both {port}. Choose two different ports.")
    check_port(port, "PORT")
    check_port(aws_port, "AWS_PORT")


def check_port(port: int, variable: str) -> None:
    """Check that `port` is free; `variable` is the make variable that chooses another one.

    Raises PortError.
    """
    # macOS lets a program bind a loopback port that a wildcard listener holds, so try to connect first.
    with socket.socket() as probe:
        if probe.connect_ex((HOST, port)) == 0:
            raise PortError(_message(port, variable, errno.EADDRINUSE))
    with port_errors(port, variable):
        listen(port).close()


@contextmanager
def port_errors(port: int, variable: str) -> Iterator[None]:
    """Turn an OSError of the block into a PortError; another program may take the port after check_port().

    Raises PortError.
    """
    try:
        yield
    except OSError as error:
        raise PortError(_message(port, variable, error.errno)) from error


def listen(port: int) -> socket.socket:
    """Return a socket that listens on loopback; port 0 means a free port."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def _message(port: int, variable: str, number: int | None) -> str:
    if number == errno.EADDRINUSE:
        return f"port {port} is in use by another program. Stop it, or choose another port with {variable}=."
    return f"port {port} cannot be opened ({os.strerror(number or 0)}). Choose another port with {variable}=."
