"""How many hours without a run are an alarm, and that this fits the runs that the schedule has."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from scripts.deployment.schedules import alarm_hours, parse

START = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "hours"),
    [
        ("rate(1 hour)", 3),
        ("rate(1 minute)", 3),
        ("rate(90 minutes)", 4),
        ("rate(6 hours)", 8),
        ("rate(6 days)", 146),
        ("rate(7 days)", 0),
        ("cron(30 21 * * ? *)", 26),
        ("cron(0 0/6 * * ? *)", 26),
        ("cron(15 * * * ? *)", 3),
        ("cron(0 8 1 * ? *)", 0),
        ("cron(0 8 ? * MON *)", 0),
        ("off", 0),
    ],
)
def test_an_alarm_waits_two_hours_longer_than_the_pause(schedule: str, hours: int) -> None:
    assert alarm_hours(schedule) == hours


@pytest.mark.parametrize(
    ("schedule", "hours"),
    [
        ("cron(0/15 * * * ? *)", 3),
        ("cron(5,35 0-23 * * ? *)", 3),
        ("cron(0 */1 * * ? *)", 3),
        ("cron(0 8,20 * * ? *)", 26),
        ("cron(0 8-18/2 ? * * *)", 26),
        ("cron(10 0 * * ? *)", 26),
    ],
)
def test_lists_ranges_and_steps_count_as_the_hours_that_they_name(schedule: str, hours: int) -> None:
    assert alarm_hours(schedule) == hours


@pytest.mark.parametrize(
    "schedule",
    [
        "cron(0 8 * JAN-JUN ? *)",
        "cron(0 8 ? * MON-FRI *)",
        "cron(0 8 * * ? 2027)",
        "cron(0 8 L * ? *)",
        "cron(0 8 15W * ? *)",
        "cron(0 8 ? * 6#3 *)",
        "rate(167 hours)",
    ],
)
def test_a_pause_that_cloudwatch_cannot_watch_has_no_alarm(schedule: str) -> None:
    assert alarm_hours(schedule) == 0


@pytest.mark.parametrize("schedule", ["rate(1 hours)", "rate(0 minutes)", "cron(60 8 * * ? *)", "cron(0 8 * * *)"])
def test_a_schedule_that_eventbridge_rejects_has_no_alarm(schedule: str) -> None:
    assert alarm_hours(schedule) == 0


@pytest.mark.parametrize(
    "schedule",
    [
        "rate(90 minutes)",
        "rate(6 days)",
        "cron(30 21 * * ? *)",
        "cron(0 0/6 * * ? *)",
        "cron(0/15 * * * ? *)",
        "cron(5,35 0-23 * * ? *)",
        "cron(15,45 8-10/2 * * ? *)",
        "cron(0 8,20 ? * * *)",
    ],
)
def test_no_alarm_rings_between_two_runs(schedule: str) -> None:
    assert longest_pause(schedule) <= timedelta(hours=alarm_hours(schedule) - 2)


def longest_pause(schedule: str) -> timedelta:
    """Return the longest time between two of the next 200 runs."""
    parsed, runs = parse(schedule, START), [START]
    for _ in range(200):
        run = parsed.after(runs[-1])
        assert run is not None
        runs.append(run)
    return max(later - earlier for earlier, later in pairwise(runs[1:]))
