"""Run the scheduled clean-up: delete only what the settings allow, and report the outcome.

The mode `everything` is blocked in prod, if CLEANUP_UNTIL is not set, and after CLEANUP_UNTIL. A run in progress stops
at that time. No position is stored: a run that is out of time stops, and the next run lists the buckets again. If a run
dies half-way, the next run finishes its journal first, even if that run is blocked.
"""

import secrets
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

from chalicelib import telemetry
from chalicelib.backends import Backends
from chalicelib.errors import BackendUnavailable
from chalicelib.flows.cleanup import delete
from chalicelib.flows.cleanup.bucket import BucketCleaner, Outcome
from chalicelib.settings import CleanupMode, Settings


def handle(backends: Backends, remaining: Callable[[], int], *, dry_run: bool = False) -> Outcome:
    """Run the clean-up once and return its outcome. `remaining` returns the milliseconds until Lambda ends the run.

    If AWS fails, publish the failure and raise BackendUnavailable; a later run continues.
    """
    cleanup = backends.settings.cleanup
    outcome = Outcome(cleanup.mode.value, dry_run or cleanup.dry_run)
    try:
        if not outcome.dry_run:
            outcome.failed = delete.recover(backends)
        outcome.blocked_reason = blocked_reason(backends.settings, backends.now())
        if not outcome.blocked_reason and cleanup.mode is not CleanupMode.OFF:
            _clean_buckets(backends, remaining, outcome)
    except Exception as error:
        outcome.finished, outcome.failed = False, outcome.failed + 1
        _report(backends, outcome, str(error))
        raise
    _report(backends, outcome)
    return outcome


def blocked_reason(settings: Settings, now: datetime) -> str:
    """Return why the mode `everything` may delete nothing now, or "" if it may."""
    if settings.cleanup.mode is not CleanupMode.EVERYTHING:
        return ""
    if settings.stage == "prod":
        return "CLEANUP_MODE=everything is not allowed in prod."
    if settings.cleanup.until is None:
        return "CLEANUP_MODE=everything needs CLEANUP_UNTIL, the time at which it ends."
    if _is_over(settings, now):
        return f"CLEANUP_UNTIL, {settings.cleanup.until.isoformat()}, is past. Deploy again to allow another 24 hours."
    return ""


def _is_over(settings: Settings, now: datetime) -> bool:
    """Return True after CLEANUP_UNTIL. Most stages are in this state on most days, so it is no failure."""
    until = settings.cleanup.until
    return settings.stage != "prod" and until is not None and now >= until


def _clean_buckets(backends: Backends, remaining: Callable[[], int], outcome: Outcome) -> None:
    """Clean the target buckets one after another. An error in one bucket is raised after the others had their turn."""
    names = {"images": backends.settings.images_bucket, "landing": backends.settings.landing_bucket}
    errors: list[BackendUnavailable] = []
    for target in backends.settings.cleanup.targets:
        try:
            if outcome.finished:
                _clean_bucket(backends, names[target], remaining, outcome)
        except BackendUnavailable as error:
            telemetry.log.exception("a bucket is not cleaned", extra={"bucket": names[target]})
            errors.append(error)
    if errors:
        raise errors[0]


def _clean_bucket(backends: Backends, bucket: str, remaining: Callable[[], int], outcome: Outcome) -> None:
    """Clean one bucket, and delete its journal at the end. After an error, the next run finishes the journal."""
    run_id, before = secrets.token_hex(8), outcome.deleted

    def blocked_now() -> str:
        return blocked_reason(backends.settings, backends.now())

    BucketCleaner(backends, bucket, run_id, outcome, remaining, blocked_now).run()
    if outcome.deleted > before and not outcome.dry_run:
        delete.close_journal(backends, run_id)


def _report(backends: Backends, outcome: Outcome, error: str = "") -> None:
    """Write the outcome as one log line and as metrics. Publish it to the alarms topic if anything failed."""
    line = asdict(outcome) | ({"cause": error} if error else {})
    refused = bool(outcome.blocked_reason) and not _is_over(backends.settings, backends.now())
    log = telemetry.log.warning if refused or outcome.failed else telemetry.log.info
    log("clean-up refused" if outcome.blocked_reason else "clean-up", extra=line)
    telemetry.measure(
        CleanupScanned=outcome.scanned,
        CleanupDeleted=outcome.deleted,
        CleanupSpared=outcome.kept,
        CleanupFailed=outcome.failed,
        CleanupBytes=outcome.bytes,
        CleanupRefused=int(refused),
        CleanupUnfinished=int(not outcome.finished),
    )
    if outcome.failed:
        subject = f"Darkroom {backends.settings.stage}: the clean-up failed in part"
        text = "\n".join(f"{name}: {value}" for name, value in line.items())
        backends.messaging.publish(backends.settings.alarms_topic, subject, text)
