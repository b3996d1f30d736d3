"""Objects go for good, in batches, and their records follow; a journal in the bucket bridges the two."""

import json
import re
import time
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from chalicelib import telemetry
from chalicelib.aws.storage import StoredVersion
from chalicelib.backends import Backends
from chalicelib.errors import ImageNotFound, ImageTooLarge
from chalicelib.flows.cleanup import records

#: Where the journals lie, in the images bucket.
JOURNALS = "cleanup/"
#: Seconds before each further try to delete what S3 kept.
DELAYS = (0.1, 0.4)
_NAME = re.compile(re.escape(JOURNALS) + r"[0-9a-f]{16}\.json")
#: The most bytes of a journal: a batch of ids and keys.
_JOURNAL_LIMIT = 5_000_000
#: Whether an object is there is one call to S3 that mostly waits.
_READERS = 8
#: Lambda's own limit: a journal that is older belongs to no run that is at work.
_LONGEST_RUN = timedelta(minutes=15)


def is_journal(backends: Backends, bucket: str, key: str) -> bool:
    """Tell whether a key is a journal's: what else lies under `cleanup/` is an object like any other."""
    return bucket == backends.settings.images_bucket and _NAME.fullmatch(key) is not None


def delete_batch(backends: Backends, bucket: str, run: str, batch: Sequence[StoredVersion]) -> list[StoredVersion]:
    """Delete a batch of at most 1,000, let their records follow, and return what is gone.

    A run has one journal, which each batch writes over: the records of the batch before are done by then.
    """
    named = [each for each in batch if (each.latest or each.covered) and each.etag]
    if named:
        lines = [[version.key, version.etag] for version in named]
        text = json.dumps({"bucket": bucket, "objects": lines}).encode()
        backends.storage.put(backends.settings.images_bucket, _journal(run), text, "application/json")
    gone = _delete(backends, bucket, batch)
    followed = set(gone).intersection(named)
    records.expire_records(backends, bucket, [(each.key, each.etag) for each in gone if each in followed])
    return gone


def close_journal(backends: Backends, run: str) -> None:
    """Delete a run's journal: its records are done."""
    _delete_journal(backends, _journal(run))


def recover(backends: Backends) -> int:
    """Let the records follow that a run left behind when it died: those whose objects are gone by now.

    Returns how many journals cannot be read; each is told in the log and stays.
    """
    images, unreadable = backends.settings.images_bucket, 0
    for page in backends.storage.versions(images, JOURNALS):
        for version in page:
            if version.latest and version.etag and is_journal(backends, images, version.key):
                unreadable += not _finish(backends, version, [each for each in page if each.key == version.key])
    return unreadable


def _finish(backends: Backends, journal: StoredVersion, versions: Sequence[StoredVersion]) -> bool:
    """Do what a journal says and delete the versions that were listed; False when it cannot be read."""
    try:
        stored = backends.storage.get(backends.settings.images_bucket, journal.key, _JOURNAL_LIMIT)
        bucket, objects = _read(stored.data, (backends.settings.images_bucket, backends.settings.landing_bucket))
    except ImageNotFound:
        return True
    except (ImageTooLarge, ValueError, TypeError, KeyError, RecursionError):
        telemetry.log.exception("a journal of the clean-up cannot be read", extra={"key": journal.key})
        return False
    with ThreadPoolExecutor(_READERS) as readers:
        there = readers.map(lambda each: backends.storage.exists(bucket, each[0]), objects)
        gone = [each for each, is_there in zip(objects, there, strict=True) if not is_there]
    records.expire_records(backends, bucket, gone)
    # Where objects are left, the run that wrote it may be at work on them.
    if len(gone) == len(objects) or backends.now() - journal.last_modified > _LONGEST_RUN:
        # A run that is at work may have written over it since.
        _delete(backends, backends.settings.images_bucket, versions)
    return True


def _read(text: bytes, buckets: Collection[str]) -> tuple[str, list[tuple[str, str]]]:
    """Read a journal's bucket and its keys with their ETags; raises what a text that is none leads to."""
    journal = json.loads(text)
    if journal["bucket"] not in buckets:
        raise ValueError("It names another bucket.")
    return journal["bucket"], [(str(key), str(etag)) for key, etag in journal["objects"]]


def _delete(backends: Backends, bucket: str, batch: Sequence[StoredVersion]) -> list[StoredVersion]:
    """Delete, and try again what S3 kept; give what is gone."""
    kept = backends.storage.delete_versions(bucket, batch) if batch else []
    for delay in DELAYS:
        if not kept:
            break
        time.sleep(delay)
        kept = backends.storage.delete_versions(bucket, kept)
    left = set(kept)
    return [version for version in batch if version not in left]


def _journal(run: str) -> str:
    return f"{JOURNALS}{run}.json"


def _delete_journal(backends: Backends, journal: str) -> None:
    """Delete a journal with its versions, so that nothing of it is left."""
    images = backends.settings.images_bucket
    for page in backends.storage.versions(images, journal):
        _delete(backends, images, [each for each in page if each.key == journal])
