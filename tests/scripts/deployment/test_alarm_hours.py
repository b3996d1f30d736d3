"""After how long a schedule's silence means that something is wrong."""

import pytest

from scripts.deployment.alarm_hours import alarm_hours


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
def test_an_alarm_waits_two_hours_longer_than_the_schedule(schedule: str, hours: int) -> None:
    assert alarm_hours(schedule) == hours
