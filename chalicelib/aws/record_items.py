"""How an image record is stored: the attributes of its DynamoDB item, and the keys of the indexes."""

from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from chalicelib.records import (
    Attempt,
    Claim,
    Ending,
    Fault,
    ImageRecord,
    Loss,
    Placeholder,
    SourceObject,
    Status,
    Variant,
)

if TYPE_CHECKING:
    from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

#: Fields whose attribute names differ. Every other field is stored under its own name.
_ATTRIBUTES = {
    "id": "ID",
    "filename": "Filename",
    "status": "Status",
    "timestamp": "Timestamp",
    "s3_path": "S3Path",
    "size": "Size",
    "format": "Format",
    # The table's TTL had this name before records had other times; a table's TTL attribute cannot be renamed.
    "delete_after": "expires_at",
}
_FIELDS = {attribute: name for name, attribute in _ATTRIBUTES.items()}
#: Fields that a message which the record owes takes over: the index has the time of the message, and no TTL is set.
_HELD = ("due_at", "delete_after")
#: Attributes that only the indexes use.
_INDEX_ATTRIBUTES = frozenset({"list_key", "status_key", "source_key", "listed_at", "due_key"})
_VARIANTS = ("variants", "writing", "removing")
#: Values that are not stored, where they are others than for most fields: no loss differs from an unknown one.
_ABSENT = {"lost": (None,)}
_CLASSES = {
    "error": Fault,
    "claim": Claim,
    "attempt": Attempt,
    "source_object": SourceObject,
    "placeholder": Placeholder,
}


def to_item(record: ImageRecord, shards: int) -> dict[str, Any]:
    """Return the item of a record."""
    values = asdict(record)
    if record.owed:
        held = {name: values.pop(name) for name in _HELD}
        values |= {"held": held, "due_at": record.next_due}
    fields = {name: value for name, value in values.items() if value not in _ABSENT.get(name, (None, "", {}, ()))}
    keys = index_keys(record, shards)
    attributes = {_ATTRIBUTES.get(name, name): _storable(value) for name, value in (fields | keys).items()}
    return {name: _serializer().serialize(value) for name, value in attributes.items()}


def from_item(item: Mapping[str, Any]) -> ImageRecord:
    """Return the record of an item, also of one that an earlier version has written."""
    stored = {name: value for name, value in item.items() if name not in _INDEX_ATTRIBUTES}
    fields = {_FIELDS.get(name, name): _plain(_deserializer().deserialize(v)) for name, v in stored.items()}
    fields["status"] = Status(fields["status"])
    for name in _VARIANTS:
        fields[name] = {variant: Variant(**values) for variant, values in fields.get(name, {}).items()}
    if "lost" in fields:
        fields["lost"] = tuple(Loss(**each) for each in fields["lost"])
    if "owed" in fields:
        fields["owed"] = tuple(Ending(**each) for each in fields["owed"])
        fields |= dict.fromkeys(_HELD) | fields.pop("held", {})
    # Claims had a time of their own before the record had `writes_until`.
    fields.get("claim", {}).pop("lease_until", None)
    for name, kind in _CLASSES.items():
        if name in fields:
            fields[name] = kind(**fields[name])
    return ImageRecord(**fields)


def index_keys(record: ImageRecord, shards: int) -> dict[str, Any]:
    """Return the attributes that only indexes use. A tombstone is in no list."""
    shard = int(record.id, 16) % shards
    due = {"due_key": f"due#{shard}"} if record.next_due else {}
    if record.status is Status.DELETED:
        return due
    source = {"source_key": f"{record.owner}#{record.source}"} if record.source else {}
    return {
        "list_key": f"{record.owner}#{shard}",
        "status_key": f"{record.owner}#{record.status}#{shard}",
        "listed_at": f"{record.timestamp}#{record.id}",
        **source,
        **due,
    }


@cache
def _serializer() -> "TypeSerializer":
    from boto3.dynamodb.types import TypeSerializer

    return TypeSerializer()


@cache
def _deserializer() -> "TypeDeserializer":
    from boto3.dynamodb.types import TypeDeserializer

    return TypeDeserializer()


def _storable(value: Any) -> Any:
    """Drop None from maps, and convert a status to text: boto3's serializer accepts only plain types."""
    if isinstance(value, Mapping):
        return {name: _storable(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list | tuple):
        return [_storable(inner) for inner in value]
    return str(value) if isinstance(value, Status) else value


def _plain(value: Any) -> Any:
    """Convert decimals to int: boto3 reads every number as a Decimal, and records hold only whole numbers."""
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return int(value) if isinstance(value, Decimal) else value
