"""Schedules and the clock: which instants an expression names, and what is fired when."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from chalice.app import Chalice, CloudWatchEvent

from scripts.deployment.schedules import ScheduleError, parse
from scripts.embedded.scheduler import Rule, Scheduler, event_completer, rules_of

if TYPE_CHECKING:
    from scripts.embedded.functions import Event

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
def test_the_next_instant(expression: str, first: str) -> None:
    assert after(expression) == first


def test_a_rate_keeps_its_beat() -> None:
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
def test_what_eventbridge_refuses_is_refused(expression: str) -> None:
    with pytest.raises(ScheduleError):
        parse(expression, NOON)


class Clock:
    """A scheduler on a clock of its own, and what it fired."""

    def __init__(self, *, enabled: bool = True) -> None:
        self.now = NOON
        self.enabled = enabled
        self.fired: list[tuple[str, Event]] = []
        rules = [Rule("hourly-event", "rate(1 hour)", "hourly"), Rule("late-event", "cron(30 21 * * ? *)", "late")]
        self.scheduler = Scheduler(
            rules, lambda _name: self.enabled, lambda name, event: self.fired.append((name, event)), lambda: self.now
        )

    def at(self, **later: Any) -> list[tuple[str, str]]:
        self.now = NOON + timedelta(**later)
        self.scheduler.fire_due()
        return [(name, event["time"]) for name, event in self.fired]


def test_a_rule_fires_once_at_its_instant() -> None:
    clock = Clock()
    assert clock.at(minutes=59) == []
    assert clock.at(minutes=60, seconds=1) == [("hourly", "2026-03-01T13:00:30Z")]
    assert clock.at(minutes=60, seconds=2) == [("hourly", "2026-03-01T13:00:30Z")]
    assert clock.at(minutes=120)[1:] == [("hourly", "2026-03-01T14:00:30Z")]


def test_a_machine_that_slept_fires_each_rule_once() -> None:
    clock = Clock()
    assert clock.at(days=3) == [("hourly", "2026-03-01T13:00:30Z"), ("late", "2026-03-01T21:30:00Z")]
    assert len(clock.at(days=3, hours=1)) == 3


def test_a_rule_that_is_switched_off_fires_nothing() -> None:
    clock = Clock(enabled=False)
    assert clock.at(hours=1) == []
    clock.enabled = True
    assert clock.at(hours=2) == [("hourly", "2026-03-01T14:00:30Z")]


def test_the_clock_begins_and_ends() -> None:
    fired: list[str] = []
    rule = Rule("soon-event", "rate(1 minute)", "soon")
    scheduler = Scheduler([rule], lambda _name: True, lambda name, _event: fired.append(name))
    scheduler.start()
    scheduler.stop()
    assert fired == []


def test_rules_are_named_as_chalice_deploys_them() -> None:
    app = Chalice("tiny", configure_logs=False)

    @app.schedule("rate(1 hour)", name="walk")
    def walk(event: CloudWatchEvent) -> str:
        return event.time

    [rule] = rules_of(app, "tiny-local")
    assert rule == Rule("tiny-local-walk-event", "rate(1 hour)", "tiny-local-walk")
    filled = event_completer([rule])("tiny-local-walk", {"time": "2026-03-01T12:00:00Z"})
    assert walk(filled, None) == "2026-03-01T12:00:00Z"
    assert filled["resources"] == ["arn:aws:events:us-east-1:123456789012:rule/tiny-local-walk-event"]
    assert event_completer([rule])("another", {"a": 1}) == {"a": 1}
