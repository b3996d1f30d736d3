"""What the tables hold (ImageRecord, DogUpload), and how ids and timestamps are made.

How the records are stored is in aws.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

#: The owner of objects that were put into S3 directly.
SYSTEM = "system"
#: The owner of images on a stage without authentication.
ANONYMOUS = "anonymous"
UPLOADS = "uploads/"

#: For each kind of metadata: the `count` of findings and their `bytes`.
Report = Mapping[str, Mapping[str, int]]


class Status(StrEnum):
    """The processing state of an image."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    #: All retries failed. The event is in the dead-letter queue.
    FAILED = "failed"
    #: The photo cannot be processed, and a retry cannot help.
    REJECTED = "rejected"
    EXPIRED = "expired"


class VariantName(StrEnum):
    """The stored outputs of an image, and its original."""

    ORIGINAL = "original"
    PROCESSED = "processed"
    RESIZED = "resized"
    SANITIZED = "sanitized"


@dataclass(frozen=True)
class Variant:
    """One stored object of an image. `size` is in bytes, `width` and `height` in pixels; 0 means not known yet.

    Only an original has an `etag`. It shows whether the object has been overwritten since.
    """

    bucket: str
    key: str
    format: str
    size: int
    width: int = 0
    height: int = 0
    etag: str = ""


@dataclass(frozen=True)
class Fault:
    """Why an image was rejected or failed. `limit` and `actual` are set if a limit was exceeded."""

    code: str
    detail: str
    limit: int | None = None
    actual: int | None = None


@dataclass(frozen=True)
class Claim:
    """The state of an Idempotency-Key: a fingerprint of its request, and two times in seconds since the epoch."""

    fingerprint: str
    #: Until this time, a repeated request gets this record.
    kept_until: int
    #: Until this time, a record in `processing` counts as still in progress.
    lease_until: int


@dataclass(frozen=True)
class Attempt:
    """The last delivery of an event that started on the record. Retries by Lambda have the same request id."""

    request_id: str
    number: int


@dataclass(frozen=True)
class ImageRecord:
    """One image. `size` to `sha256` describe the uploaded photo.

    `width` and `height` are those of the upright picture if it was decoded, else as stored in the file.
    """

    id: str
    owner: str
    status: Status
    timestamp: str
    filename: str = ""
    s3_path: str = ""
    size: int = 0
    format: str = ""
    width: int = 0
    height: int = 0
    sha256: str = ""
    recipe: Mapping[str, str | int | bool] = field(default_factory=dict)
    variants: Mapping[str, Variant] = field(default_factory=dict)
    #: The metadata that was removed and the metadata that was kept.
    report: Mapping[str, Report] = field(default_factory=dict)
    error: Fault | None = None
    #: The S3 key of the uploaded object, or "" if the photo came over REST.
    source: str = ""
    #: When a presigned upload that nobody used expires, in seconds since the epoch (the table's TTL).
    expires_at: int | None = None
    claim: Claim | None = None
    attempt: Attempt | None = None

    def status_at(self, now: datetime) -> Status:
        """Return the status. A pending record is expired after `expires_at`: DynamoDB deletes it up to days later."""
        if self.status is Status.PENDING and self.expires_at and self.expires_at <= now.timestamp():
            return Status.EXPIRED
        return self.status


@dataclass(frozen=True)
class DogUpload:
    """One stored dog picture. `image_name` is its key in the dog bucket."""

    image_name: str
    image_url: str
    upload_timestamp: str
    #: The format of the bytes: `png`, `jpeg` and so on.
    file_type: str
    #: True if the format requires an alert.
    alert_triggered: bool
    #: The id that every copy of the alert carries, or "" if there is no alert.
    alert_id: str = ""
    #: True after the picture was deleted.
    expired: bool = False


def new_id() -> str:
    """Return an id that nobody can guess: 128 random bits in hexadecimal."""
    return secrets.token_hex(16)


def derived_id(*parts: str) -> str:
    """Return the same id for the same parts, so that a repeated event or request finds its record."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def id_in_key(key: str) -> str | None:
    """Return the id in a key of the form `uploads/<id>/<name>`, or None if the key has another form."""
    parts = key.split("/")
    return parts[1] if len(parts) == 3 and key.startswith(UPLOADS) and is_id(parts[1]) else None


def is_id(text: str) -> bool:
    """Return whether the text has the form of an id."""
    return len(text) == 32 and set(text) <= set("0123456789abcdef")


def timestamp(now: datetime) -> str:
    """Format a time in UTC with milliseconds. The results sort in the order of time."""
    return now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}Z"
