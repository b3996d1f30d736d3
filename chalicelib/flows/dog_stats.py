"""Count the dog uploads by type, breed and day, from the counts that their log entries keep."""

from dataclasses import dataclass
from datetime import date, timedelta

from chalicelib.backends import Backends
from chalicelib.dog_records import DogCounts
from chalicelib.errors import InvalidRequest

#: The days that are counted without `since`, and the most that may be: today and the days before it, in UTC.
DEFAULT_DAYS, MAX_DAYS = 30, 366


@dataclass(frozen=True)
class DogStats:
    """The counts from one day to today, and those of each day with uploads."""

    since: date
    until: date
    total: DogCounts
    days: dict[str, DogCounts]


def count(backends: Backends, since: date | None) -> DogStats:
    """Count from a day on, by default the last DEFAULT_DAYS. Raises InvalidRequest for a day that is out of range."""
    today = backends.now().date()
    first = since or today - timedelta(days=DEFAULT_DAYS - 1)
    if not today - timedelta(days=MAX_DAYS - 1) <= first <= today:
        detail = f"since must be today or one of the {MAX_DAYS - 1} days before it (UTC)."
        raise InvalidRequest(detail, code="out_of_range", limit=MAX_DAYS)
    days, total = backends.dogs.counts(first.isoformat()), DogCounts()
    for each in days.values():
        total.add(each)
    return DogStats(first, today, total, days)
