"""Expire the records of deleted objects, so that no record names an object that does not exist."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from chalicelib.backends import Backends
from chalicelib.flows import states
from chalicelib.flows.transition import apply, seconds
from chalicelib.keys import DOG_PICTURES, UPLOADS, derived_id, id_in_key, id_of_rendition, is_id

#: Threads that write records; each waits for DynamoDB most of the time.
_WRITERS = 8


class DeletedObject(NamedTuple):
    """A deleted version. If its object was put without the API, its image id is derived from its key and ETag.

    `version_id` is "" in the journal of an earlier release. `latest` is True if a GET would have found the version, or
    would have found it without the delete marker above it.
    """

    key: str
    etag: str
    version_id: str = ""
    latest: bool = True


def expire_records(backends: Backends, bucket: str, deleted: Sequence[DeletedObject]) -> None:
    """Remove the objects from their records. Expire an image that has lost its main variants."""
    versions = frozenset((each.key, each.version_id) for each in deleted)
    keys = frozenset(each.key for each in deleted if each.latest)
    event = states.ObjectsDeleted(bucket, versions, keys, seconds(backends))
    records = backends.catalog.find_many(image_id(backends, bucket, each) for each in deleted)
    with ThreadPoolExecutor(_WRITERS) as writers:
        list(writers.map(lambda record: apply(backends, record, event), records))
        if bucket == backends.settings.dog_bucket:
            list(writers.map(backends.dogs.expire, (key for key in keys if key.startswith(DOG_PICTURES))))


def image_id(backends: Backends, bucket: str, deleted: DeletedObject) -> str:
    """Return the id of the image that an object belongs to."""
    stem = deleted.key.rsplit("/", 1)[-1].split(".", 1)[0]
    # Only the images bucket holds outputs. In the landing bucket such a name is, for example, the MD5 of a photo.
    may_be_output = bucket == backends.settings.images_bucket and not deleted.key.startswith(UPLOADS)
    if may_be_output and deleted.key.count("/") == 1 and is_id(stem):
        return stem
    if may_be_output and (rendered := id_of_rendition(deleted.key)):
        return rendered
    return id_in_key(deleted.key) or derived_id(bucket, deleted.key, deleted.etag)
