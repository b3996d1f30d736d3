"""Ids, keys and times of records have fixed forms, and a presigned upload expires on time."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.keys import UPLOADS
from chalicelib.records import ImageRecord, SourceObject, Status, shown_owner, timestamp

ID = "0123456789abcdef0123456789abcdef"
NOW = datetime(2026, 3, 1, 12, 0, 0, 123_456, tzinfo=UTC)
PENDING = ImageRecord(ID, "anonymous", Status.PENDING, timestamp(NOW), upload_until=int(NOW.timestamp()) + 60)


def test_an_owner_is_shown_as_a_hash_of_stage_and_owner() -> None:
    arn = "arn:aws:iam::123456789012:user/ann"
    shown = shown_owner("prod", arn)
    assert re.fullmatch("[0-9a-f]{16}", shown)
    assert shown == shown_owner("prod", arn)
    assert len({shown, shown_owner("dev", arn), shown_owner("prod", arn + "2")}) == 3


@pytest.mark.parametrize("owner", ["system", "anonymous"])
def test_the_owners_that_are_nobody_are_shown_as_they_are(owner: str) -> None:
    assert shown_owner("prod", owner) == owner


def test_sequencers_order_the_events_of_a_key() -> None:
    first, second, longer = (SourceObject("e", sequencer=text) for text in ("0A", "0B", "00F0"))
    assert first.is_older_than(second)
    assert not second.is_older_than(first)
    assert second.is_older_than(longer)
    assert first.is_older_than(replace(first, etag="f"))


def test_an_event_without_a_sequencer_counts_as_later() -> None:
    assert SourceObject("e", sequencer="0A").is_older_than(SourceObject("e"))
    assert SourceObject("e").is_older_than(SourceObject("e"))


@pytest.mark.parametrize(
    ("key", "owned"),
    [
        (f"{UPLOADS}{ID}/original.jpg", True),
        (f"processed/{ID}.png", True),
        (f"in/{ID}.jpg.bak", True),
        ("uploads/a.jpg", False),
        (f"{UPLOADS}{ID[::-1]}/original.jpg", False),
    ],
)
def test_a_key_that_contains_the_id_belongs_to_the_image(key: str, *, owned: bool) -> None:
    assert PENDING.owns_key(key) is owned


def test_a_timestamp_has_milliseconds() -> None:
    assert timestamp(NOW) == "2026-03-01T12:00:00.123Z"
    assert timestamp(NOW.replace(microsecond=999)) == "2026-03-01T12:00:00.000Z"


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2200, 1, 1)),  # noqa: DTZ001 - hypothesis adds the time zone
    st.timedeltas(timedelta(milliseconds=1), timedelta(days=1000)),
)
def test_timestamps_sort_in_the_order_of_time(earlier: datetime, difference: timedelta) -> None:
    assert timestamp(earlier.replace(tzinfo=UTC)) < timestamp((earlier + difference).replace(tzinfo=UTC))


@pytest.mark.parametrize(("seconds", "status"), [(0, Status.PENDING), (59, Status.PENDING), (60, Status.EXPIRED)])
def test_a_pending_record_expires_before_dynamodb_deletes_it(seconds: int, status: Status) -> None:
    assert PENDING.status_at(NOW.replace(microsecond=0) + timedelta(seconds=seconds)) is status


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.PENDING])
def test_only_a_pending_record_expires_by_time(status: Status) -> None:
    assert replace(PENDING, status=status).status_at(NOW + timedelta(days=9)) is status


def test_a_pending_record_without_an_end_does_not_expire() -> None:
    assert replace(PENDING, upload_until=None).status_at(NOW + timedelta(days=9)) is Status.PENDING
