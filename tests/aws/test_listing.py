"""Lists that are longer than one page of DynamoDB."""

from chalicelib.backends import Backends
from chalicelib.records import DogUpload

#: DynamoDB ends a page at 1 MB, and an item may have 400 KB: three of these fit on one page.
LARGE = "x" * 300_000


def test_a_page_that_dynamodb_cuts_short_is_read_on(backends: Backends) -> None:
    for number in range(8):
        backends.dogs.record(_row(number), run=str(number))
    rows, position = backends.dogs.newest(5, None)
    assert [row.upload_timestamp[-4:] for row in rows] == ["007Z", "006Z", "005Z", "004Z", "003Z"]
    rows, end = backends.dogs.newest(5, position)
    assert [row.upload_timestamp[-4:] for row in rows] == ["002Z", "001Z", "000Z"]
    assert end is None


def _row(number: int) -> DogUpload:
    instant = f"2026-03-01T12:00:00.00{number}Z"
    return DogUpload(f"html/pug-{number}.jpg", LARGE, instant, "jpeg", alert_triggered=False)
