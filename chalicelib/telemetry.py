"""Log lines and metrics: each is one JSON object on a line of stdout, which Lambda sends to CloudWatch Logs.

`LOG_LEVEL` and `STAGE` come from the environment itself, because errors in the settings are logged too.
"""

import json
import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chalicelib import startup
from chalicelib.errors import DarkroomError

_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
#: The fields of every log record. The others come from `extra`.
_STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
#: The keys of log_context(). The local server answers each request in a thread of its own.
_context: ContextVar[dict[str, object] | None] = ContextVar("log_context", default=None)
#: The name of the stage's service, which is the dimension of every metric.
_SERVICE = f"darkroom-{os.environ.get('STAGE', 'local')}"


class JsonFormatter(logging.Formatter):
    """Formats a log record as one JSON object, with the keys of its context and of `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line. A value that JSON cannot hold is written as text."""
        fields: dict[str, Any] = {
            "level": record.levelname,
            "location": f"{record.module}.{record.funcName}:{record.lineno}",
            "message": record.getMessage(),
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "service": _SERVICE,
            **(_context.get() or {}),
            **{name: value for name, value in vars(record).items() if name not in _STANDARD_FIELDS},
        }
        if record.exc_info and record.exc_info[0]:
            fields["exception_name"] = record.exc_info[0].__name__
            fields["exception"] = self.formatException(record.exc_info)
        return json.dumps(fields, default=str, separators=(",", ":"))


class MetricsWriter:
    """Prints metrics in the CloudWatch embedded metric format, version 0, to stdout.

    A local server sets `enabled` to False: it has no CloudWatch that reads the lines.
    """

    enabled = True

    def write(self, *values: tuple[str, str, float], **metadata: str) -> None:
        """Print one line with the name, the unit and the value of each metric. CloudWatch does not count metadata."""
        if not self.enabled:
            return
        described = [{"Name": name, "Unit": unit} for name, unit, _ in values]
        directive = {"Namespace": "Darkroom", "Dimensions": [["service"]], "Metrics": described}
        line: dict[str, Any] = {"_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]}}
        line |= {"service": _SERVICE} | metadata | {name: value for name, _, value in values}
        # In one write, because threads print at the same time.
        sys.stdout.write(json.dumps(line, separators=(",", ":")) + "\n")


@dataclass
class Measurement:
    """What the caller of processing() measures while a photo is processed."""

    bytes_out: int = 0


@contextmanager
def log_context(**keys: object) -> Iterator[None]:
    """Add keys to every log line that is written inside the block."""
    token = _context.set({**(_context.get() or {}), **keys})
    try:
        yield
    finally:
        _context.reset(token)


@contextmanager
def processing(bytes_in: int) -> Iterator[Measurement]:
    """Log and count one photo: ImagesProcessed with time and bytes, or ProcessingFailed with the error's code."""
    started, measurement = time.perf_counter(), Measurement()
    try:
        yield measurement
    except Exception as error:
        code = error.code if isinstance(error, DarkroomError) else type(error).__name__
        count("ProcessingFailed", reason=code)
        log.warning("image not processed", extra={"reason": code, "detail": str(error), "bytes_in": bytes_in})
        raise
    elapsed = (time.perf_counter() - started) * 1000
    metrics.write(
        ("ImagesProcessed", "Count", 1),
        ("ProcessingTime", "Milliseconds", elapsed),
        ("BytesIn", "Bytes", bytes_in),
        ("BytesOut", "Bytes", measurement.bytes_out),
    )
    log.info("image processed", extra={"ms": round(elapsed), "bytes_in": bytes_in, "bytes_out": measurement.bytes_out})


def count(name: str, reason: str) -> None:
    """Count one event. The reason is metadata, because CloudWatch bills each value of a dimension as a metric."""
    metrics.write((name, "Count", 1), reason=reason)


def measure(**values: float) -> None:
    """Emit several metrics in one log line. The unit is bytes if the name contains `Bytes`, else a count.

    Emit no zeros: CloudWatch bills a metric for each hour in which it has a value, and the alarms read nothing as 0.
    """
    counted = [(name, "Bytes" if "Bytes" in name else "Count", value) for name, value in values.items() if value]
    if counted:
        metrics.write(*counted)


def _logger(level: str) -> logging.Logger:
    """Return the logger of the service, which alone writes its lines: Lambda's own handler would write them again."""
    if level not in _LEVELS:
        advice = "Set LOG_LEVEL to DEBUG, INFO, WARNING or ERROR."
        startup.refuse(f"Darkroom cannot start: the log level {level!r} is unknown. {advice}")
    logger = logging.getLogger("darkroom")
    logger.setLevel(level)
    handler.setFormatter(JsonFormatter())
    logger.addHandler(handler)
    for inherited in logging.getLogger().handlers:
        inherited.addFilter(lambda record: record.name != "darkroom")
    return logger


handler = logging.StreamHandler(sys.stdout)
metrics = MetricsWriter()
log = _logger(os.environ.get("LOG_LEVEL", "INFO").upper())
