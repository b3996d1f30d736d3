"""How a dog upload is stored: the attributes of its DynamoDB item."""

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chalicelib.dog_records import DogUpload

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef


def to_item(upload: DogUpload, run: str, shards: int) -> "dict[str, AttributeValueTypeDef]":
    """Return the item of an upload, with the run that logs it and the keys of the index."""
    digest = digest_of(upload)
    texts = {
        "image_name": upload.image_name,
        "image_url": upload.image_url,
        "upload_timestamp": upload.upload_timestamp,
        "file_type": upload.file_type,
        "alert_id": upload.alert_id,
        "breed": upload.breed,
        "run": run,
        "list_key": f"dogs#{int(digest, 16) % shards}",
        "listed_at": f"{upload.upload_timestamp}#{digest}",
    }
    flags = {"alert_triggered": upload.alert_triggered, "unexpected_type": upload.unexpected_type}
    item: dict[str, AttributeValueTypeDef] = {name: {"S": text} for name, text in texts.items() if text}
    return item | {name: {"BOOL": flag} for name, flag in flags.items()}


def from_item(item: Mapping[str, Any]) -> DogUpload:
    """Return the upload of an item, also of one that an earlier version has written."""
    return DogUpload(
        image_name=item["image_name"]["S"],
        image_url=item["image_url"]["S"],
        upload_timestamp=item["upload_timestamp"]["S"],
        file_type=item["file_type"]["S"],
        alert_triggered=item["alert_triggered"]["BOOL"],
        alert_id=item.get("alert_id", {}).get("S", ""),
        expired=item.get("expired", {}).get("BOOL", False),
        breed=item.get("breed", {}).get("S", ""),
        unexpected_type=item.get("unexpected_type", {}).get("BOOL", False),
    )


def digest_of(upload: DogUpload) -> str:
    """Return 32 hexadecimal digits of the picture's key, which choose its partitions."""
    return hashlib.sha256(upload.image_name.encode()).hexdigest()[:32]
