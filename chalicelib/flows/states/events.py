"""What can happen to an image, and what a decision about it looks like."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from chalicelib.records import Attempt, Fault, SourceObject, Variant


class Action(StrEnum):
    """What the caller does after it has written the changes."""

    #: Nothing else.
    WRITE = "write"
    #: Make the outputs.
    PROCESS = "process"
    #: Write nothing, and delete the objects that the event brought: they belong to no image.
    DISCARD = "discard"
    #: Write nothing, and try again later: another attempt works on the image.
    WAIT = "wait"
    #: Write nothing.
    NOTHING = "nothing"


@dataclass(frozen=True)
class Decision:
    """The action, and the fields of the record that change."""

    action: Action
    changes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Created:
    """S3 has an object for the image; `request_id` identifies the delivery of the event."""

    original: Variant
    source: SourceObject
    request_id: str
    now: int
    #: The outputs that processing would write.
    writing: Mapping[str, Variant]
    #: The end of this attempt at the latest.
    writes_until: int
    #: When the reconciliation takes over.
    due_at: int
    max_attempts: int
    #: True if the original is deleted after success.
    ends_original: bool = False
    #: The options of an object that was put without the API.
    options: Mapping[str, str] = field(default_factory=dict)
    #: True if an output of the completed image is missing.
    repair: bool = False
    #: True if S3 lists the object below the one that the image stands for. Only then it matters without a sequencer.
    is_older: bool = False
    #: True if a version with other bytes is under the same key.
    has_other_photos: bool = False


@dataclass(frozen=True)
class Stored:
    """An asynchronous post has stored its original."""

    original: Variant


@dataclass(frozen=True)
class Completed:
    """An attempt has stored all outputs. `fields` describe the photo."""

    attempt: Attempt
    outputs: Mapping[str, Variant]
    fields: Mapping[str, Any]
    retry_at: int
    #: When a superseded image loses the objects under the shared key.
    superseded_due: int = 0
    ends_original: bool = False
    superseded: bool = False
    now: int = 0


@dataclass(frozen=True)
class Rejected:
    """An attempt found that the photo cannot be processed; `missing` if its object does not exist."""

    attempt: Attempt
    fault: Fault
    missing: bool = False
    now: int = 0


@dataclass(frozen=True)
class Failed:
    """The last attempt has failed."""

    attempt: Attempt
    fault: Fault
    now: int


@dataclass(frozen=True)
class Superseded:
    """Another object, `source`, was created under the key of the original."""

    source: SourceObject
    now: int
    due_at: int
    #: The version that was overwritten. An image that stands for another version by now is not superseded.
    version_id: str = ""


@dataclass(frozen=True)
class Deleted:
    """The owner deletes the image, or its post failed. The reconciliation finishes at `retry_at`."""

    retry_at: int
    #: Further versions of the original under a shared key.
    originals: tuple[Variant, ...] = ()
    #: True if a post has failed: nobody was told of its image yet.
    undoes_post: bool = False
    now: int = 0


@dataclass(frozen=True)
class ObjectsDeleted:
    """The clean-up has deleted versions of a bucket, as pairs of key and version id.

    The keys of versions that were the latest are in `keys`: a variant without a known version is one of these.
    """

    bucket: str
    versions: frozenset[tuple[str, str]]
    keys: frozenset[str]
    now: int = 0


@dataclass(frozen=True)
class Due:
    """The time `due_at` of the record has come; `stored` is the object under the key of a pending original."""

    now: int
    retry_at: int
    stored: Variant | None = None


@dataclass(frozen=True)
class Removed:
    """The objects that a record named in `removing` and `writing` are deleted."""

    removing: Mapping[str, Variant]
    writing: Mapping[str, Variant]
    now: int
    #: When a superseded image loses the objects under the shared key.
    superseded_due: int | None = None


@dataclass(frozen=True)
class Told:
    """The messages with these ids are sent."""

    ids: frozenset[str]
