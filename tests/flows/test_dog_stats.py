"""The counts of the dog uploads as the API asks for them: by default the last 30 days, and at most a year."""

from datetime import timedelta

import pytest

from chalicelib.backends import Backends
from chalicelib.dog_records import DogUpload
from chalicelib.errors import InvalidRequest
from chalicelib.flows import dog_stats
from chalicelib.records import timestamp


def log(backends: Backends, name: str, days_ago: int) -> None:
    at = backends.now() - timedelta(days=days_ago)
    row = DogUpload(f"html/{name}.jpg", "https://example.test/1", timestamp(at), "jpeg", alert_triggered=False)
    backends.dogs.record(row, name)


def test_the_last_thirty_days_are_counted_without_since(backends: Backends) -> None:
    for name, days_ago in (("a", 0), ("b", 0), ("c", 29), ("d", 30)):
        log(backends, name, days_ago)

    stats = dog_stats.count(backends, None)

    assert (stats.since.isoformat(), stats.until.isoformat()) == ("2026-01-31", "2026-03-01")
    assert {day: each.uploads for day, each in stats.days.items()} == {"2026-01-31": 1, "2026-03-01": 2}
    assert (stats.total.uploads, stats.total.types, stats.total.breeds) == (3, {"jpeg": 3}, {"other": 3})


@pytest.mark.parametrize("days_ago", [0, 365])
def test_today_and_a_year_ago_may_be_the_first_day(backends: Backends, days_ago: int) -> None:
    log(backends, "pug", days_ago)
    since = backends.now().date() - timedelta(days=days_ago)
    assert dog_stats.count(backends, since).days.keys() == {since.isoformat()}


@pytest.mark.parametrize("days_ago", [-1, 366])
def test_tomorrow_and_more_than_a_year_ago_are_refused(backends: Backends, days_ago: int) -> None:
    with pytest.raises(InvalidRequest, match="one of the 365 days before it") as caught:
        dog_stats.count(backends, backends.now().date() - timedelta(days=days_ago))
    assert (caught.value.code, caught.value.limit) == ("out_of_range", 366)
