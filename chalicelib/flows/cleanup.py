"""The scheduled clean-up: deletes what its settings name and nothing else, and says what it did.

`everything` empties the buckets only until an instant that deployment sets: past it, without it, or in prod, the run
deletes nothing. Objects go before their records; what a run was about to delete stands in a journal in the bucket, so
that a run that dies between the two leaves the next one to finish. The bucket is the state: a run that is out of time
stops, and the next goes on.
"""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from chalicelib import telemetry
from chalicelib.aws.storage import DELETE_BATCH, StoredVersion
from chalicelib.backends import Backends
from chalicelib.flows import removal
from chalicelib.settings import CleanupMode, Settings

#: A run stops when Lambda would end it within so many milliseconds.
RESERVE = 30_000


@dataclass
class Outcome:
    """What a run came to: counts of versions, and bytes deleted (in a dry run: that would be)."""

    mode: str
    dry_run: bool
    scanned: int = 0
    deleted: int = 0
    spared: int = 0
    failed: int = 0
    bytes: int = 0
    #: Why nothing was deleted, where a guard stopped the run.
    refused: str = ""
    #: False when time ran out and the next run is to go on.
    finished: bool = True


def handle(backends: Backends, remaining: Callable[[], int], *, dry_run: bool = False) -> Outcome:
    """Run the clean-up once; `remaining` tells how many milliseconds are left.

    Raises BackendUnavailable, after telling people, when AWS fails; a later run goes on from there.
    """
    cleanup = backends.settings.cleanup
    outcome = Outcome(
        cleanup.mode.value, dry_run or cleanup.dry_run, refused=refusal(backends.settings, backends.now())
    )
    try:
        if not outcome.refused and cleanup.mode is not CleanupMode.OFF:
            _sweep(backends, remaining, outcome)
    except Exception as error:
        outcome.finished, outcome.failed = False, outcome.failed + 1
        _report(backends, outcome, str(error))
        raise
    _report(backends, outcome)
    return outcome


def refusal(settings: Settings, now: datetime) -> str:
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


def is_due(version: StoredVersion, settings: Settings, now: datetime) -> bool:
    """Tell whether a version is to go, by its key and its age."""
    if version.key.startswith(settings.cleanup.keep) or (version.latest and removal.is_journal(version.key)):
        return False
    if settings.cleanup.mode is CleanupMode.EVERYTHING:
        return True
    return now - version.last_modified > timedelta(days=settings.cleanup.max_age_days)


def _sweep(backends: Backends, remaining: Callable[[], int], outcome: Outcome) -> None:
    names = {"images": backends.settings.images_bucket, "landing": backends.settings.landing_bucket}
    run = secrets.token_hex(8)
    if not outcome.dry_run:
        removal.finish_interrupted(backends)
    for target in backends.settings.cleanup.targets:
        for batch in _batches(backends, names[target], outcome):
            outcome.finished = remaining() >= RESERVE
            if not outcome.finished:
                break
            _remove(backends, names[target], run, batch, outcome)
        if not outcome.finished:
            break
    if outcome.deleted and not outcome.dry_run:
        removal.end(backends, run)


def _batches(backends: Backends, bucket: str, outcome: Outcome) -> Iterator[list[StoredVersion]]:
    """Gather what is due into full batches, page after page; a page with little to do still gives one."""
    now, batch = backends.now(), list[StoredVersion]()
    for page in backends.storage.versions(bucket):
        due = [version for version in page if is_due(version, backends.settings, now)]
        outcome.scanned += len(page)
        outcome.spared += len(page) - len(due)
        batch += due
        while len(batch) >= DELETE_BATCH:
            yield batch[:DELETE_BATCH]
            batch = batch[DELETE_BATCH:]
    yield batch


def _remove(backends: Backends, bucket: str, run: str, batch: list[StoredVersion], outcome: Outcome) -> None:
    gone = batch if outcome.dry_run or not batch else removal.remove(backends, bucket, run, batch)
    outcome.deleted += len(gone)
    outcome.failed += len(batch) - len(gone)
    outcome.bytes += sum(version.size for version in gone)


def _report(backends: Backends, outcome: Outcome, error: str = "") -> None:
    """Tell the outcome in one line, in metrics, and to people when anything failed."""
    line = asdict(outcome) | ({"cause": error} if error else {})
    log = telemetry.log.warning if outcome.refused or outcome.failed else telemetry.log.info
    log("clean-up refused" if outcome.refused else "clean-up", extra=line)
    telemetry.measure(
        CleanupScanned=outcome.scanned,
        CleanupDeleted=outcome.deleted,
        CleanupSpared=outcome.spared,
        CleanupFailed=outcome.failed,
        CleanupBytes=outcome.bytes,
        CleanupRefused=int(bool(outcome.refused)),
    )
    if outcome.failed:
        subject = f"Darkroom {backends.settings.stage}: the clean-up failed in part"
        text = "\n".join(f"{name}: {value}" for name, value in line.items())
        backends.messaging.publish(backends.settings.alarms_topic, subject, text)
