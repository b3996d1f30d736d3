"""The order of the photos that people put under one key: which one is the newest, and which ones it has overwritten.

S3's events come in any order. The versions of the key in S3 tell the order. With LANDING_KEEP=false they are deleted;
then the records of the outputs that are under one key tell it.
"""

from collections.abc import Iterable, Iterator, Sequence

from chalicelib.aws.storage import StoredVersion
from chalicelib.backends import Backends
from chalicelib.flows import objects, states
from chalicelib.flows.objects import ObjectVersion
from chalicelib.flows.transition import apply, seconds, superseded_due
from chalicelib.keys import derived_id
from chalicelib.records import ImageRecord, SourceObject, Status, Variant, VariantName


def order_versions(backends: Backends, record: ImageRecord) -> ImageRecord:
    """Mark the record if a newer photo is under its key, and mark the records of the photos that this one overwrote.

    They end when S3 deletes their versions. Return the record as stored.
    """
    newer = mark_overwritten(backends, record)
    if not newer or record.original is None:
        return record
    by = SourceObject(newer[0].etag, newer[0].version_id)
    return _supersede(backends, record, by, record.original.version_id)


def mark_overwritten(backends: Backends, record: ImageRecord) -> list[StoredVersion]:
    """Mark the records of the photos that this one overwrote, and return the versions of newer photos."""
    original, source = record.original, record.source_object
    if original is None or source is None or record.owns_key(original.key):
        return []
    newer, older = _split(backends.storage.versions_of(original.bucket, original.key), original)
    for each in _not_marked(backends, original, older):
        _supersede(backends, each, source)
    return newer


def is_above_newer(backends: Backends, record: ImageRecord, below: Iterable[ObjectVersion]) -> bool:
    """Return whether the output of a landing photo is above that of a newer one; `below` are the versions below it.

    If all photos below are older, mark their records: their outputs end when S3 deletes them.
    """
    source, older = record.source_object, list[ImageRecord]()
    if source is None:
        return False
    for previous in _images_below(backends, record, below):
        known = states.source_of(previous)
        if known and known.sequencer and source.sequencer and source.is_older_than(known):
            return True
        older.append(previous)
    for previous in reversed(older):
        _supersede(backends, previous, source)
    return False


def _images_below(backends: Backends, record: ImageRecord, below: Iterable[ObjectVersion]) -> Iterator[ImageRecord]:
    """Yield the images of outputs, the newest output first, down to the first image that is completed.

    Its attempt has found and marked what is below it. An attempt that is not completed may have marked nothing.
    """
    for version in below:
        image_id = objects.image_of(backends, version)
        found = backends.catalog.find(image_id) if image_id not in ("", record.id) else None
        if found is None or found.status is Status.DELETED:
            continue
        yield found
        sanitized = found.variants.get(VariantName.SANITIZED.value)
        if found.status is Status.COMPLETED and sanitized and objects.version_of(sanitized) == version:
            return


def has_other_photos(backends: Backends, photo: Variant) -> bool:
    """Return whether a version with other bytes is under the key of a photo."""
    versions = backends.storage.versions_of(photo.bucket, photo.key)
    return any(each.etag and each.etag != photo.etag for each in versions)


def is_older(backends: Backends, photo: Variant, known: SourceObject) -> bool:
    """Return whether S3 lists a photo below the version that its image stands for.

    It is looked up only without a sequencer: the reconciliation found that version by a listing, not by its event.
    """
    if known.sequencer or not known.version_id or known.version_id == photo.version_id:
        return False
    ids = [each.version_id for each in backends.storage.versions_of(photo.bucket, photo.key)]
    return known.version_id in ids and photo.version_id in ids[ids.index(known.version_id) :]


def _supersede(backends: Backends, record: ImageRecord, by: SourceObject, version_id: str = "") -> ImageRecord:
    event = states.Superseded(by, seconds(backends), superseded_due(backends, record), version_id)
    return apply(backends, record, event)[1]


def _not_marked(backends: Backends, original: Variant, older: Iterable[StoredVersion]) -> list[ImageRecord]:
    """Return the records of older photos down to the first one that is marked, the oldest first.

    A photo may be unmarked because the handler of the next one has failed. The oldest is marked first, so that all
    photos below a marked one are marked, also if this process dies.
    """
    found: list[ImageRecord] = []
    for etag in dict.fromkeys(each.etag for each in older):
        previous = backends.catalog.find(derived_id(original.bucket, original.key, etag))
        if previous and previous.superseded_at is not None:
            break
        found += [previous] if previous else []
    return found[::-1]


def _split(versions: Sequence[StoredVersion], original: Variant) -> tuple[list[StoredVersion], list[StoredVersion]]:
    """Return the versions with other bytes that are newer than the newest one of the image, and those that are older.

    A photo that is put again is the newest one again, also before its second event comes.
    """
    objects_only = [each for each in versions if each.etag]
    position = next((place for place, each in enumerate(objects_only) if each.etag == original.etag), 0)
    newer, rest = objects_only[:position], objects_only[position:]
    above = {original.etag, *(each.etag for each in newer)}
    return newer, [each for each in rest if each.etag not in above]
