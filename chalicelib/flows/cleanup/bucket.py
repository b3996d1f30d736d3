"""The sweep of one bucket: page after page is looked at, and what is due goes in batches, delete markers last."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.aws.storage import DELETE_BATCH, StoredVersion
from chalicelib.backends import Backends
from chalicelib.flows.cleanup import delete, records
from chalicelib.settings import CleanupMode, Settings

#: A run stops when Lambda would end it within so many milliseconds.
RESERVE = 30_000
#: So long before that, batches go as they are and are no longer filled up.
HURRY = 15_000


@dataclass
class Outcome:
    """What a run came to: counts of versions, and bytes deleted (in a dry run: that would be)."""

    mode: str
    dry_run: bool
    scanned: int = 0
    deleted: int = 0
    kept: int = 0
    failed: int = 0
    bytes: int = 0
    #: Versions that are due and were seen, and that the run did not come to.
    not_reached: int = 0
    #: The first object that was not looked at; empty when all were.
    stopped_at: str = ""
    #: Why nothing was deleted, or no more, where a guard stopped the run.
    blocked_reason: str = ""
    #: False when the run was stopped and the next is to go on.
    finished: bool = True


def is_due(version: StoredVersion, settings: Settings, now: datetime) -> bool:
    """Tell whether a version is to go, by its key and its age."""
    if version.key.startswith(settings.cleanup.keep):
        return False
    if settings.cleanup.mode is CleanupMode.EVERYTHING:
        return True
    return now - version.last_modified > timedelta(days=settings.cleanup.max_age_days)


@dataclass
class BucketCleaner:
    """One run's way through one bucket.

    S3 lists a delete marker before the versions that it covers. One that went before them, or went while S3 kept one of
    them, would bring back a photo that somebody has deleted: markers are held back until their versions are gone.
    """

    backends: Backends
    bucket: str
    run_id: str
    outcome: Outcome
    #: Tells how many milliseconds are left.
    remaining: Callable[[], int]
    #: Says why nothing more may be deleted; empty when nothing stands against it.
    blocked_reason: Callable[[], str]
    _versions: list[StoredVersion] = field(default_factory=list)
    _markers: list[StoredVersion] = field(default_factory=list)
    _kept: set[str] = field(default_factory=set)

    def run(self) -> None:
        """Look at every page and delete what is due, until the end, the last seconds or a refusal."""
        for page in self.backends.storage.versions(self.bucket):
            if page and self._is_stopped(page[0].key):
                self.outcome.not_reached += len(self._versions) + len(self._markers)
                return
            self._gather(page)
            if len(self._markers) >= DELETE_BATCH or self.remaining() < RESERVE + HURRY:
                # The versions of the page's last key may go on on the next.
                self._flush(page[-1].key if page else "")
        self._flush("")

    def _is_stopped(self, key: str) -> bool:
        self.outcome.blocked_reason = self.blocked_reason()
        if self.outcome.blocked_reason or self.remaining() < RESERVE:
            self.outcome.finished, self.outcome.stopped_at = False, f"s3://{self.bucket}/{key}"
        return not self.outcome.finished

    def _gather(self, page: list[StoredVersion]) -> None:
        now = self.backends.now()
        due = [each for each in page if is_due(each, self.backends.settings, now) and not self._is_journal(each)]
        self.outcome.scanned += len(page)
        self.outcome.kept += len(page) - len(due)
        self._follow_covered(set(page).difference(due))
        self._versions += (each for each in due if each.etag)
        self._markers += (each for each in due if not each.etag)
        while len(self._versions) >= DELETE_BATCH:
            batch, self._versions = self._versions[:DELETE_BATCH], self._versions[DELETE_BATCH:]
            self._remove(batch)

    def _follow_covered(self, spared: Collection[StoredVersion]) -> None:
        """Let the records follow what somebody has deleted: S3's own rules end it before it is due."""
        keep = self.backends.settings.cleanup.keep
        gone = [
            (each.key, each.etag) for each in spared if each.covered and each.etag and not each.key.startswith(keep)
        ]
        if gone and not self.outcome.dry_run:
            records.expire_records(self.backends, self.bucket, gone)

    def _is_journal(self, version: StoredVersion) -> bool:
        """Tell a journal, which goes when its records are done."""
        return version.latest and delete.is_journal(self.backends, self.bucket, version.key)

    def _flush(self, unfinished_key: str) -> None:
        """Delete what was gathered, and the markers of which no version is left."""
        batch, self._versions = self._versions, []
        self._remove(batch)
        held = [each for each in self._markers if each.key == unfinished_key]
        ready = [each for each in self._markers if each.key != unfinished_key and each.key not in self._kept]
        self.outcome.not_reached += len(self._markers) - len(held) - len(ready)
        self._markers = held
        for start in range(0, len(ready), DELETE_BATCH):
            self._remove(ready[start : start + DELETE_BATCH])

    def _remove(self, batch: list[StoredVersion]) -> None:
        gone = batch
        if batch and not self.outcome.dry_run:
            gone = delete.delete_batch(self.backends, self.bucket, self.run_id, batch)
        if len(gone) < len(batch):
            self._kept |= {each.key for each in set(batch) - set(gone)}
        self.outcome.deleted += len(gone)
        self.outcome.failed += len(batch) - len(gone)
        self.outcome.bytes += sum(version.size for version in gone)
