"""The end of the log of one run, which Lambda returns to a caller that asks for it (LogType=Tail)."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import IO

from chalicelib import telemetry

#: Bytes of the log that Lambda returns.
TAIL = 4096
_lines: ContextVar[list[str] | None] = ContextVar("lines", default=None)


class _TailHandler(logging.Handler):
    """Keeps the lines of the run that this context belongs to, as Lambda would have printed them."""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        lines = _lines.get()
        if lines is not None:
            lines.append(self.format(record))


_handler = _TailHandler()
_handler.setFormatter(telemetry.JsonFormatter())


@contextmanager
def collected() -> Iterator[list[str]]:
    """Yield the app's log lines of the block, in this process."""
    if _handler not in telemetry.log.handlers:
        telemetry.log.addHandler(_handler)
    lines: list[str] = []
    token = _lines.set(lines)
    try:
        yield lines
    finally:
        _lines.reset(token)


def cut(text: str) -> str:
    """Return the last whole lines of a log that fit into what Lambda returns, or the end of a single longer one."""
    if len(text.encode()) <= TAIL:
        return text
    end = text.encode()[-TAIL:].decode(errors="replace")
    return end.partition("\n")[2] or end


def printed(file: IO[bytes], start: int, most: int) -> str:
    """Return what a process has printed into a file since `start`, at most the last bytes; "" if it is closed.

    It does not seek: the process writes at the same position.
    """
    end = size(file)
    begin = max(start, end - most)
    return os.pread(file.fileno(), end - begin, begin).decode(errors="replace") if end > begin else ""


def size(file: IO[bytes]) -> int:
    """Return how many bytes a process has printed into a file; 0 if it is closed."""
    return 0 if file.closed else os.fstat(file.fileno()).st_size
