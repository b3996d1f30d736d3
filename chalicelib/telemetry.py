"""Logger and metrics (AWS Lambda Powertools), configured once; every line carries the request it belongs to."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from chalicelib.errors import DarkroomError

log = Logger(service="darkroom", use_rfc3339=True, utc=True)


@dataclass
class Work:
    """What a piece of work reports of itself while it runs; bytes."""

    bytes_out: int = 0


@contextmanager
def bound(**keys: object) -> Iterator[None]:
    """Put keys on every log line of this context.

    The keys ride on a context variable: the Logger's ordinary ones are the process's, and the local server has threads.
    """
    log.thread_safe_append_keys(**keys)
    try:
        yield
    finally:
        log.thread_safe_clear_keys()


@contextmanager
def processing(bytes_in: int) -> Iterator[Work]:
    """Count one photo: ImagesProcessed with its time and bytes, or ProcessingFailed with the fault's code."""
    started, work = time.perf_counter(), Work()
    try:
        yield work
    except Exception as error:
        code = error.code if isinstance(error, DarkroomError) else type(error).__name__
        count("ProcessingFailed", reason=code)
        log.warning("image not processed", extra={"reason": code, "detail": str(error), "bytes_in": bytes_in})
        raise
    elapsed = (time.perf_counter() - started) * 1000
    _emit(
        ("ImagesProcessed", MetricUnit.Count, 1),
        ("ProcessingTime", MetricUnit.Milliseconds, elapsed),
        ("BytesIn", MetricUnit.Bytes, bytes_in),
        ("BytesOut", MetricUnit.Bytes, work.bytes_out),
    )
    log.info("image processed", extra={"ms": round(elapsed), "bytes_in": bytes_in, "bytes_out": work.bytes_out})


def count(name: str, reason: str) -> None:
    """Count one event, with its reason beside the metric (a dimension a reason would cost a metric each)."""
    _emit((name, MetricUnit.Count, 1), reason=reason)


def measure(**values: float) -> None:
    """Put the values of one piece of work into one line, each under its own metric: bytes by its name, else a count."""
    units = {name: MetricUnit.Bytes if "Bytes" in name else MetricUnit.Count for name in values}
    _emit(*((name, units[name], value) for name, value in values.items()))


def _emit(*values: tuple[str, MetricUnit, float], **notes: str) -> None:
    """Write one EMF line; the metrics object lives as long as the line, so that threads never share one."""
    # The dimension `service` is POWERTOOLS_SERVICE_NAME, which holds the stage: two stages share an account's metrics.
    metrics = EphemeralMetrics(namespace="Darkroom")
    for name, unit, value in values:
        metrics.add_metric(name, unit, value)
    for note, text in notes.items():
        metrics.add_metadata(note, text)
    metrics.flush_metrics()
