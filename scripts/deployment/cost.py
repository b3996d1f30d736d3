"""Estimate what a stage costs a month while nobody uses it. docs/cost.md has the arithmetic, also of photos.

The prices are AWS's list prices in us-east-1, without free tiers.
"""

from datetime import UTC, datetime, timedelta

from chalicelib.settings import SCHEDULE_OFF
from scripts.deployment import resources, stage_file
from scripts.deployment.schedules import ScheduleError, parse
from scripts.deployment.target import Target
from scripts.deployment.vpc import choice

#: The month of the prices. Check them at https://aws.amazon.com/pricing/ before you rely on a sum.
PRICE_DATE = "November 2025"
#: How many metrics the alarms of monitoring.yaml watch, without that of the uploaders. A test counts them.
#: An anomaly band counts as two more.
ALARM_METRICS = {"basic": 26, "full": 45}
#: How many dashboards a stage has.
DASHBOARDS = {"basic": 0, "full": 1}
#: USD a month, or for one unit.
ALARM_METRIC, DASHBOARD, SECRET, METRIC = 0.10, 3.00, 0.40, 0.30
GB_SECOND, INVOCATION, TRANSITION = 0.0000133334, 0.0000002, 0.000025
#: GB of each function, and seconds of one call of a task. A second includes a cold start.
MEMORY, SECONDS = 1769 / 1024, 1.0
#: USD for an hour of an interface endpoint in one zone, of a NAT gateway and of its public address (VPC=new).
ENDPOINT_HOUR, NAT_HOUR, ADDRESS_HOUR = 0.01, 0.045, 0.005
#: USD for a GB through an interface endpoint and through a NAT gateway. Gateway endpoints cost nothing.
ENDPOINT_GB, NAT_GB = 0.01, 0.045
#: The interface endpoints of vpc.yaml by its conditions, "" for none, and the zones of each. A test counts them.
ENDPOINTS, ZONES = {"": 1, "FetchesDogs": 1, "HasUploaders": 1}, 2
HOURS = 730
_MONTH = timedelta(hours=HOURS)
_RECONCILE_EVERY = timedelta(minutes=15)
#: A fetch runs dog_fetch and three functions of the workflow, in at most six states and the start.
_FUNCTIONS_OF_A_FETCH, _TRANSITIONS_OF_A_FETCH = 4, 7


def idle(monitoring: str, dog_schedule: str, uploaders: int = 0) -> dict[str, float]:
    """Return USD a month by what costs it, for a stage with these settings that nobody uses.

    Each uploader has a secret. All share an alarm, and a metric that has a value in one hour of each day.
    """
    fetches = fetches_a_month(dog_schedule)
    return {
        "alarms": ALARM_METRICS[monitoring] * ALARM_METRIC,
        "dashboard": DASHBOARDS[monitoring] * DASHBOARD,
        "reconcile": _MONTH / _RECONCILE_EVERY * _call(),
        "dogs": fetches * (_FUNCTIONS_OF_A_FETCH * _call() + _TRANSITIONS_OF_A_FETCH * TRANSITION),
        "uploaders": uploaders * SECRET + bool(uploaders) * (ALARM_METRIC + METRIC / 24),
    }


def vpc(dog_schedule: str, uploaders: int = 0) -> dict[str, float]:
    """Return USD a month of the VPC of VPC=new, by what costs it, without the GB that go through it."""
    fetches_dogs = dog_schedule != SCHEDULE_OFF
    holding = {"": True, "FetchesDogs": fetches_dogs, "HasUploaders": bool(uploaders)}
    endpoints = sum(count for condition, count in ENDPOINTS.items() if holding[condition])
    return {
        "endpoints": endpoints * ZONES * ENDPOINT_HOUR * HOURS,
        "NAT gateway": (NAT_HOUR + ADDRESS_HOUR) * HOURS if fetches_dogs else 0,
    }


def fetches_a_month(schedule: str) -> float:
    """Return an upper bound of the runs of a schedule in a month. One that is not daily runs 31 times at most."""
    try:
        pause = parse(schedule, datetime(1970, 1, 1, tzinfo=UTC)).longest_pause()
    except ScheduleError:
        return 0
    return _MONTH / pause if pause else 31


def line_of(target: Target) -> str:
    """Return line() for a stage. It needs no credentials. Raises DeployError if a setting is invalid."""
    names = resources.expected_names(target.with_placeholder_account())
    settings = stage_file.settings_of(target, names)
    chosen = stage_file.monitoring(target), settings.dog_schedule, len(settings.uploaders)
    return line(*chosen, new_vpc=choice.read(target).is_new)


def line(monitoring: str, dog_schedule: str, uploaders: int = 0, *, new_vpc: bool = False) -> str:
    """Return one line for a person: the sum, and its parts that cost something."""
    parts = idle(monitoring, dog_schedule, uploaders) | (vpc(dog_schedule, uploaders) if new_vpc else {})
    named = ", ".join(f"{name} {usd:.2f}" for name, usd in parts.items() if usd >= 0.005)
    return f"Idle, the stage costs about {sum(parts.values()):.2f} USD a month ({named}). See docs/cost.md."


def _call() -> float:
    return SECONDS * MEMORY * GB_SECOND + INVOCATION
