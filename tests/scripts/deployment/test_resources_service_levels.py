"""The alarms of the service levels, of 4xx and of 429, evaluated on made-up traffic: each rings for its own fault."""

from collections.abc import Iterable

import pytest

from tests.scripts.deployment import template
from tests.scripts.deployment.alarm_states import Metrics
from tests.scripts.deployment.test_resources_alarm_states import MINUTES, NOON, resting, ringing

STAGE = "darkroom-dev"
#: The metrics of all and of failed requests, and those of good and of failed images, by the alarms' names.
API, IMAGES = "api-availability", "images-success"
LEVELS = (API, IMAGES)
HOUR, SIX_HOURS = range(NOON, NOON + 60), range(NOON, NOON + 360)


def traffic(level: str, rate: float, failing: float = 0, when: Iterable[int] = ()) -> Metrics:
    """Return `rate` requests or images in each minute of all days, of which `failing` fail in each minute of `when`."""
    failed = dict.fromkeys(when, failing)
    if level == API:
        return requests(dict.fromkeys(range(MINUTES), rate), failed)
    good = {minute: rate - failed.get(minute, 0) for minute in range(MINUTES)}
    return {("ImagesProcessed", STAGE): good, ("ImagesFailed", STAGE): failed}


def few(level: str, good: Iterable[int], failed: Iterable[int]) -> Metrics:
    """Return one request or image in each of these minutes."""
    faults = dict.fromkeys(failed, 1.0)
    if level == API:
        return requests(dict.fromkeys([*good, *faults], 1.0), faults)
    return {("ImagesProcessed", STAGE): dict.fromkeys(good, 1.0), ("ImagesFailed", STAGE): faults}


def requests(
    counts: dict[int, float],
    faults: dict[int, float] | None = None,
    client_errors: dict[int, float] | None = None,
    by_app: dict[int, float] | None = None,
) -> Metrics:
    """Return what API Gateway writes for requests: 0 for a minute without an error. The app counts its own 4xx."""
    nothing = dict.fromkeys(counts, 0.0)
    metrics: Metrics = {("Count", STAGE): counts, ("5XXError", STAGE): nothing | (faults or {})}
    return metrics | {("4XXError", STAGE): nothing | (client_errors or {}), ("ApiRejections", STAGE): by_app or {}}


def rung(metrics: Metrics) -> set[str]:
    """Return the names of the alarms that ring in a stage that also runs its schedules."""
    return ringing(resting() | metrics)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("rate", [0.05, 10.0, 6000.0])
def test_traffic_without_faults_rings_nothing(level: str, rate: float) -> None:
    assert rung(traffic(level, rate)) == set()


@pytest.mark.parametrize("level", LEVELS)
def test_a_burn_rate_of_1_which_spends_the_budget_in_its_time_rings_nothing(level: str) -> None:
    assert rung(traffic(level, 1000.0, 1.0, range(MINUTES))) == set()


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    ("failing", "when", "alarms"),
    [
        # 14.4 times the budget in an hour, and just over.
        (144.0, HOUR, set()),
        (145.0, HOUR, {"fast"}),
        # 6 times the budget in six hours, and just over.
        (60.0, SIX_HOURS, set()),
        (61.0, SIX_HOURS, {"slow"}),
        # An outage of a minute is a burn of 16.7 over an hour, and of 2.8 over six. One of ten minutes is seen in both.
        (10_000.0, range(NOON, NOON + 1), {"fast"}),
        (10_000.0, range(NOON, NOON + 10), {"fast", "slow"}),
    ],
)
def test_a_burn_rings_the_alarm_of_its_speed(level: str, failing: float, when: range, alarms: set[str]) -> None:
    # Of 10,000 in each minute.
    assert rung(traffic(level, 10_000.0, failing, when)) == {f"{level}-{each}" for each in alarms}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    ("good", "failed", "alarms"),
    [
        # One failure of three at night, and two.
        ((0, 20), (40,), set()),
        ((0,), (20, 40), set()),
        # Three of three in an hour.
        ((), (0, 20, 40), {"fast"}),
        # One each 80 minutes: three in six hours, and four.
        ((), (0, 120, 240), set()),
        ((), (0, 80, 160, 240), {"slow"}),
    ],
)
def test_with_little_traffic_three_failures_in_an_hour_or_four_in_six_ring(
    level: str, good: tuple[int, ...], failed: tuple[int, ...], alarms: set[str]
) -> None:
    night = [24 * 60 + minute for minute in good], [24 * 60 + minute for minute in failed]
    assert rung(few(level, *night)) == {f"{level}-{each}" for each in alarms}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    ("hours", "requests_", "failures", "alarms"),
    [
        # Above 200 in an hour and 500 in six, the share counts: 3 and 4 of 250, 4 and 5 of 700.
        (1, 250, 3, set()),
        (1, 250, 4, {"fast"}),
        (6, 700, 4, set()),
        (6, 700, 5, {"slow"}),
    ],
)
def test_with_more_traffic_the_share_counts(
    level: str, hours: int, requests_: int, failures: int, alarms: set[str]
) -> None:
    # The failures are apart, so that no hour of the six has three.
    failed = [NOON + 60 * hours * each // failures for each in range(failures)]
    in_each = requests_ / (60 * hours)
    metrics = traffic(level, in_each, 1.0, failed)
    assert rung(metrics) == {f"{level}-{each}" for each in alarms}


@pytest.mark.parametrize("metric", ["ProcessingFailed", "SanitizeRejected"])
def test_photos_that_are_rejected_ring_nothing(metric: str) -> None:
    assert rung({(metric, STAGE): dict.fromkeys(HOUR, 50.0)}) == set()


def answered_with_4xx(rate: float, share: float, when: Iterable[int], *, by_app: bool) -> Metrics:
    """Return `rate` requests a minute, of which a share is answered with 4xx by the app or by API Gateway itself."""
    errors = dict.fromkeys(when, rate * share)
    return requests(dict.fromkeys(range(MINUTES), rate), None, errors, errors if by_app else None)


@pytest.mark.parametrize(
    ("rate", "share", "minutes", "by_app", "alarms"),
    [
        # The app rejects more than half, in a quiet and in a busy stage.
        (30.0, 0.6, 10, True, {"api-4xx"}),
        (400.0, 0.6, 10, True, {"api-4xx"}),
        (30.0, 0.6, 9, True, set()),
        (30.0, 0.5, 60, True, set()),
        # Ten requests a minute are too few for a spike.
        (10.0, 1.0, 60, True, set()),
        # API Gateway refuses them: below the burst they have no credentials, above it they are throttled.
        (100.0, 0.6, 10, False, {"api-4xx"}),
        (101.0, 0.6, 60, False, {"api-throttled"}),
        (400.0, 0.06, 3, False, {"api-throttled"}),
        (400.0, 0.06, 2, False, set()),
        (400.0, 0.05, 60, False, set()),
    ],
)
def test_4xx_and_429_ring_their_own_alarm(
    rate: float, share: float, minutes: int, alarms: set[str], *, by_app: bool
) -> None:
    assert rung(answered_with_4xx(rate, share, range(NOON, NOON + minutes), by_app=by_app)) == alarms


@pytest.mark.parametrize(
    ("rate", "minutes", "by_app", "alarms"),
    [
        (30.0, [*range(9), 14], True, {"api-4xx"}),
        (30.0, [*range(9), 15], True, set()),
        (400.0, [0, 1, 4], False, {"api-throttled"}),
        (400.0, [0, 1, 5], False, set()),
    ],
)
def test_ten_of_fifteen_minutes_of_4xx_ring_and_three_of_five_of_429(
    rate: float, minutes: list[int], alarms: set[str], *, by_app: bool
) -> None:
    when = [NOON + minute for minute in minutes]
    assert rung(answered_with_4xx(rate, 0.6, when, by_app=by_app)) == alarms


def test_a_flood_that_the_app_rejects_and_api_gateway_throttles_rings_both() -> None:
    when = range(NOON, NOON + 15)
    # Of 1000 requests, the app rejects 900 of those that it gets, and API Gateway refuses 100.
    flood = requests(
        dict.fromkeys(range(MINUTES), 1000.0), None, dict.fromkeys(when, 1000.0), dict.fromkeys(when, 900.0)
    )
    assert rung(flood) == {"api-4xx", "api-throttled"}


def test_images_4xx_and_429_are_watched_only_in_full() -> None:
    names = {
        monitoring: {
            template.resolve(each["AlarmName"], Stage="dev").removeprefix("darkroom-dev-")
            for each in template.resources("monitoring.yaml", "AWS::CloudWatch::Alarm", monitoring)
        }
        for monitoring in ("basic", "full")
    }
    assert {f"{API}-fast", f"{API}-slow"} < names["basic"]
    handlers = ("api_handler", "resize_image", "sanitize_image")
    more = {
        f"{IMAGES}-fast",
        f"{IMAGES}-slow",
        "api-4xx",
        "api-throttled",
        *(f"{each}-invocations" for each in handlers),
    }
    assert names["full"] - names["basic"] == more
    assert names["basic"] < names["full"]
