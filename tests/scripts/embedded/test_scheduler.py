"""The scheduler fires each enabled rule when it is due."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from chalice.app import Chalice, CloudWatchEvent
from moto import mock_aws

from scripts.embedded.functions import Function, Functions, register_functions
from scripts.embedded.scheduler import Rule, Scheduler, event_completer, put_rules, rule_state_reader, rules_of

if TYPE_CHECKING:
    from scripts.embedded.functions import Event

NOON = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)  # a Sunday


class Clock:
    """A scheduler whose clock the test moves, and the events that it fired."""

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


def test_a_rule_fires_once_when_it_is_due() -> None:
    clock = Clock()
    assert clock.at(minutes=59) == []
    assert clock.at(minutes=60, seconds=1) == [("hourly", "2026-03-01T13:00:30Z")]
    assert clock.at(minutes=60, seconds=2) == [("hourly", "2026-03-01T13:00:30Z")]
    assert clock.at(minutes=120)[1:] == [("hourly", "2026-03-01T14:00:30Z")]


def test_after_a_sleep_of_the_machine_each_rule_fires_once() -> None:
    clock = Clock()
    assert clock.at(days=3) == [("hourly", "2026-03-01T13:00:30Z"), ("late", "2026-03-01T21:30:00Z")]
    assert len(clock.at(days=3, hours=1)) == 3


def test_a_disabled_rule_does_not_fire() -> None:
    clock = Clock(enabled=False)
    assert clock.at(hours=1) == []
    clock.enabled = True
    assert clock.at(hours=2) == [("hourly", "2026-03-01T14:00:30Z")]


def test_the_scheduler_starts_and_stops() -> None:
    fired: list[str] = []
    rule = Rule("soon-event", "rate(1 minute)", "soon")
    scheduler = Scheduler([rule], lambda _name: True, lambda name, _event: fired.append(name))
    scheduler.start()
    scheduler.stop()
    assert fired == []


def test_rules_have_the_names_that_chalice_gives_them() -> None:
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


def test_rules_are_created_with_their_targets_and_can_be_disabled() -> None:
    functions = Functions([Function("tiny-local-walk", print)])
    with mock_aws():
        events, lambdas = boto3.client("events"), boto3.client("lambda")
        boto3.client("iam").create_role(RoleName="role", AssumeRolePolicyDocument="{}")
        register_functions(functions, lambdas, "role")
        put_rules([Rule("walk-event", "rate(1 hour)", "tiny-local-walk")], functions, events, lambdas)
        [target] = events.list_targets_by_rule(Rule="walk-event")["Targets"]
        is_enabled = rule_state_reader(events)
        assert target["Arn"].endswith(":function:tiny-local-walk")
        assert "events.amazonaws.com" in lambdas.get_policy(FunctionName="tiny-local-walk")["Policy"]
        assert is_enabled("walk-event")
        events.disable_rule(Name="walk-event")
        assert not is_enabled("walk-event")


def test_an_error_of_aws_is_logged_and_the_other_rules_still_fire(caplog: pytest.LogCaptureFixture) -> None:
    fired: list[str] = []

    def is_enabled(name: str) -> bool:
        if name == "lost-event":
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "DescribeRule")
        return True

    rules = [Rule("lost-event", "rate(1 hour)", "lost"), Rule("found-event", "rate(1 hour)", "found")]
    times = iter([NOON, NOON + timedelta(hours=1)])
    scheduler = Scheduler(rules, is_enabled, lambda name, _event: fired.append(name), lambda: next(times))
    scheduler.fire_due()
    assert fired == ["found"]
    assert "lost-event could not be fired" in caplog.text
