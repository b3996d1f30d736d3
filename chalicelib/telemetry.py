"""Logger and metrics (AWS Lambda Powertools), configured once.

Powertools reads LOG_LEVEL and POWERTOOLS_SERVICE_NAME from the environment itself.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from chalicelib import startup
from chalicelib.errors import DarkroomError

try:
    log = Logger(service="darkroom", use_rfc3339=True, utc=True)
except ValueError as error:
    startup.refuse(f"Darkroom cannot start: {error}. Set LOG_LEVEL to DEBUG, INFO, WARNING or ERROR.")


@dataclass
class Measurement:
    """What the caller of processing() measures while a photo is processed."""

    bytes_out: int = 0


@contextmanager
def log_context(**keys: object) -> Iterator[None]:
    """Add keys to every log line that is written inside the block.

    The keys are in a context variable, because the local server's threads share the Logger.
    """
    log.thread_safe_append_keys(**keys)
    try:
        yield
    finally:
        log.thread_safe_clear_keys()


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
    _emit(
        ("ImagesProcessed", MetricUnit.Count, 1),
        ("ProcessingTime", MetricUnit.Milliseconds, elapsed),
        ("BytesIn", MetricUnit.Bytes, bytes_in),
        ("BytesOut", MetricUnit.Bytes, measurement.bytes_out),
    )
    log.info("image processed", extra={"ms": round(elapsed), "bytes_in": bytes_in, "bytes_out": measurement.bytes_out})


def count(name: str, reason: str) -> None:
    """Count one event. The reason is metadata, because CloudWatch bills each value of a dimension as a metric."""
    _emit((name, MetricUnit.Count, 1), reason=reason)


def measure(**values: float) -> None:
    """Emit several metrics in one log line. The unit is bytes if the name contains `Bytes`, else a count."""
    units = {name: MetricUnit.Bytes if "Bytes" in name else MetricUnit.Count for name in values}
    _emit(*((name, units[name], value) for name, value in values.items()))


def _emit(*values: tuple[str, MetricUnit, float], **metadata: str) -> None:
    """Write one line of the CloudWatch embedded metric format, from an object of its own: threads must not share it."""
    # Powertools adds the dimension `service` from POWERTOOLS_SERVICE_NAME, which differs between stages.
    metrics = EphemeralMetrics(namespace="Darkroom")
    for name, unit, value in values:
        metrics.add_metric(name, unit, value)
    for key, text in metadata.items():
        metrics.add_metadata(key, text)
    metrics.flush_metrics()
