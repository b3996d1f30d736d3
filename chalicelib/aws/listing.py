"""List the newest items of a DynamoDB index whose items are spread over several partitions.

The range key of every index is `listed_at`: a timestamp, `#`, and a suffix that makes it unique.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from chalicelib.aws.clients import Clients, calling


class Index(NamedTuple):
    """A secondary index of a table; `attribute` is its hash key."""

    table: str
    name: str
    attribute: str


def newest(
    clients: Clients, index: Index, partitions: Iterable[str], limit: int, before: str | None
) -> tuple[list[dict[str, Any]], str | None]:
    """List at most `limit` items of some partitions, newest first, from before the position `before`.

    Return them with the position of the next page, or None on the last page. A position is one value of `listed_at`:
    every partition is queried from it and the results are merged, so it is valid for any number of partitions.
    """
    items = [item for each in dict.fromkeys(partitions) for item in query(clients, index, each, limit + 1, before)]
    items.sort(key=_listed_at, reverse=True)
    return items[:limit], _listed_at(items[limit - 1]) if len(items) > limit else None


def query(
    clients: Clients, index: Index, partition: str, limit: int, before: str | None = None
) -> list[dict[str, Any]]:
    """List the newest items of one partition. DynamoDB ends a page at 1 MB, so several queries may be necessary."""
    condition, values = "#partition = :value", {":value": {"S": partition}}
    if before:
        condition, values[":before"] = f"{condition} AND listed_at < :before", {"S": before}
    request: dict[str, Any] = {
        "TableName": index.table,
        "IndexName": index.name,
        "KeyConditionExpression": condition,
        "ExpressionAttributeNames": {"#partition": index.attribute},
        "ExpressionAttributeValues": values,
        "ScanIndexForward": False,
    }
    items: list[dict[str, Any]] = []
    while True:
        with calling("DynamoDB"):
            answer = clients.dynamodb.query(**request, Limit=limit - len(items))
        items += answer["Items"]
        if len(items) >= limit or "LastEvaluatedKey" not in answer:
            return items
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def _listed_at(item: Mapping[str, Any]) -> str:
    return str(item["listed_at"]["S"])
