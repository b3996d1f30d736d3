"""Schedules in EventBridge's words, `rate(1 hour)` and `cron(30 21 * * ? *)`, and the instants that they name."""

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

_RATE = re.compile(r"rate\(([1-9][0-9]*) (minute|hour|day)(s?)\)")
_CRON = re.compile(r"cron\((.+)\)")
_MONTHS = {name: number for number, name in enumerate(calendar.month_abbr) if name}
_WEEKDAYS = {name: number for number, name in enumerate(("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"), 1)}
_LAST_YEAR = 2199
#: Days that are looked through for the next instant: a leap day is at most eight years off.
_HORIZON = 366 * 9

#: Whether a schedule fires on a day.
DayTest = Callable[[date], bool]


class ScheduleError(ValueError):
    """Raised for a schedule that EventBridge would refuse."""


@dataclass(frozen=True)
class Rate:
    """Every so often, counted from when the rule was made."""

    period: timedelta
    made: datetime

    def after(self, instant: datetime) -> datetime | None:
        """Find the first instant after one."""
        passed = max(0, (instant - self.made) // self.period)
        return self.made + self.period * (passed + 1)


@dataclass(frozen=True)
class Cron:
    """Minutes and hours of certain days, in UTC."""

    minutes: frozenset[int]
    hours: frozenset[int]
    fires_on: DayTest

    def after(self, instant: datetime) -> datetime | None:
        """Find the first instant after one; None when there is none in the years that are looked through."""
        for offset in range(_HORIZON):
            day = instant.date() + timedelta(days=offset)
            if not self.fires_on(day):
                continue
            for hour, minute in ((hour, minute) for hour in sorted(self.hours) for minute in sorted(self.minutes)):
                found = datetime.combine(day, time(hour, minute), UTC)
                if found > instant:
                    return found
        return None


def parse(expression: str, made: datetime) -> Rate | Cron:
    """Read a schedule; `made` is when its rule was.

    Raises ScheduleError.
    """
    if rate := _RATE.fullmatch(expression):
        number, unit = int(rate[1]), rate[2]
        if (number == 1) == bool(rate[3]):
            raise ScheduleError(f"{expression} must be in the singular for 1 and in the plural for more.")
        return Rate(timedelta(**{f"{unit}s": number}), made.replace(microsecond=0))
    cron = _CRON.fullmatch(expression)
    fields = cron[1].split() if cron else []
    if len(fields) != 6:
        raise ScheduleError(f"{expression!r} is neither rate(...) nor cron(...) of six fields.")
    if (fields[2] == "?") == (fields[4] == "?"):
        raise ScheduleError(f"{expression}: one of the two fields of days must be ?, and the other not.")
    try:
        return _cron(fields)
    except ValueError as error:
        raise ScheduleError(f"{expression}: {error}") from error


def _cron(fields: list[str]) -> Cron:
    minutes, hours, days, months, weekdays, years = fields
    in_month = _month_days(days) if weekdays == "?" else _week_days(weekdays)
    month_set, year_set = _numbers(months, 1, 12, _MONTHS), _numbers(years, 1970, _LAST_YEAR)

    def fires_on(day: date) -> bool:
        return day.year in year_set and day.month in month_set and in_month(day)

    return Cron(_numbers(minutes, 0, 59), _numbers(hours, 0, 23), fires_on)


def _month_days(field: str) -> DayTest:
    if field == "L":
        return lambda day: day.day == _length(day)
    if near := re.fullmatch(r"([0-9]{1,2})W", field):
        wanted = int(near[1])
        return lambda day: day == _nearest_weekday(day, min(wanted, _length(day)))
    days = _numbers(field, 1, 31)
    return lambda day: day.day in days


def _week_days(field: str) -> DayTest:
    special = re.fullmatch(r"(\w+?)(?:(L)|#([1-5]))", field)
    if special and field.upper() != "L":
        [wanted] = _numbers(special[1], 1, 7, _WEEKDAYS)
        if special[2]:
            return lambda day: _weekday(day) == wanted and day.day + 7 > _length(day)
        turn = int(special[3])
        return lambda day: _weekday(day) == wanted and (day.day - 1) // 7 + 1 == turn
    weekdays = _numbers("SAT" if field.upper() == "L" else field, 1, 7, _WEEKDAYS)
    return lambda day: _weekday(day) in weekdays


def _weekday(day: date) -> int:
    """Number a weekday as EventBridge does: Sunday is 1."""
    return day.isoweekday() % 7 + 1


def _length(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def _nearest_weekday(day: date, wanted: int) -> date:
    """Find the weekday nearest to the `wanted`th, within the month."""
    target = day.replace(day=wanted)
    for offset in (0, -1, 1, -2, 2):
        near = target + timedelta(days=offset)
        if near.month == day.month and near.isoweekday() <= 5:
            return near
    return target


def _numbers(field: str, low: int, high: int, names: dict[str, int] | None = None) -> frozenset[int]:
    return frozenset(number for part in field.split(",") for number in _part(part, low, high, names or {}))


def _part(text: str, low: int, high: int, names: dict[str, int]) -> Iterator[int]:
    span, _, step = text.partition("/")
    first, _, last = span.partition("-")
    if span == "*":
        start, end = low, high
    else:
        start = _number(first, names)
        end = _number(last, names) if last else (high if step else start)
    if not low <= start <= high or not low <= end <= high or (step and int(step) < 1):
        raise ValueError(f"{text} is not within {low} to {high}.")
    if end < start:  # FRI-MON goes round
        yield from range(start, high + 1)
        start = low
    yield from range(start, end + 1, int(step or 1))


def _number(text: str, names: dict[str, int]) -> int:
    return names[text.capitalize()] if text.capitalize() in names else int(text)
