"""Runs the app's schedules: creates EventBridge rules as Chalice does, and fires the enabled ones on a thread."""

import logging
import threading
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from chalice.app import Chalice, ScheduledEventConfig, ScheduleExpression

from scripts.deployment.schedules import Cron, Rate, parse
from scripts.embedded.functions import ACCOUNT, REGION, Event, Functions

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

#: The longest wait in seconds, so that a laptop that was asleep checks the time soon after it wakes.
_MAX_SLEEP = 30.0

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rule:
    """One `@app.schedule`, with the name that Chalice gives its rule."""

    name: str
    expression: str
    function_name: str


@dataclass
class _Timer:
    rule: Rule
    schedule: Rate | Cron
    due: datetime | None


class Scheduler:
    """Fires rules when they are due.

    `is_enabled(rule_name)` is called each time a rule is due; `submit(function_name, event)` invokes asynchronously.
    """

    def __init__(
        self,
        rules: Iterable[Rule],
        is_enabled: Callable[[str], bool],
        submit: Callable[[str, Event], object],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._is_enabled = is_enabled
        self._submit = submit
        self._now = now
        start = now()
        schedules = [(rule, parse(rule.expression, start)) for rule in rules]
        self._timers = [_Timer(rule, schedule, schedule.after(start)) for rule, schedule in schedules]
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="scheduler", daemon=True)

    def start(self) -> None:
        """Start firing rules."""
        self._thread.start()

    def stop(self) -> None:
        """Stop firing rules."""
        self._stopping.set()
        self._thread.join()

    def fire_due(self) -> float:
        """Fire each rule that is due, once even if several instants were missed; return the seconds to wait."""
        now = self._now()
        for timer in self._timers:
            if timer.due is not None and timer.due <= now:
                self._fire(timer.rule, timer.due)
                timer.due = timer.schedule.after(now)
        waits = [(timer.due - now).total_seconds() for timer in self._timers if timer.due is not None]
        return min([_MAX_SLEEP, *waits])

    def _work(self) -> None:
        while not self._stopping.is_set():
            self._stopping.wait(self.fire_due())

    def _fire(self, rule: Rule, instant: datetime) -> None:
        try:
            if self._is_enabled(rule.name):
                self._submit(rule.function_name, scheduled_event(rule.name, instant))
        except (BotoCoreError, ClientError) as error:
            logger.log(logging.ERROR, "%s could not be fired: %s", rule.name, error)


def rules_of(app: Chalice, stage_name: str) -> list[Rule]:
    """Return the rules of an app's schedules; `stage_name` is the prefix of their names."""
    sources = [source for source in app.event_sources if isinstance(source, ScheduledEventConfig)]
    return [Rule(f"{stage_name}-{each.name}-event", _text(each), f"{stage_name}-{each.name}") for each in sources]


def put_rules(rules: Iterable[Rule], functions: Functions, events: Any, lambdas: "LambdaClient") -> None:
    """Create the rules with their targets, as Chalice deploys them."""
    arns = {function.name: function.arn for function in functions}
    for rule in rules:
        arn = events.put_rule(Name=rule.name, ScheduleExpression=rule.expression)["RuleArn"]
        events.put_targets(Rule=rule.name, Targets=[{"Id": "1", "Arn": arns[rule.function_name]}])
        lambdas.add_permission(
            FunctionName=rule.function_name,
            StatementId=uuid.uuid4().hex,
            Action="lambda:InvokeFunction",
            Principal="events.amazonaws.com",
            SourceArn=arn,
        )


def rule_state_reader(events: Any) -> Callable[[str], bool]:
    """Return a function that says whether a rule is enabled."""
    return lambda name: bool(events.describe_rule(Name=name)["State"] == "ENABLED")


def scheduled_event(rule_name: str, instant: datetime) -> Event:
    """Return the Scheduled Event that EventBridge sends for an instant."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT,
        "time": instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": [f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{rule_name}"],
        "detail": {},
    }


def event_completer(rules: Iterable[Rule]) -> Callable[[str, Event], Event]:
    """Return a function that adds the missing fields of a Scheduled Event to an event that a person wrote."""
    names = {rule.function_name: rule.name for rule in rules}

    def complete(function_name: str, event: Event) -> Event:
        if function_name not in names:
            return event
        return scheduled_event(names[function_name], datetime.now(UTC)) | event

    return complete


def _text(source: ScheduledEventConfig) -> str:
    expression = source.schedule_expression
    return expression.to_string() if isinstance(expression, ScheduleExpression) else expression
