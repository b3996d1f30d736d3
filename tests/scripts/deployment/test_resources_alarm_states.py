"""Which alarms of monitoring.yaml ring, on made-up metrics: none of a stage that rests, and one for each fault."""

from typing import Any

import pytest

from scripts.deployment import stage_file
from tests.scripts.deployment import alarm_states, template
from tests.scripts.deployment.alarm_states import Metrics

DAYS = 3
MINUTES = DAYS * 24 * 60
NOON = 36 * 60
PARAMETERS = {"Stage": "dev", "DogHours": "3", "LongMilliseconds": "3000", "ThrottleBurst": "100"}
_KNOWN: dict[tuple[object, ...], bool] = {}
MACHINE = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:darkroom-dev-DogUploaderPipeline"
INGESTION = MACHINE.replace("DogUploaderPipeline", "IngestDogs")


def resting() -> Metrics:
    """Return the metrics of a stage that nobody uses: its schedules run, and its clean-up finds nothing to do."""
    every = {"reconcile": 15, "dog_fetch": 60, "FetchAndUploadDogImage": 60, "LogToDynamoDB": 60}
    metrics: Metrics = {}
    for name, pause in every.items():
        metrics["Invocations", f"darkroom-dev-{name}"] = dict.fromkeys(range(0, MINUTES, pause), 1.0)
    for name in every:
        function = f"darkroom-dev-{name}"
        metrics["Errors", function] = dict.fromkeys(metrics["Invocations", function], 0.0)
    metrics["Invocations", "darkroom-dev-cleanup"] = {day * 1440: 1.0 for day in range(DAYS)}
    return metrics


def ringing(metrics: Metrics) -> set[str]:
    """Return the names of the alarms that ring, without the stage."""
    found = set()
    for alarm in template.resources("monitoring.yaml", "AWS::CloudWatch::Alarm", "full"):
        if "ThresholdMetricId" not in alarm and rings(alarm, metrics):
            found.add(template.resolve(alarm["AlarmName"], **PARAMETERS).removeprefix("darkroom-dev-"))
    return found


def rings(alarm: dict[str, Any], metrics: Metrics) -> bool:
    """Return whether an alarm rings. The same alarm on the same metrics is evaluated once for all tests."""
    watched = {each: metrics.get(each, {}) for each in alarm_states.inputs(alarm, PARAMETERS)}
    key = (str(alarm["AlarmName"]), *(frozenset(values.items()) for values in watched.values()))
    if key not in _KNOWN:
        _KNOWN[key] = alarm_states.rings(alarm, watched, MINUTES, PARAMETERS)
    return _KNOWN[key]


def test_no_alarm_rings_in_a_stage_that_rests() -> None:
    assert ringing(resting()) == set()


@pytest.mark.parametrize(
    ("metric", "dimension", "values", "alarm"),
    [
        ("Errors", "darkroom-dev-resize_image", [1, 1], "resize_image-errors"),
        ("Errors", "darkroom-dev-sanitize_image", [1, 1], "sanitize_image-errors"),
        ("Duration", "darkroom-dev-resize_image", [3001], "resize_image-duration"),
        ("Throttles", "darkroom-dev", [1], "api_handler-throttles"),
        ("ApproximateNumberOfMessagesVisible", "darkroom-dev-dead-letters", [1], "dead-letters"),
        ("ExecutionsFailed", MACHINE, [1], "executions-failed"),
        ("ExecutionsTimedOut", MACHINE, [1], "executions-failed"),
        ("ExecutionsFailed", INGESTION, [1], "ingestions-failed"),
        ("ExecutionsTimedOut", INGESTION, [1], "ingestions-failed"),
        ("CleanupFailed", "darkroom-dev", [1], "cleanup-failed"),
        ("CleanupRefused", "darkroom-dev", [1], "cleanup-failed"),
        ("ReconcileErrors", "darkroom-dev", [1], "reconcile-failed"),
    ],
)
def test_a_fault_rings_its_alarm_and_no_other(metric: str, dimension: str, values: list[int], alarm: str) -> None:
    fault = {(metric, dimension): {NOON + minute: float(value) for minute, value in enumerate(values)}}
    assert ringing(resting() | fault) == {alarm}


@pytest.mark.parametrize(("metric", "value"), [("Errors", 1.0), ("Duration", 3000.0)])
def test_a_single_fault_that_a_retry_ends_rings_nothing(metric: str, value: float) -> None:
    assert ringing(resting() | {(metric, "darkroom-dev-resize_image"): {NOON: value}}) == set()


@pytest.mark.parametrize(
    ("handler", "start", "silent", "rings"),
    [
        ("reconcile", NOON, 60, False),
        ("reconcile", NOON, 181, True),
        ("dog_fetch", NOON, 120, False),
        ("dog_fetch", NOON, 300, True),
        ("cleanup", 24 * 60, 1, True),
    ],
)
def test_a_schedule_that_stops_rings_after_its_time(handler: str, start: int, silent: int, *, rings: bool) -> None:
    metrics = resting()
    runs = metrics["Invocations", f"darkroom-dev-{handler}"]
    for minute in [each for each in runs if start <= each < start + silent]:
        del runs[minute]
    assert (f"{handler}-missing" in ringing(metrics)) is rings


@pytest.mark.parametrize(("days", "rings"), [(90, False), (91, True)])
def test_a_key_of_an_uploader_rings_when_it_is_older_than_90_days(days: int, *, rings: bool) -> None:
    [alarm] = [
        each
        for each in template.of_type("monitoring.yaml", "AWS::CloudWatch::Alarm").values()
        if each.get("MetricName") == "UploaderKeyAgeDays"
    ]
    metrics: Metrics = {("UploaderKeyAgeDays", "darkroom-dev"): {NOON: float(days)}}
    assert alarm_states.rings(alarm, metrics, MINUTES, PARAMETERS) is rings


def test_no_anomaly_band_watches_a_function_that_a_clock_calls() -> None:
    alarms = template.resources("monitoring.yaml", "AWS::CloudWatch::Alarm", "full")
    watched = {template.resolve(alarm["AlarmName"], Stage="dev") for alarm in alarms if "ThresholdMetricId" in alarm}
    assert watched == {f"darkroom-dev-{each}-invocations" for each in ("api_handler", "resize_image", "sanitize_image")}


def test_monitoring_is_basic_or_full() -> None:
    [allowed] = [each["AllowedValues"] for each in [template.read("monitoring.yaml")["Parameters"]["Monitoring"]]]
    assert allowed == list(stage_file.MONITORING)
