"""The counts of the dog uploads: items of the dogs table that each log entry updates.

A day has SHARDS items, `stats#<day>#<shard>`, so that no item is hot and bulk ingestion rarely meets a conflict of two
transactions. They are in the index by-time under `stats#<shard>` with the day as range key; the list of uploads asks
for `dogs#<shard>` only. An entry is written with a marker `run#<digest>`, which makes a second one of its run fail.
Decision 41 says why.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chalicelib.aws.clients import Clients, calling
from chalicelib.aws.dog_items import digest_of
from chalicelib.aws.listing import Index
from chalicelib.dog_records import DogCounts, DogUpload

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import PutTypeDef, UpdateTypeDef

SHARDS = 8
#: Seconds that a marker stays. An execution ends within three days, and its retries with it.
_MARKER_SECONDS = 7 * 86_400
#: Breeds that are counted by name. Others are counted together, so that addresses of people cannot fill an item.
_BREED = re.compile(r"[a-z]{1,40}(-[a-z]{1,40})?")
OTHER = "other"
_TYPE, _BREED_OF = "type:", "breed:"


def marker(table: str, upload: DogUpload, run: str) -> "PutTypeDef":
    """Return the put that fails if the run has logged the picture before, whatever has become of the row."""
    digest = hashlib.sha256(f"{run}\0{upload.image_name}".encode()).hexdigest()[:32]
    until = int(datetime.fromisoformat(upload.upload_timestamp).timestamp()) + _MARKER_SECONDS
    return {
        "TableName": table,
        "Item": {"image_name": {"S": f"run#{digest}"}, "expires_at": {"N": str(until)}},
        "ConditionExpression": "attribute_not_exists(image_name)",
    }


def increment(table: str, upload: DogUpload) -> "UpdateTypeDef":
    """Return the update that counts an upload in the item of its day."""
    day, shard = upload.upload_timestamp[:10], int(digest_of(upload), 16) % SHARDS
    names = {f"#n{number}": name for number, name in enumerate(_counted(upload))}
    return {
        "TableName": table,
        "Key": {"image_name": {"S": f"stats#{day}#{shard}"}},
        "UpdateExpression": f"SET list_key = :key, listed_at = :day ADD {', '.join(f'{name} :one' for name in names)}",
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": {":one": {"N": "1"}, ":key": {"S": f"stats#{shard}"}, ":day": {"S": day}},
    }


def days(clients: Clients, index: Index, since: str) -> dict[str, DogCounts]:
    """Return the counts of each day from `since` (such as `2026-11-01`) that has uploads, the first day first."""
    found: dict[str, DogCounts] = {}
    for shard in range(SHARDS):
        for item in _items(clients, index, f"stats#{shard}", since):
            found.setdefault(item["listed_at"]["S"], DogCounts()).add(_counts(item))
    return dict(sorted(found.items()))


def _counted(upload: DogUpload) -> Iterator[str]:
    """Yield the attributes that an upload increments."""
    breed = upload.breed if _BREED.fullmatch(upload.breed) else OTHER
    yield from ("uploads", f"{_TYPE}{upload.file_type}", f"{_BREED_OF}{breed}")
    if upload.alert_id:
        yield "alerts"
    if upload.unexpected_type:
        yield "unexpected_types"


def _items(clients: Clients, index: Index, partition: str, since: str) -> Iterable[Mapping[str, Any]]:
    request: dict[str, Any] = {
        "TableName": index.table,
        "IndexName": index.name,
        "KeyConditionExpression": "#partition = :value AND listed_at >= :since",
        "ExpressionAttributeNames": {"#partition": index.attribute},
        "ExpressionAttributeValues": {":value": {"S": partition}, ":since": {"S": since}},
    }
    with calling("DynamoDB"):
        for page in clients.dynamodb.get_paginator("query").paginate(**request):
            yield from page["Items"]


def _counts(item: Mapping[str, Any]) -> DogCounts:
    numbers = {name: int(value["N"]) for name, value in item.items() if "N" in value}
    uploads, alerts, unexpected = (numbers.get(name, 0) for name in ("uploads", "alerts", "unexpected_types"))
    counts = DogCounts(uploads, alerts, unexpected)
    for kind, counter in ((_TYPE, counts.types), (_BREED_OF, counts.breeds)):
        counter.update({name.removeprefix(kind): each for name, each in numbers.items() if name.startswith(kind)})
    return counts
