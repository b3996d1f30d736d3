"""ImageRecord: what the table holds of one image, and how its id and keys come about."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

#: The owner of what came through S3 by hand.
SYSTEM = "system"
#: The owner of what is made where nobody is asked who they are.
ANONYMOUS = "anonymous"
UPLOADS = "uploads/"

#: Findings summed up by kind: `count` and `bytes` of each.
Report = Mapping[str, Mapping[str, int]]


class Status(StrEnum):
    """Where an image stands."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    #: Retries are used up; the event lies in the dead-letter queue.
    FAILED = "failed"
    #: The photo itself is at fault.
    REJECTED = "rejected"
    EXPIRED = "expired"


class VariantName(StrEnum):
    """A stored output, or the original where one is kept."""

    ORIGINAL = "original"
    PROCESSED = "processed"
    RESIZED = "resized"
    SANITIZED = "sanitized"


@dataclass(frozen=True)
class Variant:
    """One stored object of an image; size in bytes, width and height in pixels, 0 where they are not known yet.

    `etag` is kept of an original alone: it tells whether the object is still the one that the record is of.
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
    """Why an image was rejected or failed; `limit` and `actual` where a limit was passed."""

    code: str
    detail: str
    limit: int | None = None
    actual: int | None = None


@dataclass(frozen=True)
class Claim:
    """What an Idempotency-Key holds: the request's fingerprint and two instants, in seconds since the epoch."""

    fingerprint: str
    #: Until then the key answers with this record.
    kept_until: int
    #: Until then a record in `processing` is taken to be under way.
    lease_until: int


@dataclass(frozen=True)
class Attempt:
    """The delivery that last began on the record; Lambda repeats the request id when it retries an event."""

    request_id: str
    number: int


@dataclass(frozen=True)
class ImageRecord:
    """One image; `size` to `sha256` describe the photo as it was sent, upright where it was decoded, else as stored."""

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
    #: What a scrub removed and kept.
    report: Mapping[str, Report] = field(default_factory=dict)
    error: Fault | None = None
    #: The key in S3 that it came from, if it came from there.
    source: str = ""
    #: Seconds since the epoch at which an unused ticket ends (the table's TTL).
    expires_at: int | None = None
    claim: Claim | None = None
    attempt: Attempt | None = None

    def status_at(self, now: datetime) -> Status:
        """Tell the status; a ticket past its time is expired though the table's TTL has not come by yet."""
        if self.status is Status.PENDING and self.expires_at and self.expires_at <= now.timestamp():
            return Status.EXPIRED
        return self.status


@dataclass(frozen=True)
class DogUpload:
    """One stored dog picture; `image_name` is its key in the bucket of dogs."""

    image_name: str
    image_url: str
    upload_timestamp: str
    #: What the bytes are: `png`, `jpeg` and so on.
    file_type: str
    #: Whether that type calls for an alert.
    alert_triggered: bool
    #: What every copy of its alert carries; empty where none was sent.
    alert_id: str = ""
    #: Set by the clean-up once the picture is gone.
    expired: bool = False


def new_id() -> str:
    """Draw an id that cannot be guessed: 128 random bits in hexadecimal."""
    return secrets.token_hex(16)


def derived_id(*parts: str) -> str:
    """Derive the same id from the same parts, so that a repeated event or request finds its own record."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def id_in_key(key: str) -> str | None:
    """Read the id out of `uploads/<id>/<name>`; None for a key that was made by hand."""
    parts = key.split("/")
    return parts[1] if len(parts) == 3 and key.startswith(UPLOADS) and is_id(parts[1]) else None


def is_id(text: str) -> bool:
    """Tell whether the text has the form of an id."""
    return len(text) == 32 and set(text) <= set("0123456789abcdef")


def timestamp(now: datetime) -> str:
    """Write an instant in UTC with milliseconds, in a form that sorts."""
    return now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}Z"
