"""The scheduled clean-up: deletes what its settings name and nothing else, and says what it did.

`everything` empties the buckets only until an instant that deployment sets: past it, without it, or in prod, the run
deletes no object; one that is at work at that instant stops. Objects go before their records; what a run was about to
delete stands in a journal in the bucket, so that a run that dies between the two leaves the next one to finish, and
that one finishes it whatever it may delete itself. The bucket is the state: a run that is out of time stops, and the
next goes on.
"""

import secrets
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

from chalicelib import telemetry
from chalicelib.backends import Backends
from chalicelib.flows.cleanup import delete
from chalicelib.flows.cleanup.bucket import BucketCleaner, Outcome
from chalicelib.settings import CleanupMode, Settings


def handle(backends: Backends, remaining: Callable[[], int], *, dry_run: bool = False) -> Outcome:
    """Run the clean-up once; `remaining` tells how many milliseconds are left.

    Raises BackendUnavailable, after telling people, when AWS fails; a later run goes on from there.
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
    """Say why `everything` may not run; empty when nothing stands against it."""
    if settings.cleanup.mode is not CleanupMode.EVERYTHING:
        return ""
    if settings.stage == "prod":
        return "CLEANUP_MODE=everything is refused in prod."
    if settings.cleanup.until is None:
        return "CLEANUP_MODE=everything needs CLEANUP_UNTIL, the instant at which it ends."
    if now >= settings.cleanup.until:
        return f"CLEANUP_UNTIL, {settings.cleanup.until.isoformat()}, is past: deploy again to go on for a day."
    return ""


def _clean_buckets(backends: Backends, remaining: Callable[[], int], outcome: Outcome) -> None:
    names = {"images": backends.settings.images_bucket, "landing": backends.settings.landing_bucket}
    run = secrets.token_hex(8)

    def guard() -> str:
        return blocked_reason(backends.settings, backends.now())

    for target in backends.settings.cleanup.targets:
        if outcome.finished:
            BucketCleaner(backends, names[target], run, outcome, remaining, guard).run()
    if outcome.deleted and not outcome.dry_run:
        delete.close_journal(backends, run)


def _report(backends: Backends, outcome: Outcome, error: str = "") -> None:
    """Tell the outcome in one line, in metrics, and to people when anything failed."""
    line = asdict(outcome) | ({"cause": error} if error else {})
    log = telemetry.log.warning if outcome.blocked_reason or outcome.failed else telemetry.log.info
    log("clean-up refused" if outcome.blocked_reason else "clean-up", extra=line)
    telemetry.measure(
        CleanupScanned=outcome.scanned,
        CleanupDeleted=outcome.deleted,
        CleanupSpared=outcome.kept,
        CleanupFailed=outcome.failed,
        CleanupBytes=outcome.bytes,
        CleanupRefused=int(bool(outcome.blocked_reason)),
        CleanupUnfinished=int(not outcome.finished),
    )
    if outcome.failed:
        subject = f"Darkroom {backends.settings.stage}: the clean-up failed in part"
        text = "\n".join(f"{name}: {value}" for name, value in line.items())
        backends.messaging.publish(backends.settings.alarms_topic, subject, text)
