"""A record is written only over the revision that was read, and due records are found."""

from dataclasses import replace

import pytest

from chalicelib.aws.catalog import Catalog
from chalicelib.aws.clients import Clients
from chalicelib.aws.record_items import to_item
from chalicelib.backends import Backends
from chalicelib.errors import ImageNotFound, RecordChanged
from chalicelib.records import ImageRecord, Status, Variant
from tests import stage
from tests.aws.spying import calls_of, lose_first_answer
from tests.aws.test_catalog import FULL, RECORD, build


@pytest.fixture
def catalog(backends: Backends) -> Catalog:
    return backends.catalog


def test_a_record_cannot_be_created_twice(catalog: Catalog) -> None:
    first = catalog.create(RECORD)

    with pytest.raises(RecordChanged) as raised:
        catalog.create(replace(RECORD, filename="other"))
    assert raised.value.current == catalog.get(RECORD.id) == first


def test_an_update_writes_the_next_revision(catalog: Catalog) -> None:
    first = catalog.create(RECORD)

    second = catalog.update(replace(first, filename="changed"))

    assert (first.rev, second.rev) == (1, 2)
    assert first.token != second.token
    assert catalog.get(RECORD.id) == second


def test_an_old_revision_is_neither_updated_nor_deleted(catalog: Catalog) -> None:
    first = catalog.create(RECORD)
    second = catalog.update(replace(first, filename="second"))

    for write in (catalog.update, catalog.delete):
        with pytest.raises(RecordChanged) as raised:
            write(replace(first, filename="third"))
        assert raised.value.current == second
    assert catalog.get(RECORD.id) == second


def test_a_deleted_record_is_not_written_again(catalog: Catalog) -> None:
    first = catalog.create(RECORD)
    catalog.delete(first)

    with pytest.raises(RecordChanged) as raised:
        catalog.update(first)
    assert raised.value.current is None
    assert catalog.find(RECORD.id) is None


def test_deleting_twice_is_no_error(catalog: Catalog) -> None:
    first = catalog.create(RECORD)

    catalog.delete(first)
    catalog.delete(first)

    assert catalog.find(RECORD.id) is None


@pytest.mark.parametrize("operation", ["create", "update"])
def test_a_write_whose_answer_is_lost_meets_itself_and_succeeds(backends: Backends, operation: str) -> None:
    """botocore sends the call again, and the condition then fails on the item of the first one."""
    catalog, clients = build(backends)
    first = catalog.create(RECORD) if operation == "update" else RECORD
    sends = lose_first_answer(clients, "dynamodb", "PutItem")

    written = catalog.create(first) if operation == "create" else catalog.update(first)

    assert len(sends) == 2
    assert catalog.get(RECORD.id) == written


def test_a_write_that_is_sent_again_does_not_overwrite_a_later_one(backends: Backends, catalog: Catalog) -> None:
    losing, clients = build(backends)
    first = catalog.create(RECORD)
    later: list[ImageRecord] = []
    sends = lose_first_answer(
        clients,
        "dynamodb",
        "PutItem",
        meanwhile=lambda: later.append(catalog.update(replace(catalog.get(RECORD.id), filename="later"))),
    )

    with pytest.raises(RecordChanged) as raised:
        losing.update(first)

    assert len(sends) == 2
    assert [raised.value.current] == later == [catalog.get(RECORD.id)]


def test_a_deletion_whose_answer_is_lost_succeeds(backends: Backends) -> None:
    catalog, clients = build(backends)
    first = catalog.create(RECORD)
    sends = lose_first_answer(clients, "dynamodb", "DeleteItem")

    catalog.delete(first)

    assert len(sends) == 2
    assert catalog.find(RECORD.id) is None


def test_a_deletion_that_is_sent_again_spares_a_record_that_was_created_meanwhile(
    backends: Backends, catalog: Catalog
) -> None:
    """The same photo put again has the same id, and its first revision has the same number."""
    losing, clients = build(backends)
    first = catalog.create(RECORD)
    sends = lose_first_answer(clients, "dynamodb", "DeleteItem", meanwhile=lambda: catalog.create(RECORD))

    with pytest.raises(RecordChanged):
        losing.delete(first)

    assert len(sends) == 2
    assert catalog.get(RECORD.id).rev == first.rev


def test_a_record_that_was_created_again_is_another_one(catalog: Catalog) -> None:
    first = catalog.create(RECORD)
    catalog.delete(first)
    second = catalog.create(RECORD)

    for write in (catalog.update, catalog.delete):
        with pytest.raises(RecordChanged) as raised:
            write(first)
        assert raised.value.current == second


def test_a_revision_that_was_never_stored_is_not_written(catalog: Catalog) -> None:
    first = catalog.create(replace(RECORD, rev=7))
    assert first.rev == 1

    for write in (catalog.update, catalog.delete):
        with pytest.raises(RecordChanged):
            write(replace(first, rev=2))


def test_a_deleted_record_from_before_revisions_is_not_written_again(catalog: Catalog) -> None:
    with pytest.raises(RecordChanged) as raised:
        catalog.update(RECORD)

    assert raised.value.current is None
    assert catalog.find(RECORD.id) is None


def test_a_record_from_before_revisions_is_updated_once(backends: Backends, catalog: Catalog) -> None:
    item = to_item(FULL, 1)
    for attribute in ("rev", "token", "source_object", "writing", "removing", "due_at", "due_key", "writes_until"):
        item.pop(attribute, None)
    item["claim"]["M"]["lease_until"] = {"N": "1"}
    for attribute in ("version_id", "etag"):
        del item["variants"]["M"]["original"]["M"][attribute]
    stage.dynamodb().put_item(TableName=backends.settings.images_table, Item=item)

    stored = catalog.get(FULL.id)
    assert (stored.rev, stored.claim, stored.delete_after) == (0, FULL.claim, 5)
    assert stored.variants["original"] == Variant("bucket", "key", "JPEG", 5, 4, 3)
    assert catalog.update(stored).rev == 1
    for write in (catalog.update, catalog.delete):
        with pytest.raises(RecordChanged):
            write(stored)


def test_the_due_records_are_listed_from_all_shards_the_earliest_first(backends: Backends) -> None:
    catalog, _ = build(backends, shards=3)
    for number, due_at in enumerate((50, 9, 30, 20, 40, None)):
        catalog.create(replace(RECORD, id=f"{number:032x}", due_at=due_at))

    assert [int(each, 16) for each in catalog.due(40, 9)] == [1, 3, 2, 4]
    assert [int(each, 16) for each in catalog.due(40, 2)] == [1, 3]
    assert catalog.due(8, 9) == []


def test_no_more_due_records_are_read_than_wanted(backends: Backends) -> None:
    clients = Clients(None)
    calls = calls_of(clients, "dynamodb", "Query")

    Catalog(clients, backends.settings.images_table, 2).due(1, 7)

    assert [call["Limit"] for call in calls] == [7, 7]


def test_a_record_that_is_no_longer_due_leaves_the_index(catalog: Catalog) -> None:
    created = catalog.create(replace(RECORD, due_at=10))
    assert catalog.due(10, 9) == [RECORD.id]

    catalog.update(replace(created, due_at=None))

    assert catalog.due(10, 9) == []


def test_a_tombstone_is_found_by_its_id_alone(catalog: Catalog) -> None:
    tombstone = catalog.create(replace(FULL, status=Status.DELETED))

    assert catalog.find(FULL.id) == tombstone
    assert catalog.due(2, 9) == [FULL.id]
    assert catalog.newest(["ann"], 9, None, None) == ([], None)
    assert catalog.newest(["ann"], 9, None, Status.DELETED) == ([], None)
    with pytest.raises(ImageNotFound):
        catalog.get(FULL.id)
    with pytest.raises(ImageNotFound):
        catalog.newest_from(["ann"], FULL.source)
