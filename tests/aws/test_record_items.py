"""A record and its item are the same record, and the indexes hold only what they list."""

from dataclasses import fields, replace

import pytest

from chalicelib.aws.record_items import from_item, index_keys, to_item
from chalicelib.records import TELL_SECONDS, Ending, ImageRecord, Status
from tests.aws.test_catalog import FULL, RECORD

OWING = replace(FULL, owed=(Ending("one", "failed", 7, "JPEG", "code"), Ending("two", "completed", 9)))


@pytest.mark.parametrize(
    "record",
    [RECORD, FULL, OWING, replace(OWING, due_at=None, delete_after=None), replace(OWING, due_at=999)],
    ids=["minimal", "full", "owing", "owing, not due", "owing, due later"],
)
def test_a_record_survives_its_item(record: ImageRecord) -> None:
    assert from_item(to_item(record, 4)) == record


def test_a_number_is_read_as_int() -> None:
    """A Decimal is equal to an int, but JSON cannot hold one."""
    record = from_item(to_item(FULL, 4))
    assert {type(record.size), type(record.width), type(record.variants["original"].size)} == {int}


def test_the_full_record_of_the_tests_has_a_value_in_every_field() -> None:
    """Otherwise a new field could be lost on its way through the table."""
    stored = {field.name for field in fields(ImageRecord)} - {"rev", "token"}
    assert {name for name in stored if getattr(OWING, name) in (None, "", {}, (), 0)} == set()


def test_nothing_lost_is_not_the_same_as_not_known() -> None:
    known, unknown = to_item(replace(RECORD, lost=()), 1), to_item(RECORD, 1)

    assert (known["lost"], "lost" in unknown) == ({"L": []}, False)
    assert (from_item(known).lost, from_item(unknown).lost) == ((), None)


def test_empty_fields_are_not_stored() -> None:
    assert set(to_item(RECORD, 1)) == {
        "ID", "owner", "Status", "Timestamp", "Size", "width", "height", "rev", "list_key", "status_key", "listed_at",
    }  # fmt: skip


def test_the_ttl_has_its_documented_attribute() -> None:
    assert to_item(replace(RECORD, delete_after=7), 1)["expires_at"] == {"N": "7"}


def test_the_index_keys_follow_owner_status_source_and_due_time() -> None:
    keys = index_keys(replace(RECORD, source="uploads/a.jpg", due_at=5), 3)

    shard = int(RECORD.id, 16) % 3
    assert keys == {
        "list_key": f"ann#{shard}",
        "status_key": f"ann#processing#{shard}",
        "listed_at": f"{RECORD.timestamp}#{RECORD.id}",
        "source_key": "ann#uploads/a.jpg",
        "due_key": f"due#{shard}",
    }


def test_a_tombstone_is_only_due() -> None:
    assert index_keys(replace(FULL, status=Status.DELETED), 1) == {"due_key": "due#0"}
    assert index_keys(replace(FULL, status=Status.DELETED, due_at=None), 1) == {}


@pytest.mark.parametrize(("due_at", "shown"), [(None, 7 + TELL_SECONDS), (2, 2), (999, 7 + TELL_SECONDS)])
def test_a_record_that_owes_a_message_is_due_and_has_no_ttl(due_at: int | None, shown: int) -> None:
    item = to_item(replace(OWING, due_at=due_at), 1)

    assert (item["due_at"], item["due_key"], "expires_at" in item) == ({"N": str(shown)}, {"S": "due#0"}, False)
