"""The clock: which rule is fired when."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from chalice.app import Chalice, CloudWatchEvent

from scripts.embedded.scheduler import Rule, Scheduler, completing, rules_of

if TYPE_CHECKING:
    from scripts.embedded.functions import Event

NOON = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)  # a Sunday


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
    filled = completing([rule])("tiny-local-walk", {"time": "2026-03-01T12:00:00Z"})
    assert walk(filled, None) == "2026-03-01T12:00:00Z"
    assert filled["resources"] == ["arn:aws:events:us-east-1:123456789012:rule/tiny-local-walk-event"]
    assert completing([rule])("another", {"a": 1}) == {"a": 1}
