"""The objects of an image: write its outputs, find what an attempt left behind, and delete by version."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from chalicelib import telemetry
from chalicelib.aws.storage import StoredVersion
from chalicelib.backends import Backends
from chalicelib.errors import ImageNotFound
from chalicelib.records import ImageRecord, Status, Variant, VariantName

#: The object metadata that names the image, so that a version under a shared key can be assigned to it.
_IMAGE_ID = "image-id"


class ObjectVersion(NamedTuple):
    """One version of an object. An empty `version_id` means the current object of a bucket without versions."""

    bucket: str
    key: str
    version_id: str


def put(backends: Backends, record: ImageRecord, variant: Variant, data: bytes, media_type: str) -> Variant:
    """Write an object under one of an image's own keys, and return the variant with its version.

    No object is under the image's own keys before: a new attempt deletes what an earlier one has written.
    """
    written = backends.storage.put_new(variant.bucket, variant.key, data, media_type, {_IMAGE_ID: record.id})
    return replace(variant, size=len(data), version_id=written.version_id, etag=written.etag)


def put_shared(
    backends: Backends, record: ImageRecord, variant: Variant, data: bytes, media_type: str
) -> tuple[Variant, list[ObjectVersion]]:
    """Write an object under a key that other images use too.

    Return the variant with its version, and the versions below it, the newest first.
    """
    written = backends.storage.put(variant.bucket, variant.key, data, media_type, {_IMAGE_ID: record.id})
    stored = replace(variant, size=len(data), version_id=written.version_id, etag=written.etag)
    versions = [each for each in backends.storage.versions_of(stored.bucket, stored.key) if each.etag]
    other = [each for each in versions if each.version_id != stored.version_id]
    same = [each for each in other if each.etag == stored.etag and _is_of(backends, record, stored, each)]
    # botocore sends a put again if its answer is lost.
    delete(backends, [ObjectVersion(stored.bucket, each.key, each.version_id) for each in same])
    return stored, [ObjectVersion(stored.bucket, each.key, each.version_id) for each in other if each not in same]


def image_of(backends: Backends, version: ObjectVersion) -> str:
    """Return the id of the image that a version names, or "" if it names none or has been deleted."""
    try:
        return backends.storage.head(*version).metadata.get(_IMAGE_ID, "")
    except ImageNotFound:
        return ""


def delete(backends: Backends, versions: Iterable[ObjectVersion]) -> None:
    """Delete exactly these versions. A missing one is not an error. Raises BackendUnavailable."""
    buckets: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for each in dict.fromkeys(versions):
        buckets[each.bucket].append((each.key, each.version_id))
    for bucket, objects in buckets.items():
        backends.storage.delete_objects(bucket, objects)


def delete_or_log(backends: Backends, variants: Iterable[Variant]) -> None:
    """Delete outputs that no record will name. An error is logged, and the reconciliation deletes them later."""
    versions = [version_of(each) for each in variants]
    try:
        delete(backends, versions)
    except Exception:
        # Whatever it is, the caller raises the error that made it delete.
        telemetry.log.exception("objects not deleted yet", extra={"keys": [each.key for each in versions]})


def version_of(variant: Variant) -> ObjectVersion:
    """Return the version that a variant names."""
    return ObjectVersion(variant.bucket, variant.key, variant.version_id)


def left_behind(backends: Backends, record: ImageRecord) -> list[ObjectVersion]:
    """List the outputs that attempts have written: the named ones, and all versions of the keys in `writing`."""
    outputs = [each for name, each in record.variants.items() if name != VariantName.ORIGINAL]
    unknown = [each for name, each in record.writing.items() if name != VariantName.ORIGINAL]
    unknown += [each for each in outputs if not each.version_id]
    named = [version_of(each) for each in outputs if each.version_id]
    return [*named, *(version for each in unknown for version in _own_versions(backends, record, each))]


def to_remove(backends: Backends, record: ImageRecord) -> list[ObjectVersion]:
    """List the versions in `removing`. A record from before versions does not name them, so S3 is asked.

    A deletion without a version would hide the newest photo of a shared key by a delete marker.
    """
    unknown = {name: each for name, each in record.removing.items() if not each.version_id}
    found = all_versions(backends, replace(record, variants={}, writing={}, removing=unknown))
    return [*found, *(version_of(each) for each in record.removing.values() if each.version_id)]


def all_versions(backends: Backends, record: ImageRecord) -> list[ObjectVersion]:
    """List every version that belongs to an image, so that nothing is left when they are deleted."""
    found = left_behind(backends, record)
    for name, variant in _named(record):
        if name.partition(" ")[0] == VariantName.ORIGINAL:
            found += _versions_of_original(backends, record, variant)
        elif variant.version_id:
            found.append(version_of(variant))
        else:
            found += _own_versions(backends, record, variant)
    return found


def _named(record: ImageRecord) -> Iterable[tuple[str, Variant]]:
    original = VariantName.ORIGINAL.value
    variants: Iterable[Mapping[str, Variant]] = (record.variants, record.writing)
    return [*((original, each[original]) for each in variants if original in each), *record.removing.items()]


def _own_versions(backends: Backends, record: ImageRecord, variant: Variant) -> list[ObjectVersion]:
    """List the versions under a key that belong to the image."""
    versions = backends.storage.versions_of(variant.bucket, variant.key)
    if not record.owns_key(variant.key):
        versions = [each for each in versions if each.etag and _is_of(backends, record, variant, each)]
    return [ObjectVersion(variant.bucket, each.key, each.version_id) for each in versions]


def _is_of(backends: Backends, record: ImageRecord, variant: Variant, version: StoredVersion) -> bool:
    """Return whether a version under a shared key is of this image. Older ones do not name their image."""
    try:
        named = backends.storage.head(variant.bucket, version.key, version.version_id).metadata.get(_IMAGE_ID)
    except ImageNotFound:
        # Another process has deleted the version since it was listed.
        return False
    return named == record.id or (named is None and variant.size == version.size > 0)


def _versions_of_original(backends: Backends, record: ImageRecord, original: Variant) -> list[ObjectVersion]:
    """List all versions with the bytes of an original. Its delete markers follow if nothing else is below them."""
    versions = backends.storage.versions_of(original.bucket, original.key)
    own = [each for each in versions if record.owns_key(each.key) or _has_bytes_of(record, original, each)]
    if all(each in own or not each.etag for each in versions):
        own = versions
    return [ObjectVersion(original.bucket, each.key, each.version_id) for each in own]


def _has_bytes_of(record: ImageRecord, original: Variant, version: StoredVersion) -> bool:
    """Return whether a version under a shared key is to be deleted with its image.

    A tombstone names each of these versions: the same bytes may have been put again since the deletion.
    """
    if record.status is Status.DELETED and original.version_id:
        return version.version_id in {each.version_id for each in record.removing.values()}
    return bool(version.etag) and version.etag == original.etag
