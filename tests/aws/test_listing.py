"""Lists that are longer than one page of DynamoDB, or spread over several partitions."""

from chalicelib.aws import listing
from chalicelib.aws.clients import Clients
from chalicelib.aws.dog_items import to_item
from chalicelib.aws.listing import Index
from chalicelib.backends import Backends
from chalicelib.dog_records import DogUpload
from tests import stage
from tests.aws.spying import calls_of

#: DynamoDB ends a page at 1 MB, and an item has at most 400 KB: three of these fit on one page.
LARGE = "x" * 300_000


def test_a_page_that_dynamodb_ends_early_is_continued(backends: Backends) -> None:
    for number in range(8):
        _put(backends, number)
    rows, position = backends.dogs.newest(5, None)
    assert [row.upload_timestamp[-4:] for row in rows] == ["007Z", "006Z", "005Z", "004Z", "003Z"]
    rows, end = backends.dogs.newest(5, position)
    assert [row.upload_timestamp[-4:] for row in rows] == ["002Z", "001Z", "000Z"]
    assert end is None


def test_the_next_page_is_asked_only_for_the_rest(backends: Backends) -> None:
    for number in range(5):
        _put(backends, number)
    clients = Clients(None)
    calls = calls_of(clients, "dynamodb", "Query")
    index = Index(backends.settings.dogs_table, "by-time", "list_key")

    found = listing.query(clients, index, "dogs#0", 5)

    assert len(found) == 5
    # How many rows a page of 1 MB holds depends on how their bytes are counted: 3 in moto, 4 in dynalite.
    first, second = (call["Limit"] for call in calls)
    assert (first, second) in ((5, 5 - 3), (5, 5 - 4))


def test_each_partition_is_queried_once_and_for_no_more_than_needed(backends: Backends) -> None:
    clients = Clients(None)
    calls = calls_of(clients, "dynamodb", "Query")
    index = Index(backends.settings.dogs_table, "by-time", "list_key")

    assert listing.newest(clients, index, ["dogs#0", "dogs#1", "dogs#0"], 5, None) == ([], None)

    asked = [(call["ExpressionAttributeValues"][":value"]["S"], call["Limit"]) for call in calls]
    assert asked == [("dogs#0", 6), ("dogs#1", 6)]


def test_a_full_last_page_has_no_next_position(backends: Backends) -> None:
    for number in range(2):
        _put(backends, number)

    assert backends.dogs.newest(2, None)[1] is None
    assert backends.dogs.newest(1, None)[1] is not None


def _put(backends: Backends, number: int) -> None:
    """Put a row without its counts."""
    item = to_item(_row(number), str(number), backends.settings.list_shards)
    stage.dynamodb().put_item(TableName=backends.settings.dogs_table, Item=item)


def _row(number: int) -> DogUpload:
    instant = f"2026-03-01T12:00:00.00{number}Z"
    return DogUpload(f"html/pug-{number}.jpg", LARGE, instant, "jpeg", alert_triggered=False)
