"""The dog uploads in DynamoDB, and the index that lists them."""

from typing import TYPE_CHECKING

from chalicelib.aws import dog_stats, listing
from chalicelib.aws.clients import Clients, calling
from chalicelib.aws.dog_items import from_item, to_item
from chalicelib.aws.listing import Index
from chalicelib.dog_records import DogCounts, DogUpload
from chalicelib.errors import Conflict

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import PutTypeDef


class DogCatalog:
    """The table of dog uploads."""

    def __init__(self, clients: Clients, table: str, shards: int) -> None:
        self._clients = clients
        self._table = table
        self._index = Index(table, "by-time", "list_key")
        self._shards = shards

    def find(self, image_name: str) -> DogUpload | None:
        """Return a row by a strongly consistent read, or None if there is none.

        Raises ImageNotFound if the table does not exist.
        """
        with calling("DynamoDB", missing=f"There is no table {self._table!r}."):
            answer = self._clients.dynamodb.get_item(
                TableName=self._table, Key={"image_name": {"S": image_name}}, ConsistentRead=True
            )
        item = answer.get("Item", {})
        # The counts of a day are items of this table too.
        return from_item(item) if "upload_timestamp" in item else None

    def record(self, upload: DogUpload, run: str) -> DogUpload:
        """Write the row of an upload, count it, and return the row that is in the table then.

        A retry within the same run keeps the row and counts nothing. A later run overwrites it, and is counted.
        """
        marker, count = dog_stats.marker(self._table, upload, run), dog_stats.increment(self._table, upload)
        try:
            with calling("DynamoDB"):
                self._clients.dynamodb.transact_write_items(
                    TransactItems=[{"Put": marker}, {"Put": self._row(upload, run)}, {"Update": count}]
                )
        except Conflict:
            return self.find(upload.image_name) or upload
        return upload

    def expire(self, image_name: str) -> None:
        """Mark a row as expired: its picture is deleted. It is no error if there is no row."""
        try:
            with calling("DynamoDB"):
                self._clients.dynamodb.update_item(
                    TableName=self._table,
                    Key={"image_name": {"S": image_name}},
                    UpdateExpression="SET expired = :true",
                    ConditionExpression="attribute_exists(upload_timestamp)",
                    ExpressionAttributeValues={":true": {"BOOL": True}},
                )
        except Conflict:
            return

    def newest(self, limit: int, before: str | None) -> tuple[list[DogUpload], str | None]:
        """List at most `limit` uploads, newest first, from before the position `before`.

        Return them with the position of the next page, or None on the last page.
        """
        partitions = [f"dogs#{shard}" for shard in range(self._shards)]
        items, position = listing.newest(self._clients, self._index, partitions, limit, before)
        return [from_item(item) for item in items], position

    def counts(self, since: str) -> dict[str, DogCounts]:
        """Return the counts of each day from `since` (such as `2026-11-01`) that has uploads, the first day first."""
        return dog_stats.days(self._clients, self._index, since)

    def _row(self, upload: DogUpload, run: str) -> "PutTypeDef":
        """Return the put of a row. A row of this run that an earlier version has written, without a marker, is kept."""
        return {
            "TableName": self._table,
            "Item": to_item(upload, run, self._shards),
            "ConditionExpression": "attribute_not_exists(image_name) OR run <> :run",
            "ExpressionAttributeValues": {":run": {"S": run}},
        }
