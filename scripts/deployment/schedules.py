"""Read EventBridge's schedule expressions, such as `rate(1 hour)` and `cron(30 21 * * ? *)`.

`parse` is the only parser of schedules: the scheduler of `make run` and the alarms for missing runs both use it.
Rules: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
"""

import calendar
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

_RATE = re.compile(r"rate\(([1-9][0-9]*) (minute|hour|day)(s?)\)")
#: A rate of more digits could have its first run after the year 9999, which datetime does not have.
_MAX_RATE_DIGITS = 6
_CRON = re.compile(r"cron\((.+)\)")
_MONTHS = {name: number for number, name in enumerate(calendar.month_abbr) if name}
_WEEKDAYS = {name: number for number, name in enumerate(("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"), 1)}
_LAST_YEAR = 2199
#: How many days `Cron.after` searches. Two leap days are at most eight years apart.
_SEARCH_DAYS = 366 * 9
#: An alarm waits this many hours longer than the pause: the last run may be almost one CloudWatch period old.
_GRACE_HOURS = 2
#: CloudWatch evaluates seven days at most.
_MAX_ALARM_HOURS = 168
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

#: Returns True if a schedule fires on a day.
DayTest = Callable[[date], bool]


class ScheduleError(ValueError):
    """Raised for an expression that EventBridge would reject."""


@dataclass(frozen=True)
class Rate:
    """A fixed period, counted from the creation of the rule."""

    period: timedelta
    created: datetime

    def after(self, instant: datetime) -> datetime | None:
        """Return the first run after an instant."""
        passed = max(0, (instant - self.created) // self.period)
        return self.created + self.period * (passed + 1)

    def longest_pause(self) -> timedelta | None:
        """Return the time between two runs."""
        return self.period


@dataclass(frozen=True)
class Cron:
    """Minutes and hours in UTC, on the days for which `fires_on` returns True."""

    minutes: frozenset[int]
    hours: frozenset[int]
    fires_on: DayTest
    every_day: bool

    def after(self, instant: datetime) -> datetime | None:
        """Return the first run after an instant; None if there is none in the next nine years."""
        for offset in range(_SEARCH_DAYS):
            day = instant.date() + timedelta(days=offset)
            if not self.fires_on(day):
                continue
            for hour, minute in ((hour, minute) for hour in sorted(self.hours) for minute in sorted(self.minutes)):
                found = datetime.combine(day, time(hour, minute), UTC)
                if found > instant:
                    return found
        return None

    def longest_pause(self) -> timedelta | None:
        """Return an upper bound of the time between two runs; None if the schedule does not run every day."""
        if not self.every_day:
            return None
        return timedelta(hours=1) if len(self.hours) == 24 else timedelta(days=1)


def alarm_hours(expression: str) -> int:
    """Return how many hours without a run are an alarm; 0 if CloudWatch cannot watch this schedule.

    It cannot watch `off`, a pause of more than six days, or a cron expression that restricts days, months or years.
    """
    try:
        pause = parse(expression, _EPOCH).longest_pause()
    except ScheduleError:
        return 0
    hours = math.ceil(pause / timedelta(hours=1)) + _GRACE_HOURS if pause else 0
    return hours if hours <= _MAX_ALARM_HOURS else 0


def parse(expression: str, created: datetime) -> Rate | Cron:
    """Parse an expression; `created` is when its rule was created. Raises ScheduleError."""
    if rate := _RATE.fullmatch(expression):
        if len(rate[1]) > _MAX_RATE_DIGITS:
            raise ScheduleError(f"{expression}: the number has more than {_MAX_RATE_DIGITS} digits.")
        number, unit = int(rate[1]), rate[2]
        if (number == 1) == bool(rate[3]):
            raise ScheduleError(f"{expression}: write the unit in the singular for 1, and in the plural for more.")
        return Rate(timedelta(**{f"{unit}s": number}), created.replace(microsecond=0))
    cron = _CRON.fullmatch(expression)
    fields = cron[1].split() if cron else []
    if len(fields) != 6:
        raise ScheduleError(f"{expression!r} is neither rate(...) nor cron(...) with six fields.")
    if (fields[2] == "?") == (fields[4] == "?"):
        raise ScheduleError(f"{expression}: exactly one of day-of-month and day-of-week must be ?.")
    try:
        return _cron(fields)
    except ValueError as error:
        raise ScheduleError(f"{expression}: {error}") from error


def _cron(fields: list[str]) -> Cron:
    minutes, hours, days, months, weekdays, years = fields
    every_day = {days, months, weekdays, years} <= {"*", "?"}
    in_month = _month_days(days) if weekdays == "?" else _week_days(weekdays)
    month_set, year_set = _numbers(months, 1, 12, _MONTHS), _numbers(years, 1970, _LAST_YEAR)

    def fires_on(day: date) -> bool:
        return day.year in year_set and day.month in month_set and in_month(day)

    return Cron(_numbers(minutes, 0, 59), _numbers(hours, 0, 23), fires_on, every_day)


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
        nth = int(special[3])
        return lambda day: _weekday(day) == wanted and (day.day - 1) // 7 + 1 == nth
    weekdays = _numbers("SAT" if field.upper() == "L" else field, 1, 7, _WEEKDAYS)
    return lambda day: _weekday(day) in weekdays


def _weekday(day: date) -> int:
    """Return EventBridge's number of a weekday: Sunday is 1."""
    return day.isoweekday() % 7 + 1


def _length(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def _nearest_weekday(day: date, wanted: int) -> date:
    """Return the working day nearest to day `wanted` of the month, in the same month."""
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
        raise ValueError(f"{text} is not between {low} and {high}.")
    if end < start:  # FRI-MON wraps around
        yield from range(start, high + 1)
        start = low
    yield from range(start, end + 1, int(step or 1))


def _number(text: str, names: dict[str, int]) -> int:
    return names[text.capitalize()] if text.capitalize() in names else int(text)
