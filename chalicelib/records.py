"""What the table of images holds (ImageRecord), and how timestamps are made.

How the records are stored is in aws.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from chalicelib.keys import id_in_key, id_of_rendition

#: The owner of objects that were put into S3 directly.
SYSTEM = "system"
#: The owner of images on a stage without authentication.
ANONYMOUS = "anonymous"
#: Seconds until the reconciliation sends a message that the writer of an end has not sent.
TELL_SECONDS = 60
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
    #: A tombstone: the image was deleted, and its objects are deleted until nobody can write one any more.
    DELETED = "deleted"


class VariantName(StrEnum):
    """The stored outputs of an image, and its original. Renditions are further outputs, under names of their own."""

    ORIGINAL = "original"
    PROCESSED = "processed"
    RESIZED = "resized"
    SANITIZED = "sanitized"


@dataclass(frozen=True)
class Variant:
    """One stored object of an image. `size` is in bytes, `width` and `height` in pixels; 0 means not known yet.

    `version_id` is "" if the version is not known: in a record from before versions, or before the object is written.
    """

    bucket: str
    key: str
    format: str
    size: int
    width: int = 0
    height: int = 0
    etag: str = ""
    version_id: str = ""


@dataclass(frozen=True)
class SourceObject:
    """The newest S3 object that an image was made from. S3's `sequencer` orders the events of one key."""

    etag: str
    version_id: str = ""
    sequencer: str = ""

    def is_older_than(self, other: "SourceObject") -> bool:
        """Return whether the other object was created later. Without sequencers, the other event counts as later."""
        if not other.sequencer:
            return True
        length = max(len(self.sequencer), len(other.sequencer))
        return self.sequencer.rjust(length, "0") <= other.sequencer.rjust(length, "0")


@dataclass(frozen=True)
class Fault:
    """Why an image was rejected or failed. `limit` and `actual` are set if a limit was exceeded."""

    code: str
    detail: str
    limit: int | None = None
    actual: int | None = None


@dataclass(frozen=True)
class Claim:
    """The state of an Idempotency-Key: a fingerprint of its request, and a time in seconds since the epoch."""

    fingerprint: str
    #: Until this time, a repeated request gets this record.
    kept_until: int


@dataclass(frozen=True)
class Attempt:
    """The last request, or delivery of an event, that works on the record. Lambda's retries have one request id."""

    request_id: str
    number: int


@dataclass(frozen=True)
class Ending:
    """An end whose message is owed, with what a later attempt may change: copies of the message must be equal.

    `id` is the message's; `at` is in seconds since the epoch, and `error` a code or "".
    """

    id: str
    status: str
    at: int
    format: str = ""
    error: str = ""


@dataclass(frozen=True)
class Loss:
    """What a photo had, and what its processed variant keeps of it: numbers, or names of gamuts."""

    kind: str
    had: int | str
    kept: int | str


@dataclass(frozen=True)
class Placeholder:
    """What a client shows while the picture loads: a ThumbHash in base64, and the dominant colour as #rrggbb."""

    thumbhash: str
    color: str


@dataclass(frozen=True)
class ImageRecord:
    """One image. All times are in seconds since the epoch.

    `size` and `format` describe the object that `s3_path` names. `source_size` to `sha256` describe the photo that
    came. In a record from before these two fields, `source_size` is 0, and `size` and `format` are those of the photo.
    `width` and `height` are those of the upright picture if it was decoded, else as stored in the file. `variants`
    names only objects that exist; an object is named in `writing` before it is written.
    """

    id: str
    owner: str
    status: Status
    timestamp: str
    filename: str = ""
    s3_path: str = ""
    size: int = 0
    format: str = ""
    source_size: int = 0
    source_format: str = ""
    width: int = 0
    height: int = 0
    sha256: str = ""
    recipe: Mapping[str, str | int | bool] = field(default_factory=dict)
    #: The options of an object that was put without the API, as they were found.
    options: Mapping[str, str] = field(default_factory=dict)
    variants: Mapping[str, Variant] = field(default_factory=dict)
    #: The metadata that was removed and the metadata that was kept.
    report: Mapping[str, Report] = field(default_factory=dict)
    error: Fault | None = None
    #: What the processed variant lost of the photo; empty if nothing, None if that is not known.
    lost: tuple[Loss, ...] | None = None
    #: What stands for the picture while it loads; None if the photo was not decoded.
    placeholder: Placeholder | None = None
    #: The S3 key of the uploaded object, or "" if the photo came over REST.
    source: str = ""
    claim: Claim | None = None
    attempt: Attempt | None = None
    source_object: SourceObject | None = None
    #: Objects that an attempt may have written; their versions are not known yet.
    writing: Mapping[str, Variant] = field(default_factory=dict)
    #: Objects to delete, which the image no longer has.
    removing: Mapping[str, Variant] = field(default_factory=dict)
    #: Until this time, a request, a handler or an upload may still write an object of the image.
    writes_until: int | None = None
    #: When the reconciliation must look at the record.
    due_at: int | None = None
    #: When another object overwrote the one that this image was made from.
    superseded_at: int | None = None
    #: When a presigned upload that nobody used expires.
    upload_until: int | None = None
    #: When DynamoDB may delete the record (the table's TTL).
    delete_after: int | None = None
    #: The ends whose messages are not known to be sent, the oldest first.
    owed: tuple[Ending, ...] = ()
    #: The number of writes of the record. Each write is conditional on it.
    rev: int = 0
    #: A random token of the last write: it shows whether a repeated write meets itself.
    token: str = ""

    def status_at(self, now: datetime) -> Status:
        """Return the status. A pending upload is expired after `upload_until`, also before its record is updated."""
        until = self.upload_until or self.delete_after
        if self.status is Status.PENDING and until and until <= now.timestamp():
            return Status.EXPIRED
        return self.status

    @property
    def photo_format(self) -> str:
        """Return the format of the photo that came, or "" if it is not known."""
        return self.source_format if self.source_size else self.format

    @property
    def original_bucket(self) -> str:
        """Return the bucket of the original; after its deletion that of the newest object, and "" for none."""
        named = (self.original, self.writing.get("original"), self.removing.get("original"))
        path = self.s3_path.removeprefix("s3://").partition("/")[0]
        return next((each.bucket for each in named if each), path)

    @property
    def original(self) -> Variant | None:
        """Return the original, or None if it is not stored or was deleted."""
        return self.variants.get(VariantName.ORIGINAL.value)

    @property
    def next_due(self) -> int | None:
        """Return when the reconciliation must look at the record: at `due_at`, or for a message that it owes."""
        return min(filter(None, (self.due_at, *(each.at + TELL_SECONDS for each in self.owed))), default=None)

    def owns_key(self, key: str) -> bool:
        """Return whether no other image can have an object under this key: the key contains the image's id."""
        return self.id in (id_in_key(key), id_of_rendition(key), key.rsplit("/", 1)[-1].partition(".")[0])


def shown_owner(stage: str, owner: str) -> str:
    """Return the name under which an owner is shown: a hash, since an IAM ARN contains the account's number."""
    if owner in (SYSTEM, ANONYMOUS):
        return owner
    return hashlib.sha256(f"{stage}\0{owner}".encode("utf-8", "surrogatepass")).hexdigest()[:16]


def timestamp(now: datetime) -> str:
    """Format a time in UTC with milliseconds. The results sort in the order of time."""
    return now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}Z"
