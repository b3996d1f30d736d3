"""The image records in DynamoDB, and the indexes that list them.

Every write of a record is conditional on its revision. This module decides nothing about statuses.
"""

import secrets
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from chalicelib.aws import listing
from chalicelib.aws.clients import Clients, calling
from chalicelib.aws.listing import Index
from chalicelib.aws.record_items import from_item, to_item
from chalicelib.errors import BackendUnavailable, ImageNotFound, RecordChanged
from chalicelib.records import ImageRecord, Status

#: The most items that one BatchGetItem call reads.
READ_BATCH = 100
#: Seconds to wait before each repetition of a BatchGetItem call that left keys unprocessed.
UNPROCESSED_DELAYS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)


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
        return from_item(answer["Item"]) if "Item" in answer else None

    def find_many(self, image_ids: Iterable[str]) -> list[ImageRecord]:
        """Return the records that exist among the ids, in any order, by strongly consistent reads.

        Raises BackendUnavailable if DynamoDB leaves keys unprocessed for more than six seconds.
        """
        keys = [{"ID": {"S": image_id}} for image_id in dict.fromkeys(image_ids)]
        batches = [keys[start : start + READ_BATCH] for start in range(0, len(keys), READ_BATCH)]
        return [from_item(item) for batch in batches for item in self._read_batch(batch)]

    def get(self, image_id: str) -> ImageRecord:
        """Return a record by a strongly consistent read. Raises ImageNotFound, also for a deleted image."""
        record = self.find(image_id)
        if record is None or record.status is Status.DELETED:
            raise ImageNotFound(f"There is no image {image_id!r}.")
        return record

    def create(self, record: ImageRecord) -> ImageRecord:
        """Write a new record and return it as stored. Raises RecordChanged if one with this id exists."""
        return self._put(replace(record, rev=0), "attribute_not_exists(ID)")

    def update(self, record: ImageRecord) -> ImageRecord:
        """Overwrite the revision `record.rev` and return the record as stored.

        Raises RecordChanged if the stored record has another revision or does not exist.
        """
        return self._put(record, "attribute_exists(ID) AND " + self._same_revision(record), self._revision(record))

    def delete(self, record: ImageRecord) -> None:
        """Delete the revision `record.rev`. It is no error if there is no record.

        Raises RecordChanged if the stored record has another revision.
        """
        client = self._clients.dynamodb
        with calling("DynamoDB"):
            try:
                client.delete_item(
                    TableName=self._table,
                    Key={"ID": {"S": record.id}},
                    ConditionExpression="attribute_not_exists(ID) OR " + self._same_revision(record),
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                    **self._revision(record),
                )
            except client.exceptions.ConditionalCheckFailedException as error:
                raise RecordChanged(_stored_item(error)) from error

    def due(self, now: int, limit: int) -> list[str]:
        """List the ids of at most `limit` records whose `due_at` is not after `now`, the earliest first."""
        found: list[dict[str, Any]] = []
        for shard in range(self._shards):
            found += self._due_in_shard(f"due#{shard}", now, limit)
        found.sort(key=lambda item: int(item["due_at"]["N"]))
        return [item["ID"]["S"] for item in found[:limit]]

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
        return [from_item(item) for item in items], position

    def newest_from(self, owners: Sequence[str], source: str) -> ImageRecord:
        """Return the newest record of an S3 key. Raises ImageNotFound."""
        index = Index(self._table, "by-source", "source_key")
        found, _ = listing.newest(self._clients, index, [f"{owner}#{source}" for owner in owners], 1, None)
        if not found:
            raise ImageNotFound(f"There is no image from the key {source!r}.")
        return from_item(found[0])

    def all_from(self, owners: Sequence[str], source: str) -> Iterator[ImageRecord]:
        """Yield the records of an S3 key, newest first. The index has no bucket, so those of all buckets come."""
        index = Index(self._table, "by-source", "source_key")
        partitions, before = [f"{owner}#{source}" for owner in owners], None
        while True:
            found, before = listing.newest(self._clients, index, partitions, 20, before)
            yield from map(from_item, found)
            if before is None:
                return

    def _put(self, record: ImageRecord, condition: str, values: Mapping[str, Any] | None = None) -> ImageRecord:
        """Write the next revision. A condition that fails on this very write is success: botocore sent it twice."""
        written = replace(record, rev=record.rev + 1, token=secrets.token_hex(8))
        client = self._clients.dynamodb
        with calling("DynamoDB"):
            try:
                client.put_item(
                    TableName=self._table,
                    Item=to_item(written, self._shards),
                    ConditionExpression=condition,
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                    **(values or {}),
                )
            except client.exceptions.ConditionalCheckFailedException as error:
                current = _stored_item(error)
                if current is None or current.token != written.token:
                    raise RecordChanged(current) from error
        return written

    def _same_revision(self, record: ImageRecord) -> str:
        """Return the condition on the revision. A record from before revisions has none.

        Revisions of a record that was deleted and created again begin at 1 again; only the token tells them apart.
        """
        return "rev = :rev AND #token = :token" if record.rev else "attribute_not_exists(rev)"

    def _revision(self, record: ImageRecord) -> dict[str, Any]:
        if not record.rev:
            return {}
        return {
            # "token" is a reserved word of DynamoDB.
            "ExpressionAttributeNames": {"#token": "token"},
            "ExpressionAttributeValues": {":rev": {"N": str(record.rev)}, ":token": {"S": record.token}},
        }

    def _read_batch(self, keys: list[dict[str, Any]]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for delay in (*UNPROCESSED_DELAYS, None):
            wanted: Any = {self._table: {"Keys": keys, "ConsistentRead": True}}
            with calling("DynamoDB"):
                answer = self._clients.dynamodb.batch_get_item(RequestItems=wanted)
            found += answer["Responses"].get(self._table, [])
            unprocessed: Any = answer["UnprocessedKeys"].get(self._table, {})
            keys = unprocessed.get("Keys", [])
            if not keys:
                return found
            if delay is not None:
                time.sleep(delay)
        raise BackendUnavailable(f"DynamoDB did not read {len(keys)} records. Try again in a moment.")

    def _due_in_shard(self, partition: str, now: int, limit: int) -> list[dict[str, Any]]:
        with calling("DynamoDB"):
            answer = self._clients.dynamodb.query(
                TableName=self._table,
                IndexName="by-due",
                KeyConditionExpression="due_key = :key AND due_at <= :now",
                ExpressionAttributeValues={":key": {"S": partition}, ":now": {"N": str(now)}},
                Limit=limit,
            )
        return answer["Items"]


def _stored_item(error: Any) -> ImageRecord | None:
    """Return the record that a conditional write met, or None if there was none."""
    item = error.response.get("Item")
    return from_item(item) if item else None
