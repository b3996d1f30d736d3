"""Loopback ports: whether one can be taken, said in one sentence when it cannot."""

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from scripts.project import HOST

#: Connections that may wait to be accepted; socketserver's own 5 refuses a burst of posts.
BACKLOG = 128


class PortError(Exception):
    """Raised when a port cannot be listened on; the message says which one and what to do."""


def check_port(port: int, variable: str) -> None:
    """Make sure that `port` is free; `variable` is the make variable that chooses another.

    Raises PortError.
    """
    # On macOS one can bind a loopback port that a wildcard listener holds, so ask it first.
    with socket.socket() as probe:
        if probe.connect_ex((HOST, port)) == 0:
            raise PortError(_sentence(port, variable, errno.EADDRINUSE))
    with taking(port, variable):
        listen(port).close()


@contextmanager
def taking(port: int, variable: str) -> Iterator[None]:
    """Name the port in the fault of a block that listens on it; another program may take it while this one starts.

    Raises PortError.
    """
    try:
        yield
    except OSError as error:
        raise PortError(_sentence(port, variable, error.errno)) from error


def listen(port: int) -> socket.socket:
    """Open a listening socket on loopback; port 0 takes a free one."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def _sentence(port: int, variable: str, number: int | None) -> str:
    if number == errno.EADDRINUSE:
        return f"port {port} is in use by another program: stop it, or choose another port with {variable}=."
    return f"port {port} cannot be opened ({os.strerror(number or 0)}): choose another with {variable}=."
