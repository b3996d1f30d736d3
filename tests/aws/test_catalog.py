"""Records are written conditionally, read consistently, and listed newest first."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.aws.catalog import Catalog
from chalicelib.aws.clients import Clients
from chalicelib.backends import Backends
from chalicelib.errors import Conflict, ImageNotFound
from chalicelib.records import Attempt, Claim, Fault, ImageRecord, Status, Variant, new_id
from tests import stage
from tests.aws.spying import calls_of

RECORD = ImageRecord("a" * 32, "ann", Status.PROCESSING, "2026-03-01T12:00:00.000Z")
FULL = replace(
    RECORD,
    filename="straße.jpg",
    s3_path="s3://bucket/key",
    size=5,
    format="JPEG",
    width=4,
    height=3,
    sha256="0" * 64,
    recipe={"width": 100, "grayscale": False, "fit": "contain"},
    variants={"original": Variant("bucket", "key", "JPEG", 5, 4, 3, "etag")},
    report={"removed": {"exif": {"count": 1, "bytes": 2}}, "kept": {}},
    error=Fault("image_too_large", "The image has 9 pixels; 8 are allowed.", 8, 9),
    source="uploads/a.jpg",
    expires_at=1_800_000_000,
    claim=Claim("fingerprint", 2, 1),
    attempt=Attempt("request", 2),
)


@pytest.fixture
def catalog(backends: Backends) -> Catalog:
    return backends.catalog


def build(backends: Backends, shards: int = 1) -> tuple[Catalog, Clients]:
    """Return a catalog with clients of its own."""
    clients = Clients(None)
    return Catalog(clients, backends.settings.images_table, shards), clients


@pytest.mark.parametrize("record", [RECORD, FULL], ids=["minimal", "full"])
def test_a_record_is_read_as_it_was_written(catalog: Catalog, record: ImageRecord) -> None:
    catalog.create(record)

    assert catalog.find(record.id) == catalog.get(record.id) == record
    assert catalog.find_many([record.id]) == [record]


def test_the_documented_attributes_have_their_names(backends: Backends, catalog: Catalog) -> None:
    catalog.create(FULL)

    (item,) = stage.dynamodb().scan(TableName=backends.settings.images_table)["Items"]

    expected = {"ID", "Filename", "Status", "Timestamp", "S3Path", "Size", "Format"}
    assert expected <= set(item)
    assert not {"id", "status", "size"} & set(item)


def test_a_record_is_read_with_strong_consistency(backends: Backends) -> None:
    """A read after a failed conditional write must find the record that made it fail."""
    catalog, clients = build(backends)
    calls = calls_of(clients, "dynamodb", "GetItem")

    catalog.find(RECORD.id)

    assert [call["ConsistentRead"] for call in calls] == [True]


def test_many_records_are_read_with_strong_consistency_in_batches_of_100(backends: Backends) -> None:
    catalog, clients = build(backends)
    calls = calls_of(clients, "dynamodb", "BatchGetItem")
    records = [replace(RECORD, id=new_id()) for _ in range(3)]
    for record in records:
        catalog.create(record)
    ids = [new_id() for _ in range(150)]

    found = catalog.find_many([*ids, *(record.id for record in records), records[0].id])

    assert sorted(record.id for record in found) == sorted(record.id for record in records)
    tables = [call["RequestItems"][backends.settings.images_table] for call in calls]
    assert [len(each["Keys"]) for each in tables] == [100, 53]
    assert all(each["ConsistentRead"] for each in tables)


def test_keys_that_dynamodb_did_not_process_are_read_again(backends: Backends) -> None:
    catalog, clients = build(backends)
    catalog.create(RECORD)
    answers: list[int] = []

    def throttle_first(parsed: dict[str, Any], **_event: object) -> None:
        answers.append(len(parsed["Responses"].get(backends.settings.images_table, [])))
        if len(answers) == 1:
            keys = [{"ID": {"S": RECORD.id}}]
            parsed["Responses"] = {}
            parsed["UnprocessedKeys"] = {backends.settings.images_table: {"Keys": keys, "ConsistentRead": True}}

    clients.dynamodb.meta.events.register("after-call.dynamodb.BatchGetItem", throttle_first)

    assert catalog.find_many([RECORD.id]) == [RECORD]
    assert answers == [1, 1]


def test_a_missing_record_is_none_or_not_found(catalog: Catalog) -> None:
    assert catalog.find(RECORD.id) is None
    assert catalog.find_many([]) == []
    with pytest.raises(ImageNotFound):
        catalog.get(RECORD.id)


def test_a_record_cannot_be_created_twice(catalog: Catalog) -> None:
    catalog.create(RECORD)

    with pytest.raises(Conflict):
        catalog.create(replace(RECORD, filename="other"))
    assert catalog.get(RECORD.id) == RECORD


@pytest.mark.parametrize("status", list(Status))
def test_overwrite_takes_any_status_and_replace_any_but_expired(catalog: Catalog, status: Status) -> None:
    changed = replace(RECORD, filename="changed")
    catalog.create(replace(RECORD, status=status))

    if status is Status.EXPIRED:
        with pytest.raises(ImageNotFound):
            catalog.replace(changed)
    else:
        catalog.replace(changed)
    catalog.overwrite(replace(changed, filename="overwritten"))

    assert catalog.get(RECORD.id).filename == "overwritten"


@pytest.mark.parametrize(
    ("write", "error"),
    [
        (Catalog.overwrite, ImageNotFound),
        (Catalog.replace, ImageNotFound),
        (lambda catalog, record: catalog.replace_if_status(record, record.status), Conflict),
        (lambda catalog, record: catalog.claim_abandoned(record, Claim("fingerprint", 2, 1)), Conflict),
    ],
    ids=["overwrite", "replace", "replace_if_status", "claim_abandoned"],
)
def test_a_deleted_record_is_not_written_again(
    catalog: Catalog, write: Callable[[Catalog, ImageRecord], None], error: type[Exception]
) -> None:
    with pytest.raises(error):
        write(catalog, RECORD)
    assert catalog.find(RECORD.id) is None


def test_replace_if_status_needs_the_stored_record_to_have_that_status(catalog: Catalog) -> None:
    catalog.create(RECORD)
    expired = replace(RECORD, status=Status.EXPIRED)

    with pytest.raises(Conflict):
        catalog.replace_if_status(expired, Status.COMPLETED)
    assert catalog.get(RECORD.id) == RECORD
    catalog.replace_if_status(expired, Status.PROCESSING)
    assert catalog.get(RECORD.id) == expired


def test_an_abandoned_claim_is_taken_only_once(catalog: Catalog) -> None:
    abandoned = Claim("fingerprint", kept_until=2, lease_until=1)
    catalog.create(replace(RECORD, claim=abandoned))
    claimed = replace(RECORD, claim=Claim("fingerprint", kept_until=9, lease_until=8))

    catalog.claim_abandoned(claimed, abandoned)

    assert catalog.get(RECORD.id) == claimed
    with pytest.raises(Conflict):
        catalog.claim_abandoned(claimed, abandoned)


def test_deleting_twice_is_no_error(catalog: Catalog) -> None:
    catalog.create(RECORD)

    catalog.delete(RECORD.id)
    catalog.delete(RECORD.id)

    assert catalog.find(RECORD.id) is None


def test_lists_are_newest_first_over_all_shards_owners_and_pages(backends: Backends) -> None:
    catalog, _ = build(backends, shards=3)
    owners = ("ann", "bob", "carl")
    records = [
        replace(RECORD, id=f"{number:032x}", owner=owners[number % 3], timestamp=f"2026-03-01T12:00:00.{number:03}Z")
        for number in range(9)
    ]
    for record in records:
        catalog.create(record)
    expected = [record for record in reversed(records) if record.owner != "carl"]

    first, position = catalog.newest(["ann", "bob"], 4, None, None)
    second, end = catalog.newest(["ann", "bob"], 4, position, None)

    assert (first + second, end) == (expected, None)


def test_a_list_by_status_finds_a_record_under_its_present_status(catalog: Catalog) -> None:
    catalog.create(RECORD)
    completed = replace(RECORD, status=Status.COMPLETED)
    catalog.replace(completed)

    assert catalog.newest(["ann"], 9, None, Status.COMPLETED) == ([completed], None)
    assert catalog.newest(["ann"], 9, None, Status.PROCESSING) == ([], None)


def test_the_newest_record_of_a_source_is_found(catalog: Catalog) -> None:
    older = replace(RECORD, source="uploads/a.jpg")
    newer = replace(older, id="b" * 32, timestamp="2026-03-01T12:00:01.000Z")
    for record in (newer, older):
        catalog.create(record)

    assert catalog.newest_from(["ann", "system"], "uploads/a.jpg") == newer
    for owners, source in ((["bob"], "uploads/a.jpg"), (["ann"], "uploads/b.jpg")):
        with pytest.raises(ImageNotFound):
            catalog.newest_from(owners, source)
