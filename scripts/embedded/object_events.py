"""Replaces private names of moto's S3, so that it sends the events of created objects as S3 does.

- `notifications._get_s3_event` leaves out the version and the sequencer, and escapes the slashes of a key.
- `S3Backend.put_object` sends `ObjectCreated:Put` for a multipart upload, before its `CompleteMultipartUpload`.
- `S3Backend.put_object` has no lock: of two puts under one key at the same time, one version can get lost.

tests/scripts/embedded/test_object_events.py fails if a new moto renames one of these.
"""

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from moto.s3 import notifications
from moto.s3.models import S3Backend

from scripts.embedded.functions import Event

DescribeObject = Callable[[str, Any, Any, str], Event]
PutObject = Callable[..., Any]


class Sequencers:
    """Numbers the stored objects in the order in which they were stored, as 18 hexadecimal digits."""

    def __init__(self) -> None:
        self._next = itertools.count(1)

    def of(self, stored: Any) -> str:
        """Return the sequencer of a stored object; the first call for it chooses the next number."""
        attributes = vars(stored)
        if "sequencer" not in attributes:
            attributes["sequencer"] = f"{next(self._next):018X}"
        return str(attributes["sequencer"])


@contextmanager
def installed() -> Iterator[None]:
    """Make moto send these events until the block ends."""
    put, describe, sequencers = S3Backend.put_object, notifications._get_s3_event, Sequencers()
    S3Backend.put_object = _one_at_a_time(put, sequencers)
    notifications._get_s3_event = _complete(describe, sequencers)
    try:
        yield
    finally:
        S3Backend.put_object, notifications._get_s3_event = put, describe


def _one_at_a_time(original: PutObject, sequencers: Sequencers) -> PutObject:
    lock = threading.Lock()

    def put_object(self: Any, *arguments: Any, **options: Any) -> Any:
        if options.get("multipart"):
            # moto sends CompleteMultipartUpload, or Copy, by itself.
            options["disable_notification"] = True
        with lock:
            stored = original(self, *arguments, **options)
            # Some events are sent after the put. Their sequencer is chosen here, in the order of the versions.
            sequencers.of(stored)
        return stored

    return put_object


def _complete(original: DescribeObject, sequencers: Sequencers) -> DescribeObject:
    def describe(event_name: str, bucket: Any, stored: Any, notification_id: str) -> Event:
        event = original(event_name, bucket, stored, notification_id)
        described = event["Records"][0]["s3"]["object"]
        described["key"] = described["key"].replace("%2F", "/")
        described["sequencer"] = sequencers.of(stored)
        if bucket.is_versioned:
            described["versionId"] = stored.version_id
        return event

    return describe
