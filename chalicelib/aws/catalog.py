"""The image records in DynamoDB, and the indexes that list them.

Every write of a record is conditional. This module decides nothing about statuses.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from chalicelib.aws import listing
from chalicelib.aws.clients import Clients, calling
from chalicelib.aws.listing import Index
from chalicelib.errors import Conflict, ImageNotFound
from chalicelib.records import Attempt, Claim, Fault, ImageRecord, Status, Variant

if TYPE_CHECKING:
    from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

#: Fields whose documented attribute names differ. Every other field is stored under its own name.
_ATTRIBUTES = {
    "id": "ID",
    "filename": "Filename",
    "status": "Status",
    "timestamp": "Timestamp",
    "s3_path": "S3Path",
    "size": "Size",
    "format": "Format",
}
_FIELDS = {attribute: name for name, attribute in _ATTRIBUTES.items()}
#: The most items that one BatchGetItem call reads.
READ_BATCH = 100
#: Attributes that only the indexes use.
_INDEX_ATTRIBUTES = frozenset({"list_key", "status_key", "source_key", "listed_at"})


class Catalog:
    """The table of image records."""

    def __init__(self, clients: Clients, table: str, shards: int) -> None:
        self._clients = clients
        self._table = table
        self._shards = shards

    def find(self, image_id: str) -> ImageRecord | None:
        """Return a record by a strongly consistent read, or None if there is none."""
        with calling("DynamoDB"):
            answer = self._clients.dynamodb.get_item(
                TableName=self._table, Key={"ID": {"S": image_id}}, ConsistentRead=True
            )
        return self._from_item(answer["Item"]) if "Item" in answer else None

    def find_many(self, image_ids: Iterable[str]) -> list[ImageRecord]:
        """Return the records that exist among the ids, in any order, by strongly consistent reads."""
        keys = [{"ID": {"S": image_id}} for image_id in dict.fromkeys(image_ids)]
        found: list[dict[str, Any]] = []
        while keys:
            wanted: Any = {self._table: {"Keys": keys[:READ_BATCH], "ConsistentRead": True}}
            with calling("DynamoDB"):
                answer = self._clients.dynamodb.batch_get_item(RequestItems=wanted)
            found += answer["Responses"].get(self._table, [])
            unprocessed: Any = answer["UnprocessedKeys"].get(self._table, {})
            keys = [*unprocessed.get("Keys", []), *keys[READ_BATCH:]]
        return [self._from_item(item) for item in found]

    def get(self, image_id: str) -> ImageRecord:
        """Return a record by a strongly consistent read. Raises ImageNotFound."""
        record = self.find(image_id)
        if record is None:
            raise ImageNotFound(f"There is no image {image_id!r}.")
        return record

    def create(self, record: ImageRecord) -> None:
        """Write a new record. Raises Conflict if one with this id exists."""
        self._put(record, "attribute_not_exists(ID)")

    def overwrite(self, record: ImageRecord) -> None:
        """Overwrite an existing record, also an expired one. Raises ImageNotFound if there is none."""
        self._put_over(record, "attribute_exists(ID)")

    def replace(self, record: ImageRecord) -> None:
        """Overwrite an existing record that has not expired.

        Raises ImageNotFound if the record was deleted, or has expired because the clean-up deleted its objects.
        """
        expired = {":expired": {"S": Status.EXPIRED.value}}
        self._put_over(record, "attribute_exists(ID) AND #status <> :expired", expired)

    def replace_if_status(self, record: ImageRecord, status: Status) -> None:
        """Overwrite a record if it has this status. Raises Conflict if it has another status or does not exist."""
        self._put(record, "#status = :status", {":status": {"S": status.value}})

    def _put_over(self, record: ImageRecord, condition: str, values: Mapping[str, Any] | None = None) -> None:
        try:
            self._put(record, condition, values)
        except Conflict as error:
            raise ImageNotFound(f"The image {record.id!r} has been deleted.") from error

    def claim_abandoned(self, record: ImageRecord, abandoned: Claim) -> None:
        """Overwrite a record whose lease has ended. Raises Conflict if another request has overwritten it already."""
        values = {":lease": {"N": str(abandoned.lease_until)}}
        self._put(record, "claim.lease_until = :lease", values)

    def delete(self, image_id: str) -> None:
        """Delete a record. It is no error if there is none."""
        with calling("DynamoDB"):
            self._clients.dynamodb.delete_item(TableName=self._table, Key={"ID": {"S": image_id}})

    def newest(
        self, owners: Sequence[str], limit: int, before: str | None, status: Status | None
    ) -> tuple[list[ImageRecord], str | None]:
        """List at most `limit` records of the owners, newest first, from before the position `before`.

        Return them with the position of the next page, or None on the last page.
        """
        middle = f"#{status.value}" if status else ""
        index = Index(self._table, *(("by-status", "status_key") if status else ("by-owner", "list_key")))
        partitions = [f"{owner}{middle}#{shard}" for owner in owners for shard in range(self._shards)]
        items, position = listing.newest(self._clients, index, partitions, limit, before)
        return [self._from_item(item) for item in items], position

    def newest_from(self, owners: Sequence[str], source: str) -> ImageRecord:
        """Return the newest record of an S3 key. Raises ImageNotFound."""
        index = Index(self._table, "by-source", "source_key")
        found, _ = listing.newest(self._clients, index, [f"{owner}#{source}" for owner in owners], 1, None)
        if not found:
            raise ImageNotFound(f"There is no image from the key {source!r}.")
        return self._from_item(found[0])

    def _put(self, record: ImageRecord, condition: str, values: Mapping[str, Any] | None = None) -> None:
        request: dict[str, Any] = {"Item": self._to_item(record), "ConditionExpression": condition}
        if values:
            request["ExpressionAttributeValues"] = values
        if "#status" in condition:
            # STATUS is a reserved word in DynamoDB's expressions.
            request["ExpressionAttributeNames"] = {"#status": "Status"}
        with calling("DynamoDB"):
            self._clients.dynamodb.put_item(TableName=self._table, **request)

    def _to_item(self, record: ImageRecord) -> dict[str, Any]:
        fields = {name: value for name, value in asdict(record).items() if value not in (None, "", {})}
        shard = int(record.id, 16) % self._shards
        keys = {
            "list_key": f"{record.owner}#{shard}",
            "status_key": f"{record.owner}#{record.status}#{shard}",
            "listed_at": f"{record.timestamp}#{record.id}",
        }
        if record.source:
            keys["source_key"] = f"{record.owner}#{record.source}"
        attributes = {_ATTRIBUTES.get(name, name): _storable(value) for name, value in (fields | keys).items()}
        return {name: self._serializer.serialize(value) for name, value in attributes.items()}

    def _from_item(self, item: Mapping[str, Any]) -> ImageRecord:
        stored = {name: value for name, value in item.items() if name not in _INDEX_ATTRIBUTES}
        fields = {_FIELDS.get(name, name): _plain(self._deserializer.deserialize(v)) for name, v in stored.items()}
        fields["status"] = Status(fields["status"])
        fields["variants"] = {name: Variant(**variant) for name, variant in fields.get("variants", {}).items()}
        for name, kind in (("error", Fault), ("claim", Claim), ("attempt", Attempt)):
            if name in fields:
                fields[name] = kind(**fields[name])
        return ImageRecord(**fields)

    @cached_property
    def _serializer(self) -> "TypeSerializer":
        from boto3.dynamodb.types import TypeSerializer

        return TypeSerializer()

    @cached_property
    def _deserializer(self) -> "TypeDeserializer":
        from boto3.dynamodb.types import TypeDeserializer

        return TypeDeserializer()


def _storable(value: Any) -> Any:
    """Drop None from maps, and convert a status to text: boto3's serializer accepts only plain types."""
    if isinstance(value, Mapping):
        return {name: _storable(inner) for name, inner in value.items() if inner is not None}
    return str(value) if isinstance(value, Status) else value


def _plain(value: Any) -> Any:
    """Convert decimals to int: boto3 reads every number as a Decimal, and records hold only whole numbers."""
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    return int(value) if isinstance(value, Decimal) else value
