"""The clock: rules as Chalice makes them on EventBridge, and a thread that fires those that are switched on."""

import json
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

#: The longest sleep in seconds: a laptop that slept itself looks at the clock again soon.
_NAP = 30.0

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rule:
    """One `@app.schedule`, under the name that Chalice gives its rule."""

    name: str
    expression: str
    function_name: str


@dataclass
class _Timer:
    rule: Rule
    schedule: Rate | Cron
    due: datetime | None


class Scheduler:
    """Fires rules by the clock.

    `is_enabled(rule name)` is asked at each instant; `submit(function, event)` delivers as Lambda's queue does.
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
        made = now()
        schedules = [(rule, parse(rule.expression, made)) for rule in rules]
        self._timers = [_Timer(rule, schedule, schedule.after(made)) for rule, schedule in schedules]
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="scheduler", daemon=True)

    def start(self) -> None:
        """Begin to follow the clock."""
        self._thread.start()

    def stop(self) -> None:
        """Fire nothing more."""
        self._stopping.set()
        self._thread.join()

    def fire_due(self) -> float:
        """Fire what is due, each rule once however many instants were slept through; return the seconds to wait."""
        now = self._now()
        for timer in self._timers:
            if timer.due is not None and timer.due <= now:
                self._fire(timer.rule, timer.due)
                timer.due = timer.schedule.after(now)
        waits = [(timer.due - now).total_seconds() for timer in self._timers if timer.due is not None]
        return min([_NAP, *waits])

    def _work(self) -> None:
        while not self._stopping.is_set():
            self._stopping.wait(self.fire_due())

    def _fire(self, rule: Rule, instant: datetime) -> None:
        try:
            if self._is_enabled(rule.name):
                self._submit(rule.function_name, scheduled_event(rule.name, instant))
        except (BotoCoreError, ClientError) as error:
            line = {"level": "ERROR", "message": f"{rule.name} was not fired: {error}"}
            # One JSON line is told, no traceback
            logger.log(logging.ERROR, json.dumps(line))


def rules_of(app: Chalice, stage_name: str) -> list[Rule]:
    """Read the schedules of an app; `stage_name` is in front of its functions' and rules' names."""
    sources = [source for source in app.event_sources if isinstance(source, ScheduledEventConfig)]
    return [Rule(f"{stage_name}-{each.name}-event", _text(each), f"{stage_name}-{each.name}") for each in sources]


def wire_rules(rules: Iterable[Rule], functions: Functions, events: Any, lambdas: "LambdaClient") -> None:
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


def state_reader(events: Any) -> Callable[[str], bool]:
    """Build the function that tells whether a rule is switched on."""
    return lambda name: bool(events.describe_rule(Name=name)["State"] == "ENABLED")


def scheduled_event(rule_name: str, instant: datetime) -> Event:
    """Write the Scheduled Event that EventBridge sends for an instant."""
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


def completing(rules: Iterable[Rule]) -> Callable[[str, Event], Event]:
    """Build the function that fills in what an event made by hand lacks of a Scheduled Event."""
    names = {rule.function_name: rule.name for rule in rules}

    def complete(function_name: str, event: Event) -> Event:
        if function_name not in names:
            return event
        return scheduled_event(names[function_name], datetime.now(UTC)) | event

    return complete


def _text(source: ScheduledEventConfig) -> str:
    expression = source.schedule_expression
    return expression.to_string() if isinstance(expression, ScheduleExpression) else expression
