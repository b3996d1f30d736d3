"""Expire the records of deleted objects, so that no record names an object that does not exist."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import NamedTuple

from chalicelib.backends import Backends
from chalicelib.dog_api.pictures import PREFIX
from chalicelib.errors import Conflict
from chalicelib.records import UPLOADS, ImageRecord, Status, VariantName, derived_id, id_in_key, is_id

#: Threads that write records; each waits for DynamoDB most of the time.
_WRITERS = 8


class DeletedObject(NamedTuple):
    """A deleted object. If it was put without the API, its image id is derived from its key and ETag."""

    key: str
    etag: str


def expire_records(backends: Backends, bucket: str, deleted: Sequence[DeletedObject]) -> None:
    """Remove the objects from their records. Expire an image that has lost its main variants."""
    keys = {each.key for each in deleted}
    records = backends.catalog.find_many(image_id(bucket, each) for each in deleted)
    with ThreadPoolExecutor(_WRITERS) as writers:
        list(writers.map(lambda record: _expire(backends, record, bucket, keys), records))
        if bucket == backends.settings.dog_bucket:
            list(writers.map(backends.dogs.expire, (key for key in keys if key.startswith(PREFIX))))


def image_id(bucket: str, deleted: DeletedObject) -> str:
    """Return the id of the image that an object belongs to."""
    stem = deleted.key.rsplit("/", 1)[-1].split(".", 1)[0]
    if not deleted.key.startswith(UPLOADS) and deleted.key.count("/") == 1 and is_id(stem):
        return stem
    return id_in_key(deleted.key) or derived_id(bucket, deleted.key, deleted.etag)


def _expire(backends: Backends, record: ImageRecord, bucket: str, keys: set[str]) -> None:
    """Write the record without the deleted objects. Repeat with the new record if its status changes meanwhile."""
    while not _try_writing(backends, updated := _without(record, bucket, keys), record):
        found = backends.catalog.find(updated.id)
        if found is None:
            return
        record = found


def _try_writing(backends: Backends, updated: ImageRecord, record: ImageRecord) -> bool:
    """Write the updated record. Return False if the stored record has another status by now, or was deleted."""
    if updated == record:
        return True
    try:
        backends.catalog.replace_if_status(updated, record.status)
    except Conflict:
        return False
    return True


def _without(record: ImageRecord, bucket: str, keys: set[str]) -> ImageRecord:
    """Return the record without the deleted variants. Expire it if it has no main variant and none can be made."""
    left = {
        name: variant
        for name, variant in record.variants.items()
        if not (variant.bucket == bucket and variant.key in keys)
    }
    is_lost = len(left) < len(record.variants)
    ready = {VariantName.PROCESSED, VariantName.SANITIZED} & set(left)
    if record.status is Status.COMPLETED and not ready:
        return replace(record, status=Status.EXPIRED, variants=left)
    # A pending image whose original is deleted before its event comes will never be processed.
    if record.status is Status.PROCESSING or (record.status is Status.PENDING and is_lost):
        return replace(record, status=Status.EXPIRED, variants=left, expires_at=None)
    return replace(record, variants=left)
