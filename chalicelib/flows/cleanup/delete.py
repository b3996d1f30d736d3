"""Delete objects in batches and expire their records, with a journal in the images bucket.

For each batch: write the keys to a journal object, delete the objects, update their records. If a run dies half-way,
the next run finishes its journal first.
"""

import json
import re
import time
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from chalicelib import telemetry
from chalicelib.aws.storage import StoredVersion
from chalicelib.backends import Backends
from chalicelib.errors import BackendUnavailable, ImageNotFound, ImageRejected
from chalicelib.flows.cleanup import records
from chalicelib.flows.cleanup.records import DeletedObject

#: The prefix of the journals in the images bucket.
JOURNALS = "cleanup/"
#: Seconds to wait before each retry of a deletion that S3 reported as failed.
RETRY_DELAYS = (0.1, 0.4)
_NAME = re.compile(re.escape(JOURNALS) + r"[0-9a-f]{16}\.json")
#: The maximum size of a journal in bytes. 1,000 keys, ETags and versions need less.
_JOURNAL_LIMIT = 5_000_000
#: Threads that check whether objects exist; each waits for S3 most of the time.
_READERS = 8
#: The longest run on Lambda. The run that wrote an older journal has ended.
_LONGEST_RUN = timedelta(minutes=15)


def is_journal(backends: Backends, bucket: str, key: str) -> bool:
    """Return whether a key names a journal. Every other key under `cleanup/` is an ordinary object."""
    return bucket == backends.settings.images_bucket and _NAME.fullmatch(key) is not None


def delete_batch(backends: Backends, bucket: str, run_id: str, batch: Sequence[StoredVersion]) -> list[StoredVersion]:
    """Delete at most 1,000 versions, expire their records, and return the deleted versions.

    A run has one journal. Each batch overwrites it, because the records of the previous batch are updated by then.
    """
    recorded = [each for each in batch if each.etag]
    if recorded:
        lines = [list(describe(version)) for version in recorded]
        text = json.dumps({"bucket": bucket, "objects": lines}).encode()
        backends.storage.put(backends.settings.images_bucket, _journal_key(run_id), text, "application/json")
    deleted = _delete_with_retries(backends, bucket, batch)
    to_expire = set(deleted).intersection(recorded)
    objects = [describe(each) for each in deleted if each in to_expire]
    records.expire_records(backends, bucket, objects)
    return deleted


def describe(version: StoredVersion) -> DeletedObject:
    """Return what a record needs to know about a deleted version."""
    return DeletedObject(version.key, version.etag, version.version_id, version.latest or version.key_deleted)


def close_journal(backends: Backends, run_id: str) -> None:
    """Delete the journal of a run after all its records are updated."""
    _delete_journal(backends, _journal_key(run_id))


def recover(backends: Backends) -> int:
    """Finish the journals of runs that died: expire the records of their objects that no longer exist.

    Return the number of journals that cannot be read. They are logged and kept.
    """
    images, unreadable = backends.settings.images_bucket, 0
    for page in backends.storage.versions(images, JOURNALS):
        for version in page:
            if version.latest and version.etag and is_journal(backends, images, version.key):
                unreadable += not _finish(backends, version, [each for each in page if each.key == version.key])
    return unreadable


def _finish(backends: Backends, journal: StoredVersion, versions: Sequence[StoredVersion]) -> bool:
    """Expire the records of one journal and delete the journal's versions. Return False if it cannot be read."""
    try:
        stored = backends.storage.get(backends.settings.images_bucket, journal.key, _JOURNAL_LIMIT)
        bucket, objects = _read(stored.data, (backends.settings.images_bucket, backends.settings.landing_bucket))
    except ImageNotFound:
        return True
    except (ImageRejected, ValueError, TypeError, KeyError, RecursionError):
        telemetry.log.exception("a journal of the clean-up cannot be read", extra={"key": journal.key})
        return False
    with ThreadPoolExecutor(_READERS) as readers:
        existing = readers.map(lambda each: backends.storage.exists(bucket, each.key, each.version_id), objects)
        deleted = [each for each, exists in zip(objects, existing, strict=True) if not exists]
    records.expire_records(backends, bucket, deleted)
    # If objects still exist, the run that wrote the journal may still be deleting them.
    if len(deleted) == len(objects) or backends.now() - journal.last_modified > _LONGEST_RUN:
        # Delete only the listed versions: a run in progress may have written a newer one meanwhile.
        _delete_with_retries(backends, backends.settings.images_bucket, versions)
    return True


def _read(text: bytes, buckets: Collection[str]) -> tuple[str, list[DeletedObject]]:
    """Return a journal's bucket and objects. Raises ValueError, TypeError, KeyError or RecursionError if malformed."""
    journal = json.loads(text)
    if journal["bucket"] not in buckets:
        raise ValueError("The journal names a bucket of another stage.")
    return journal["bucket"], [_object(*entry) for entry in journal["objects"]]


def _object(key: object, etag: object, version_id: object = "", latest: object = True) -> DeletedObject:
    """Return an object of a journal. Journals of earlier releases name only keys and ETags."""
    return DeletedObject(str(key), str(etag), str(version_id), bool(latest))


def _delete_with_retries(backends: Backends, bucket: str, batch: Sequence[StoredVersion]) -> list[StoredVersion]:
    """Delete a batch, retry what S3 did not delete, and return the deleted versions."""
    failed = _delete_or_log(backends, bucket, batch) if batch else []
    for delay in RETRY_DELAYS:
        if not failed:
            break
        time.sleep(delay)
        failed = _delete_or_log(backends, bucket, failed)
    remaining = set(failed)
    return [version for version in batch if version not in remaining]


def _delete_or_log(backends: Backends, bucket: str, batch: Sequence[StoredVersion]) -> Sequence[StoredVersion]:
    """Delete a batch and return what was not deleted: all of it if the call fails, so that the run goes on."""
    try:
        return backends.storage.delete_versions(bucket, batch)
    except BackendUnavailable:
        telemetry.log.exception("a batch is not deleted", extra={"bucket": bucket, "first": batch[0].key})
        return batch


def _journal_key(run_id: str) -> str:
    return f"{JOURNALS}{run_id}.json"


def _delete_journal(backends: Backends, key: str) -> None:
    """Delete every version of a journal."""
    images = backends.settings.images_bucket
    for page in backends.storage.versions(images, key):
        _delete_with_retries(backends, images, [each for each in page if each.key == key])
