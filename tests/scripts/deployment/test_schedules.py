"""Parsing EventBridge's schedule expressions, and the runs that follow from them."""

from datetime import UTC, datetime, timedelta

import pytest

from scripts.deployment.schedules import ScheduleError, parse

NOON = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)  # a Sunday


def after(expression: str, instant: datetime = NOON) -> str:
    found = parse(expression, NOON).after(instant)
    return f"{found:%Y-%m-%d %a %H:%M:%S}" if found else "never"


@pytest.mark.parametrize(
    ("expression", "first"),
    [
        ("rate(1 minute)", "2026-03-01 Sun 12:01:30"),
        ("rate(5 minutes)", "2026-03-01 Sun 12:05:30"),
        ("rate(1 hour)", "2026-03-01 Sun 13:00:30"),
        ("rate(7 days)", "2026-03-08 Sun 12:00:30"),
        ("cron(30 21 * * ? *)", "2026-03-01 Sun 21:30:00"),
        ("cron(0 12 * * ? *)", "2026-03-02 Mon 12:00:00"),
        ("cron(0/15 * * * ? *)", "2026-03-01 Sun 12:15:00"),
        ("cron(15,45 8-10/2 * * ? *)", "2026-03-02 Mon 08:15:00"),
        ("cron(0 8 ? * MON-FRI *)", "2026-03-02 Mon 08:00:00"),
        ("cron(0 8 ? * fri-mon *)", "2026-03-02 Mon 08:00:00"),
        ("cron(0 8 1 * ? *)", "2026-04-01 Wed 08:00:00"),
        ("cron(0 8 L * ? *)", "2026-03-31 Tue 08:00:00"),
        ("cron(0 8 15W * ? *)", "2026-03-16 Mon 08:00:00"),
        ("cron(0 8 ? * 6#3 *)", "2026-03-20 Fri 08:00:00"),
        ("cron(0 8 ? * 6L *)", "2026-03-27 Fri 08:00:00"),
        ("cron(0 8 ? * L *)", "2026-03-07 Sat 08:00:00"),
        ("cron(0 8 29 FEB ? *)", "2028-02-29 Tue 08:00:00"),
        ("cron(0 8 1 JAN,JUL ? 2027)", "2027-01-01 Fri 08:00:00"),
        ("cron(0 8 1 1 ? 2020)", "never"),
    ],
)
def test_the_next_run_after_an_instant(expression: str, first: str) -> None:
    assert after(expression) == first


def test_the_longest_rate_has_six_digits() -> None:
    assert after("rate(999999 days)").startswith("4764-")
    for digits in ("1000000", "99999999999", "9" * 5000):
        with pytest.raises(ScheduleError, match="the number has more than 6 digits"):
            parse(f"rate({digits} days)", NOON)


def test_a_rate_counts_from_the_creation_of_its_rule() -> None:
    assert after("rate(1 hour)", NOON + timedelta(hours=5)) == "2026-03-01 Sun 18:00:30"
    assert after("rate(1 hour)", NOON + timedelta(hours=5, seconds=-1)) == "2026-03-01 Sun 17:00:30"


@pytest.mark.parametrize(
    "expression",
    [
        "rate(1 hours)",
        "rate(2 hour)",
        "rate(0 minutes)",
        "cron(0 8 * * *)",
        "cron(0 8 * * * *)",
        "cron(0 8 ? * ? *)",
        "cron(60 8 * * ? *)",
        "cron(0 8 32 * ? *)",
        "cron(x 8 * * ? *)",
        "cron(0/0 8 * * ? *)",
        "hourly",
    ],
)
def test_an_expression_that_eventbridge_rejects_raises_an_error(expression: str) -> None:
    with pytest.raises(ScheduleError):
        parse(expression, NOON)
