"""Records are written conditionally, read consistently, and listed newest first."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.aws.catalog import Catalog
from chalicelib.aws.clients import Clients
from chalicelib.backends import Backends
from chalicelib.errors import BackendUnavailable, ImageNotFound
from chalicelib.keys import new_id
from chalicelib.records import Attempt, Claim, Fault, ImageRecord, Loss, Placeholder, SourceObject, Status, Variant
from tests import stage
from tests.aws.spying import calls_of

RECORD = ImageRecord("a" * 32, "ann", Status.PROCESSING, "2026-03-01T12:00:00.000Z")
FULL = replace(
    RECORD,
    filename="straße.jpg",
    s3_path="s3://bucket/key",
    size=5,
    format="JPEG",
    source_size=6,
    source_format="GIF",
    width=4,
    height=3,
    sha256="0" * 64,
    recipe={"width": 100, "grayscale": False, "fit": "contain"},
    options={"width": "100"},
    variants={"original": Variant("bucket", "key", "JPEG", 5, 4, 3, "etag", "version")},
    writing={"processed": Variant("bucket", "processed/a.png", "PNG", 0)},
    removing={"original 1": Variant("bucket", "key", "JPEG", 5, version_id="1")},
    source_object=SourceObject("etag", "version", "0A"),
    writes_until=1,
    due_at=2,
    superseded_at=3,
    upload_until=4,
    delete_after=5,
    report={"removed": {"exif": {"count": 1, "bytes": 2}}, "kept": {}},
    placeholder=Placeholder("HBkSHYSIeHiPiHh8eJd4eTN0EEQG", "#5c7a94"),
    lost=(Loss("frames", 3, 1), Loss("gamut", "display-p3", "srgb")),
    error=Fault("image_too_large", "The image has 9 pixels; 8 are allowed.", 8, 9),
    source="uploads/a.jpg",
    claim=Claim("fingerprint", 2),
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
    written = catalog.create(record)

    assert catalog.find(record.id) == catalog.get(record.id) == written
    assert catalog.find_many([record.id]) == [written]
    assert written == replace(record, rev=1, token=written.token)


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

    assert [each.id for each in catalog.find_many([RECORD.id])] == [RECORD.id]
    assert answers == [1, 1]


def test_what_dynamodb_did_process_is_kept_while_the_rest_is_read_again(backends: Backends) -> None:
    catalog, clients = build(backends)
    other = replace(RECORD, id="b" * 32)
    for record in (RECORD, other):
        catalog.create(record)
    answers: list[int] = []

    def process_one(parsed: dict[str, Any], **_event: object) -> None:
        table = backends.settings.images_table
        answers.append(len(parsed["Responses"][table]))
        if len(answers) == 1:
            parsed["Responses"] = {table: [row for row in parsed["Responses"][table] if row["ID"]["S"] == RECORD.id]}
            parsed["UnprocessedKeys"] = {table: {"Keys": [{"ID": {"S": other.id}}], "ConsistentRead": True}}

    clients.dynamodb.meta.events.register("after-call.dynamodb.BatchGetItem", process_one)

    found = catalog.find_many([RECORD.id, other.id])
    assert sorted(each.id for each in found) == [RECORD.id, other.id]
    assert answers == [2, 1]


def test_keys_that_dynamodb_never_processes_are_a_transient_error(
    backends: Backends, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.aws.catalog.UNPROCESSED_DELAYS", (0.0, 0.0))
    catalog, clients = build(backends)
    answers: list[int] = []

    def throttle(parsed: dict[str, Any], **_event: object) -> None:
        answers.append(1)
        keys = [{"ID": {"S": RECORD.id}}]
        parsed["UnprocessedKeys"] = {backends.settings.images_table: {"Keys": keys, "ConsistentRead": True}}

    clients.dynamodb.meta.events.register("after-call.dynamodb.BatchGetItem", throttle)

    with pytest.raises(BackendUnavailable, match="did not read 1 records"):
        catalog.find_many([RECORD.id])
    assert len(answers) == 3


def test_a_missing_record_is_none_or_not_found(catalog: Catalog) -> None:
    assert catalog.find(RECORD.id) is None
    assert catalog.find_many([]) == []
    with pytest.raises(ImageNotFound):
        catalog.get(RECORD.id)


def test_lists_are_newest_first_over_all_shards_owners_and_pages(backends: Backends) -> None:
    catalog, _ = build(backends, shards=3)
    owners = ("ann", "bob", "carl")
    records = [
        replace(RECORD, id=f"{number:032x}", owner=owners[number % 3], timestamp=f"2026-03-01T12:00:00.{number:03}Z")
        for number in range(9)
    ]
    records = [catalog.create(record) for record in records]
    expected = [record for record in reversed(records) if record.owner != "carl"]

    first, position = catalog.newest(["ann", "bob"], 4, None, None)
    second, end = catalog.newest(["ann", "bob"], 4, position, None)

    assert (first + second, end) == (expected, None)


def test_a_list_by_status_finds_a_record_under_its_present_status(catalog: Catalog) -> None:
    completed = catalog.update(replace(catalog.create(RECORD), status=Status.COMPLETED))

    assert catalog.newest(["ann"], 9, None, Status.COMPLETED) == ([completed], None)
    assert catalog.newest(["ann"], 9, None, Status.PROCESSING) == ([], None)


def test_the_newest_record_of_a_source_is_found(catalog: Catalog) -> None:
    older = replace(RECORD, source="uploads/a.jpg")
    newer = replace(older, id="b" * 32, timestamp="2026-03-01T12:00:01.000Z")
    newer, _ = catalog.create(newer), catalog.create(older)

    assert catalog.newest_from(["ann", "system"], "uploads/a.jpg") == newer
    for owners, source in ((["bob"], "uploads/a.jpg"), (["ann"], "uploads/b.jpg")):
        with pytest.raises(ImageNotFound):
            catalog.newest_from(owners, source)
