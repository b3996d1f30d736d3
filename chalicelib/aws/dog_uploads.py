"""The dog uploads in DynamoDB, and the index that lists them."""

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chalicelib.aws import listing
from chalicelib.aws.clients import Clients, calling
from chalicelib.aws.listing import Index
from chalicelib.errors import Conflict
from chalicelib.records import DogUpload

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef


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
        return _from_item(answer["Item"]) if "Item" in answer else None

    def record(self, upload: DogUpload, run: str) -> DogUpload:
        """Write the row of an upload and return the row that is in the table then.

        A retry within the same run keeps the first row. A later run overwrites it.
        """
        condition, values = "attribute_not_exists(image_name) OR run <> :run", {":run": {"S": run}}
        try:
            with calling("DynamoDB"):
                self._clients.dynamodb.put_item(
                    TableName=self._table,
                    Item=self._to_item(upload, run),
                    ConditionExpression=condition,
                    ExpressionAttributeValues=values,
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
                    ConditionExpression="attribute_exists(image_name)",
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
        return [_from_item(item) for item in items], position

    def _to_item(self, upload: DogUpload, run: str) -> "dict[str, AttributeValueTypeDef]":
        digest = hashlib.sha256(upload.image_name.encode()).hexdigest()[:32]
        texts = {
            "image_name": upload.image_name,
            "image_url": upload.image_url,
            "upload_timestamp": upload.upload_timestamp,
            "file_type": upload.file_type,
            "alert_id": upload.alert_id,
            "run": run,
            "list_key": f"dogs#{int(digest, 16) % self._shards}",
            "listed_at": f"{upload.upload_timestamp}#{digest}",
        }
        item: dict[str, AttributeValueTypeDef] = {name: {"S": text} for name, text in texts.items() if text}
        return item | {"alert_triggered": {"BOOL": upload.alert_triggered}}


def _from_item(item: Mapping[str, Any]) -> DogUpload:
    return DogUpload(
        image_name=item["image_name"]["S"],
        image_url=item["image_url"]["S"],
        upload_timestamp=item["upload_timestamp"]["S"],
        file_type=item["file_type"]["S"],
        alert_triggered=item["alert_triggered"]["BOOL"],
        alert_id=item.get("alert_id", {}).get("S", ""),
        expired=item.get("expired", {}).get("BOOL", False),
    )
