"""Objects go for good, in batches, and their records follow; a journal in the bucket bridges the two."""

import json
import time
from collections.abc import Sequence

from chalicelib.aws.storage import StoredVersion
from chalicelib.backends import Backends
from chalicelib.flows import expiry

#: Where the journals lie, in the images bucket.
JOURNALS = "cleanup/"
#: Seconds before each further try to delete what S3 kept.
DELAYS = (0.1, 0.4)
#: The most bytes of a journal: a batch of ids and keys.
_JOURNAL_LIMIT = 5_000_000


def is_journal(key: str) -> bool:
    """Tell whether the key is a journal's, which goes when its records are done."""
    return key.startswith(JOURNALS)


def remove(backends: Backends, bucket: str, run: str, batch: Sequence[StoredVersion]) -> list[StoredVersion]:
    """Delete a batch of at most 1,000, let their records follow, and return what is gone.

    A run has one journal, which each batch writes over: the records of the batch before are done by then.
    """
    named = [version for version in batch if version.latest and version.etag and not is_journal(version.key)]
    if named:
        lines = [[version.key, version.etag] for version in named]
        text = json.dumps({"bucket": bucket, "objects": lines}).encode()
        backends.storage.put(backends.settings.images_bucket, _journal(run), text, "application/json")
    gone = _delete(backends, bucket, batch)
    expiry.follow(backends, bucket, [(each.key, each.etag) for each in gone if each in set(named)])
    return gone


def end(backends: Backends, run: str) -> None:
    """Delete a run's journal: its records are done."""
    _forget(backends, _journal(run))


def finish_interrupted(backends: Backends) -> None:
    """Let the records follow that a run left behind when it died: those whose objects are gone by now."""
    images = backends.settings.images_bucket
    for page in backends.storage.versions(images, JOURNALS):
        for version in page:
            if version.latest and version.etag:
                journal = json.loads(backends.storage.get(images, version.key, _JOURNAL_LIMIT).data)
                bucket, objects = journal["bucket"], journal["objects"]
                gone = [(key, etag) for key, etag in objects if not backends.storage.exists(bucket, key)]
                expiry.follow(backends, bucket, gone)
                _forget(backends, version.key)


def _delete(backends: Backends, bucket: str, batch: Sequence[StoredVersion]) -> list[StoredVersion]:
    """Delete, and try again what S3 kept; give what is gone."""
    kept = backends.storage.delete_versions(bucket, batch)
    for delay in DELAYS:
        if not kept:
            break
        time.sleep(delay)
        kept = backends.storage.delete_versions(bucket, kept)
    left = set(kept)
    return [version for version in batch if version not in left]


def _journal(run: str) -> str:
    return f"{JOURNALS}{run}.json"


def _forget(backends: Backends, journal: str) -> None:
    """Delete a journal with its versions, so that nothing of it is left."""
    images = backends.settings.images_bucket
    for page in backends.storage.versions(images, journal):
        _delete(backends, images, page)
