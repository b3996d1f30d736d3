"""What must hold after every cell, when all events are handled and the reconciliation has run."""

import hashlib
from collections.abc import Iterator
from typing import Any

from chalicelib.aws.record_items import from_item
from chalicelib.keys import id_in_key
from chalicelib.records import SYSTEM, ImageRecord, Status, Variant
from tests import stage
from tests.trust import endings, photos
from tests.trust.world import World

_BY_HASH = {hashlib.sha256(data).hexdigest(): data for data in photos.ALL}
_UNFINISHED = (Status.PENDING, Status.PROCESSING, Status.DELETED)
Version = tuple[str, str, str]


def violations(world: World) -> list[str]:
    """List what does not hold."""
    records, versions = all_records(world), all_versions(world)
    found = [*world.problems]
    for record in records:
        found += _of_record(record, versions)
    found += _orphans(world, records, versions)
    found += _of_clients(world, {record.id: record for record in records}, versions)
    found += _of_sanitized(world)
    found += endings.violations(world)
    return sorted(set(found))


def all_records(world: World) -> list[ImageRecord]:
    """Read the whole table, tombstones included."""
    table = world.base.settings.images_table
    return [from_item(item) for item in stage.dynamodb().scan(TableName=table, ConsistentRead=True)["Items"]]


def all_versions(world: World) -> dict[Version, str]:
    """Return the ETag of every version, and "" for a delete marker."""
    settings, found = world.base.settings, dict[Version, str]()
    for bucket in (settings.images_bucket, settings.landing_bucket, settings.destination_bucket):
        answer = stage.s3().list_object_versions(Bucket=bucket)
        for each in answer.get("Versions", []):
            found[bucket, each["Key"], each["VersionId"]] = each["ETag"].strip('"')
        for each in answer.get("DeleteMarkers", []):
            found[bucket, each["Key"], each["VersionId"]] = ""
    return found


def _of_record(record: ImageRecord, versions: dict[Version, str]) -> Iterator[str]:
    label = f"{record.owner}'s image, {record.status}"
    if record.status in _UNFINISHED:
        yield f"{label}: nothing will finish it (due {record.due_at})"
    if record.owed:
        yield f"{label}: its message is still owed"
    if record.writing or record.removing:
        yield f"{label}: objects are left to delete: {sorted({*record.writing, *record.removing})}"
    if record.status is Status.COMPLETED and set(record.variants) - {"original"} != set(_outputs(record)):
        yield f"{label}: has {sorted(record.variants)}, which are not exactly the outputs of its recipe"
    for name, variant in record.variants.items():
        if versions.get((variant.bucket, variant.key, variant.version_id)) != variant.etag:
            yield f"{label}: {name} does not exist, or is another object"
        elif record.status is Status.COMPLETED and _read(variant) != _expected(record).get(name):
            yield f"{label}: {name} holds the bytes of another photo"
    for key in {record.source, *(each.key for each in record.variants.values())}:
        if id_in_key(key) and record.owner == SYSTEM and record.source == key:
            yield f"{label}: a caller's photo belongs to system"


def _read(variant: Variant) -> bytes:
    answer = stage.s3().get_object(Bucket=variant.bucket, Key=variant.key, VersionId=variant.version_id)
    return bytes(answer["Body"].read())


def _expected(record: ImageRecord) -> dict[str, bytes]:
    return {"original": _BY_HASH[record.sha256], **_outputs(record)}


def _outputs(record: ImageRecord) -> dict[str, bytes]:
    """Return all that a photo must give by its recipe, or by a scrub."""
    photo = _BY_HASH[record.sha256]
    return {"sanitized": photos.stripped(photo)} if record.report else photos.rendered(photo, record.recipe)


def _orphans(world: World, records: list[ImageRecord], versions: dict[Version, str]) -> Iterator[str]:
    """Find versions that no record names. Under keys that people chose, overwritten versions are theirs."""
    settings = world.base.settings
    named = {(each.bucket, each.key, each.version_id) for record in records for each in record.variants.values()}
    originals = {(each.bucket, each.key, each.etag) for record in records if (each := record.original)}
    for (bucket, key, version), etag in versions.items():
        is_dog = bucket == settings.dog_bucket and key.startswith("html/")
        is_persons = bucket != settings.destination_bucket and not id_in_key(key) and (bucket, key, etag) in originals
        if (bucket, key, version) not in named and not is_dog and not is_persons:
            kind = "delete marker" if not etag else "version"
            yield f"{bucket.rsplit('-', 1)[-1]}: no record names a {kind} of {key.split('/')[0]}/"


def _of_clients(world: World, records: dict[str, ImageRecord], versions: dict[Version, str]) -> Iterator[str]:
    for image_id, told in world.acknowledged.items():
        record = records.get(image_id)
        if image_id in world.deleted:
            continue
        if record is None:
            yield f"a photo is lost that was acknowledged as {told.status}"
        elif record.owner != told.owner:
            yield "the owner of an acknowledged photo has changed"
        elif record.status not in (Status.COMPLETED, Status.EXPIRED):
            yield f"a photo that was acknowledged as {told.status} ended as {record.status}"
    for image_id in world.deleted:
        if image_id in records or any(image_id in key for _, key, _ in versions):
            yield "a deletion that was confirmed has left something"


def _of_sanitized(world: World) -> Iterator[str]:
    """Only clean photos are in the sanitized bucket, and each shared key shows the newest good one."""
    settings, clean = world.base.settings, {photos.stripped(data) for data in photos.ALL}
    answer: Any = stage.s3().list_object_versions(Bucket=settings.destination_bucket)
    for each in answer.get("Versions", []):
        if _read(Variant(settings.destination_bucket, each["Key"], "", 0, version_id=each["VersionId"])) not in clean:
            yield "a version in sanitized is no clean photo"
    shown = {key: stage.read(settings.destination_bucket, key) for key in stage.keys(settings.destination_bucket)}
    for key, originals in landed(world).items():
        good = [data for data in originals if data in photos.ALL]
        expected = photos.stripped(good[0]) if good else None
        # A photo that was overwritten before its event came has its copy under the image's own key.
        if shown.get(key) != expected and (originals[0] in photos.ALL or key in shown):
            yield "the sanitized key does not show the newest good photo"


def landed(world: World) -> dict[str, list[bytes]]:
    """Return the photos of each key that people used in landing, newest first, if originals are kept."""
    settings, found = world.base.settings, dict[str, list[bytes]]()
    answer: Any = stage.s3().list_object_versions(Bucket=settings.landing_bucket)
    for each in answer.get("Versions", []):
        variant = Variant(settings.landing_bucket, each["Key"], "", 0, version_id=each["VersionId"])
        if not id_in_key(each["Key"]):
            found.setdefault(each["Key"], []).append(_read(variant))
    return found if settings.landing_keep else {}
