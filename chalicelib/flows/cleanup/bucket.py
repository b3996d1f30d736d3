"""Clean one bucket: read its versions page by page, and delete the due ones in batches, delete markers last."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.aws.deletion import DELETE_BATCH
from chalicelib.aws.storage import StoredVersion
from chalicelib.backends import Backends
from chalicelib.flows.cleanup import delete, records
from chalicelib.keys import BROUGHT
from chalicelib.settings import CleanupMode, Settings

#: The run stops when fewer milliseconds than these are left before Lambda ends it.
STOP_MS = 30_000
#: With fewer milliseconds than these left before the stop, a batch is deleted after each page, full or not.
FLUSH_MS = 15_000


@dataclass
class Outcome:
    """The result of a run: counts of versions, and bytes. A dry run counts as deleted what it would delete."""

    mode: str
    dry_run: bool
    scanned: int = 0
    deleted: int = 0
    #: Versions that were not due.
    kept: int = 0
    failed: int = 0
    #: Bytes of the deleted versions.
    bytes: int = 0
    #: Due versions that the run listed but did not try to delete.
    not_reached: int = 0
    #: The first object that was not looked at, as s3://bucket/key; empty if the run looked at all.
    stopped_at: str = ""
    #: Why the guard blocked or stopped the run; empty if it did not.
    blocked_reason: str = ""
    #: False if the run stopped early. The next run continues.
    finished: bool = True


def kept_prefixes(settings: Settings, bucket: str) -> tuple[str, ...]:
    """Return the prefixes of a bucket's keys that the clean-up keeps, whatever its mode."""
    return settings.cleanup.keep + (BROUGHT if bucket == settings.images_bucket else ())


def is_due(bucket: str, version: StoredVersion, settings: Settings, now: datetime) -> bool:
    """Return whether the settings allow the deletion of a version, by its bucket, key and age."""
    if version.key.startswith(kept_prefixes(settings, bucket)):
        return False
    if settings.cleanup.mode is CleanupMode.EVERYTHING:
        return True
    return now - version.last_modified > timedelta(days=settings.cleanup.max_age_days)


@dataclass
class BucketCleaner:
    """The clean-up of one bucket in one run; it adds its counts to `outcome`.

    Delete a key's versions before its delete marker; without the marker, S3 would show the deleted photo again. S3
    lists a marker before the versions, so markers are collected until no version of their key is left.
    """

    backends: Backends
    bucket: str
    run_id: str
    outcome: Outcome
    #: Returns the milliseconds until Lambda ends the run.
    remaining: Callable[[], int]
    #: Returns why nothing more may be deleted, or "".
    blocked_reason: Callable[[], str]
    _versions: list[StoredVersion] = field(default_factory=list)
    _markers: list[StoredVersion] = field(default_factory=list)
    #: Keys with a version that could not be deleted; their markers stay.
    _failed_keys: set[str] = field(default_factory=set)

    def run(self) -> None:
        """Delete the due versions of all pages. Stop early if time runs out or the guard blocks."""
        for page in self.backends.storage.versions(self.bucket):
            if page and self._must_stop(page[0].key):
                self.outcome.not_reached += len(self._versions) + len(self._markers)
                return
            self._collect(page)
            if len(self._markers) >= DELETE_BATCH or self.remaining() < STOP_MS + FLUSH_MS:
                # The next page may have more versions of this page's last key.
                self._flush(page[-1].key if page else "")
        self._flush("")

    def _must_stop(self, key: str) -> bool:
        self.outcome.blocked_reason = self.blocked_reason()
        if self.outcome.blocked_reason or self.remaining() < STOP_MS:
            self.outcome.finished, self.outcome.stopped_at = False, f"s3://{self.bucket}/{key}"
        return not self.outcome.finished

    def _collect(self, page: list[StoredVersion]) -> None:
        """Add the due versions of a page, and delete each full batch of them."""
        now = self.backends.now()
        settings = self.backends.settings
        due = [each for each in page if is_due(self.bucket, each, settings, now) and not self._is_journal(each)]
        self.outcome.scanned += len(page)
        self.outcome.kept += len(page) - len(due)
        self._expire_deleted_keys(set(page).difference(due))
        self._versions += (each for each in due if each.etag)
        self._markers += (each for each in due if not each.etag)
        while len(self._versions) >= DELETE_BATCH:
            batch, self._versions = self._versions[:DELETE_BATCH], self._versions[DELETE_BATCH:]
            self._delete(batch)

    def _expire_deleted_keys(self, kept: Collection[StoredVersion]) -> None:
        """Expire the records of keys whose latest version is a delete marker.

        A lifecycle rule may delete the versions below before they are due here, and then nothing names the records.
        """
        prefixes = kept_prefixes(self.backends.settings, self.bucket)
        deleted = [
            delete.describe(each)
            for each in kept
            if each.key_deleted and each.etag and not each.key.startswith(prefixes)
        ]
        if deleted and not self.outcome.dry_run:
            records.expire_records(self.backends, self.bucket, deleted)

    def _is_journal(self, version: StoredVersion) -> bool:
        """Return whether a version is a current journal; the run deletes its own at the end."""
        return version.latest and delete.is_journal(self.backends, self.bucket, version.key)

    def _flush(self, unfinished_key: str) -> None:
        """Delete the collected versions, then the markers whose versions are all deleted."""
        batch, self._versions = self._versions, []
        self._delete(batch)
        waiting = [each for each in self._markers if each.key == unfinished_key]
        ready = [each for each in self._markers if each.key != unfinished_key and each.key not in self._failed_keys]
        self.outcome.not_reached += len(self._markers) - len(waiting) - len(ready)
        self._markers = waiting
        for start in range(0, len(ready), DELETE_BATCH):
            self._delete(ready[start : start + DELETE_BATCH])

    def _delete(self, batch: list[StoredVersion]) -> None:
        """Delete a batch and count the result. A dry run only counts."""
        deleted = batch
        if batch and not self.outcome.dry_run:
            deleted = delete.delete_batch(self.backends, self.bucket, self.run_id, batch)
        if len(deleted) < len(batch):
            self._failed_keys |= {each.key for each in set(batch) - set(deleted)}
        self.outcome.deleted += len(deleted)
        self.outcome.failed += len(batch) - len(deleted)
        self.outcome.bytes += sum(version.size for version in deleted)
