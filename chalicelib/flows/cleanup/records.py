"""Records follow their objects: no record names an object that is gone as if it were there."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from chalicelib.backends import Backends
from chalicelib.dog_api.pictures import PREFIX
from chalicelib.errors import Conflict
from chalicelib.records import UPLOADS, ImageRecord, Status, VariantName, derived_id, id_in_key, is_id

#: A record is one call to DynamoDB that mostly waits.
_WRITERS = 8
#: An object and its ETag, by which the id of one that was put by hand is derived.
DeletedObject = tuple[str, str]


def expire_records(backends: Backends, bucket: str, gone: Sequence[DeletedObject]) -> None:
    """Take the objects out of their records; an image that has lost what it was made for is expired."""
    keys = {key for key, _ in gone}
    records = backends.catalog.find_many(image_id(bucket, key, etag) for key, etag in gone)
    with ThreadPoolExecutor(_WRITERS) as writers:
        list(writers.map(lambda record: _update(backends, record, bucket, keys), records))
        if bucket == backends.settings.dog_bucket:
            list(writers.map(backends.dogs.expire, (key for key in keys if key.startswith(PREFIX))))


def image_id(bucket: str, key: str, etag: str) -> str:
    """Tell the id of the image that an object belongs to."""
    stem = key.rsplit("/", 1)[-1].split(".", 1)[0]
    if not key.startswith(UPLOADS) and key.count("/") == 1 and is_id(stem):
        return stem
    return id_in_key(key) or derived_id(bucket, key, etag)


def _update(backends: Backends, record: ImageRecord, bucket: str, keys: set[str]) -> None:
    while not _written(backends, ended := _without(record, bucket, keys), record):
        found = backends.catalog.find(ended.id)
        if found is None:
            return
        record = found


def _written(backends: Backends, ended: ImageRecord, record: ImageRecord) -> bool:
    """Write unless another call gave the record another status meanwhile."""
    if ended == record:
        return True
    try:
        backends.catalog.replace_if_status(ended, record.status)
    except Conflict:
        return False
    return True


def _without(record: ImageRecord, bucket: str, keys: set[str]) -> ImageRecord:
    """Take the variants away that are gone; what was ready, or was being made from them, is expired."""
    left = {
        name: variant
        for name, variant in record.variants.items()
        if not (variant.bucket == bucket and variant.key in keys)
    }
    is_lost = len(left) < len(record.variants)
    ready = {VariantName.PROCESSED, VariantName.SANITIZED} & set(left)
    if record.status is Status.COMPLETED and not ready:
        return replace(record, status=Status.EXPIRED, variants=left)
    # An original that goes before its event comes leaves nothing to wait for.
    if record.status is Status.PROCESSING or (record.status is Status.PENDING and is_lost):
        return replace(record, status=Status.EXPIRED, variants=left, expires_at=None)
    return replace(record, variants=left)
