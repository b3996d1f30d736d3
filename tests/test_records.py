"""Ids, keys and times of records have fixed forms, and a presigned upload expires on time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.records import (
    UPLOADS,
    ImageRecord,
    Status,
    derived_id,
    id_in_key,
    is_id,
    new_id,
    timestamp,
)

ID = "0123456789abcdef0123456789abcdef"
NOW = datetime(2026, 3, 1, 12, 0, 0, 123_456, tzinfo=UTC)
PENDING = ImageRecord(ID, "anonymous", Status.PENDING, timestamp(NOW), upload_until=int(NOW.timestamp()) + 60)


def test_new_ids_are_valid_and_different() -> None:
    ids = {new_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(is_id(each) for each in ids)


@pytest.mark.parametrize("text", ["", ID[1:], ID + "0", ID.upper(), "g" + ID[1:], " " + ID[1:], "\u0660" + ID[1:]])
def test_other_texts_are_not_ids(text: str) -> None:
    assert is_id(ID)
    assert not is_id(text)


def test_a_derived_id_does_not_change_between_versions() -> None:
    """Records that are stored already must still be found."""
    assert derived_id("landing", "photo.jpg", "v1") == "b415b1353f8dd29121a23f2fed1b7084"


@given(st.lists(st.text(), min_size=1, max_size=4))
def test_a_derived_id_is_an_id_for_any_parts(parts: list[str]) -> None:
    assert is_id(derived_id(*parts))
    assert derived_id(*parts) == derived_id(*parts)


def test_the_border_between_parts_matters() -> None:
    assert len({derived_id("ab", "c"), derived_id("a", "bc"), derived_id("abc"), derived_id("c", "ab")}) == 4


def test_a_derived_id_exists_for_text_that_is_not_valid_unicode() -> None:
    assert is_id(derived_id("\ud800"))


def test_the_id_is_read_from_the_key_of_an_upload() -> None:
    assert id_in_key(f"{UPLOADS}{ID}/photo.jpg") == ID


@pytest.mark.parametrize(
    "key",
    [
        "",
        f"{UPLOADS}photo.jpg",
        f"{UPLOADS}{ID}",
        f"{UPLOADS}{ID}/a/photo.jpg",
        f"{UPLOADS}{ID.upper()}/photo.jpg",
        f"processed/{ID}/photo.jpg",
        f"/{UPLOADS}{ID}/photo.jpg",
    ],
)
def test_a_key_of_another_form_has_no_id(key: str) -> None:
    assert id_in_key(key) is None


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
