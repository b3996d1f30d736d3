"""What a stage holds of an owner: records with tombstones, versions with delete markers, and dead letters."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from chalicelib.aws.catalog import READ_BATCH
from chalicelib.aws.record_items import from_item
from chalicelib.aws.storage import StoredVersion
from chalicelib.backends import Backends
from chalicelib.flows import objects
from chalicelib.keys import RENDITIONS, UPLOADS
from chalicelib.records import ImageRecord, Status, VariantName
from scripts.owners.who import ClientFor, Owner

#: Shards that are asked at least: after LIST_SHARDS was lowered, records are still in the higher ones.
_LEAST_SHARDS = 32


@dataclass(frozen=True)
class Held:
    """A version, or a delete marker, and the image that it belongs to; "" if no record names it."""

    bucket: str
    version: StoredVersion
    image: str

    @property
    def place(self) -> tuple[str, str, str]:
        """Return what identifies the version."""
        return self.bucket, self.version.key, self.version.version_id


def records(services: Backends, clients: ClientFor, owner: Owner) -> Iterator[ImageRecord]:
    """Yield the owner's records, then the tombstones, which only the index `by-due` has."""
    yield from _listed(services, clients, owner)
    yield from _tombstones(services, clients, owner)


def versions_of(services: Backends, record: ImageRecord) -> Iterator[Held]:
    """Yield each version and delete marker of an image, under its own keys and under keys that others use too."""
    settings, image = services.settings, record.id
    for name in (VariantName.PROCESSED, VariantName.RESIZED):
        yield from _below(services, settings.images_bucket, f"{name.value}/{image}", image)
    yield from _below(services, settings.images_bucket, f"{RENDITIONS}{image}/", image)
    for bucket in dict.fromkeys((settings.images_bucket, settings.landing_bucket, settings.destination_bucket)):
        yield from _below(services, bucket, f"{UPLOADS}{image}/", image)
    shared: dict[tuple[str, str], set[str]] = {}
    for each in objects.all_versions(services, record):
        if not record.owns_key(each.key):
            shared.setdefault((each.bucket, each.key), set()).add(each.version_id)
    for (bucket, key), wanted in shared.items():
        found = services.storage.versions_of(bucket, key)
        yield from (Held(bucket, each, image) for each in found if each.version_id in wanted)


def below_prefix(services: Backends, owner: Owner) -> Iterator[Held]:
    """Yield what is under the prefix of an uploader, in the landing bucket and in that of the results."""
    if not owner.prefix:
        return
    settings = services.settings
    for bucket in dict.fromkeys((settings.landing_bucket, settings.destination_bucket)):
        yield from _below(services, bucket, owner.prefix, "")


def _below(services: Backends, bucket: str, prefix: str, image: str) -> Iterator[Held]:
    for page in services.storage.versions(bucket, prefix):
        yield from (Held(bucket, each, image) for each in page)


def _listed(services: Backends, clients: ClientFor, owner: Owner) -> Iterator[ImageRecord]:
    filters: dict[str, Any] = {}
    if owner.prefix:
        # `source` is a reserved word of DynamoDB.
        filters = {"FilterExpression": "begins_with(#source, :prefix)"}
        filters |= {"ExpressionAttributeNames": {"#source": "source"}}
    for shard in _shards(services):
        values = {":key": {"S": f"{owner.name}#{shard}"}}
        prefix = {":prefix": {"S": owner.prefix}} if owner.prefix else {}
        request = {"KeyConditionExpression": "list_key = :key", "ExpressionAttributeValues": values | prefix, **filters}
        yield from (from_item(item) for item in _query(services, clients, "by-owner", request))


def _tombstones(services: Backends, clients: ClientFor, owner: Owner) -> Iterator[ImageRecord]:
    for shard in _shards(services):
        values = {":key": {"S": f"due#{shard}"}}
        request = {"KeyConditionExpression": "due_key = :key", "ExpressionAttributeValues": values}
        ids = [item["ID"]["S"] for item in _query(services, clients, "by-due", request)]
        for start in range(0, len(ids), READ_BATCH):
            found = services.catalog.find_many(ids[start : start + READ_BATCH])
            yield from (each for each in found if each.status is Status.DELETED and is_of(owner, each))


def is_of(owner: Owner, record: ImageRecord) -> bool:
    """Return whether a record is the owner's."""
    return record.owner == owner.name and record.source.startswith(owner.prefix)


def _shards(services: Backends) -> Iterable[int]:
    return range(max(services.settings.list_shards, _LEAST_SHARDS))


def _query(services: Backends, clients: ClientFor, index: str, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    pages = clients("dynamodb").get_paginator("query")
    for page in pages.paginate(TableName=services.settings.images_table, IndexName=index, **request):
        yield from page["Items"]
