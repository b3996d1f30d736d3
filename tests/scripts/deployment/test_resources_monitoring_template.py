"""The template monitoring.yaml: alarms, dashboard and saved queries of each function; checkov on both templates."""

import json
import re
import subprocess
from typing import Any

import pytest

from scripts.deployment.gateway_settings import RESPONSES
from tests.scripts.deployment import metric_math, template

NAME = "monitoring.yaml"
ROOT = template.FOLDER.parents[1]
HANDLERS = tuple(json.loads((ROOT / ".chalice" / "config.json").read_text())["lambda_functions"])
#: Functions that people call, and those that a clock calls. The workflow calls the others, and reports their failures.
CALLED, SCHEDULED = ("api_handler", "resize_image", "sanitize_image"), ("cleanup", "reconcile", "dog_fetch")
ALARMS = {
    template.resolve(each["AlarmName"], Stage="dev").removeprefix("darkroom-dev-"): each
    for each in template.of_type(NAME, "AWS::CloudWatch::Alarm").values()
}
GROUPS = template.of_type("resources.yaml", "AWS::Logs::LogGroup")
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text()
CHECKOV = ROOT / ".venv-checkov" / "bin" / "checkov"


@pytest.mark.parametrize("handler", [*CALLED[1:], *SCHEDULED])
def test_more_than_one_error_of_a_function_in_five_minutes_is_an_alarm(handler: str) -> None:
    alarm = ALARMS[f"{handler}-errors"]
    assert metric(alarm) == ("AWS/Lambda", "Errors", "Sum", 300, function(handler))
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (1, "GreaterThanThreshold")


@pytest.mark.parametrize(("speed", "seconds", "rate"), [("fast", 3600, 14.4), ("slow", 21600, 6)])
def test_the_5xx_that_api_gateway_counts_burn_the_budget_of_the_api(speed: str, seconds: int, rate: float) -> None:
    alarm = ALARMS[f"api-availability-{speed}"]
    # By the name of the API, which app.py gives it. A handler that runs out of time or memory is in it too.
    counted = [("AWS/ApiGateway", name, "Sum", seconds, "darkroom-dev") for name in ("Count", "5XXError")]
    assert [stat(each) for each in alarm["Metrics"][:2]] == counted
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (rate, "GreaterThanThreshold")


@pytest.mark.parametrize("handler", CALLED)
def test_any_throttle_of_a_function_is_an_alarm(handler: str) -> None:
    alarm = ALARMS[f"{handler}-throttles"]
    assert metric(alarm) == ("AWS/Lambda", "Throttles", "Sum", 300, function(handler))
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")


@pytest.mark.parametrize("handler", CALLED)
def test_a_count_of_invocations_outside_its_band_is_an_alarm(handler: str) -> None:
    alarm = ALARMS[f"{handler}-invocations"]
    [*_, watched, band] = alarm["Metrics"]
    assert band["Expression"] == f"ANOMALY_DETECTION_BAND({watched['Id']}, 3)"
    assert [each["ReturnData"] for each in alarm["Metrics"][-2:]] == [True, True]
    assert alarm["ThresholdMetricId"] == band["Id"]
    assert alarm["ComparisonOperator"] == "LessThanLowerOrGreaterThanUpperThreshold"


@pytest.mark.parametrize("handler", CALLED)
def test_no_invocation_counts_as_0_for_functions_that_are_called_at_any_time(handler: str) -> None:
    alarm = ALARMS[f"{handler}-invocations"]
    assert filled(alarm) == ("AWS/Lambda", "Invocations", "Sum", 300, function(handler))
    assert (alarm["EvaluationPeriods"], alarm["DatapointsToAlarm"]) == (3, 3)


@pytest.mark.parametrize("handler", CALLED)
def test_an_invocation_over_three_seconds_is_an_alarm_if_a_person_waits(handler: str) -> None:
    alarm = ALARMS[f"{handler}-duration"]
    assert metric(alarm) == ("AWS/Lambda", "Duration", "Maximum", 300, function(handler))
    assert alarm["Threshold"] == {"Ref": "LongMilliseconds"}
    assert template.read(NAME)["Parameters"]["LongMilliseconds"]["Default"] == 3000


@pytest.mark.parametrize(("handler", "hours"), [("cleanup", 26), ("reconcile", 2), ("dog_fetch", {"Ref": "DogHours"})])
def test_a_schedule_that_does_not_run_is_an_alarm(handler: str, hours: object) -> None:
    alarm = ALARMS[f"{handler}-missing"]
    assert filled(alarm) == ("AWS/Lambda", "Invocations", "Sum", 3600, function(handler))
    assert (alarm["EvaluationPeriods"], alarm["Threshold"]) == (hours, 1)
    assert (alarm["ComparisonOperator"], alarm["TreatMissingData"]) == ("LessThanThreshold", "breaching")


def test_work_that_was_not_done_is_an_alarm() -> None:
    dead_letters = metric(ALARMS["dead-letters"])
    assert dead_letters[:2] == ("AWS/SQS", "ApproximateNumberOfMessagesVisible")
    assert summed(ALARMS["executions-failed"]) == {"ExecutionsFailed", "ExecutionsTimedOut"}
    assert summed(ALARMS["cleanup-failed"]) == {"CleanupFailed", "CleanupRefused"}
    assert {ALARMS[name]["Threshold"] for name in ("dead-letters", "executions-failed", "cleanup-failed")} == {0}


def test_a_key_of_an_uploader_older_than_90_days_is_an_alarm_if_there_are_uploaders() -> None:
    alarm = ALARMS["uploader-key-old"]
    assert metric(alarm) == ("Darkroom", "UploaderKeyAgeDays", "Maximum", 86_400, "darkroom-dev")
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (90, "GreaterThanThreshold")
    # The metric has a value once a day, and none on a day without a clean-up.
    assert alarm["TreatMissingData"] == "ignore"
    read = template.read(NAME)
    assert read["Resources"]["UploaderKeyOld"]["Condition"] == "HasUploaders"
    assert read["Conditions"]["HasUploaders"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "Uploaders"}, 0]}]}


def test_every_alarm_goes_to_the_alarms_topic() -> None:
    for alarm in ALARMS.values():
        [topic] = alarm["AlarmActions"]
        assert template.resolve(topic, Stage="dev").endswith(":darkroom-dev-alarms")
        assert alarm["OKActions"] == alarm["AlarmActions"]


def test_every_alarm_names_a_section_of_the_runbook_that_names_the_alarm() -> None:
    for name, alarm in ALARMS.items():
        [section] = re.findall(r"See docs/runbook\.md, (.+)\.$", template.resolve(alarm["AlarmDescription"]))
        [text] = re.findall(rf"^## {section}\n(.+?)(?=^## |\Z)", RUNBOOK, re.MULTILINE | re.DOTALL)
        assert f"`{name}`" in text or f"`<function>-{name.rpartition('-')[2]}`" in text


def test_every_function_has_a_log_group_with_a_retention() -> None:
    names = {template.resolve(each["LogGroupName"], Stage="dev") for each in GROUPS.values()}
    assert names == {f"/aws/lambda/{function(handler)}" for handler in HANDLERS}
    assert [each["RetentionInDays"] for each in GROUPS.values()] == [{"Ref": "LogDays"}] * len(HANDLERS)


def test_the_dashboard_shows_every_function_and_metric() -> None:
    [dashboard] = template.of_type(NAME, "AWS::CloudWatch::Dashboard").values()
    widgets = json.loads(template.resolve(dashboard["DashboardBody"], Stage="dev"))["widgets"]
    every = [line for widget in widgets for line in widget["properties"]["metrics"]]
    lines = [line for line in every if isinstance(line[0], str)]
    assert len(every) == len(lines) + 2
    assert {"Invocations", "Errors", "Throttles", "IncomingBytes", "ExecutionsFailed"} < {line[1] for line in lines}
    assert ["Darkroom", "ApiFaults", "service", "darkroom-dev"] in [line[:4] for line in lines]
    assert {"ImagesProcessed", "ProcessingFailed", "BytesIn", "BytesOut"} < {line[1] for line in lines}
    for metric_name, stats, handlers in (("Invocations", {"Sum"}, HANDLERS), ("Duration", {"p50", "p99"}, CALLED)):
        shown = {(line[3], line[4]["stat"]) for line in lines if line[1] == metric_name}
        assert shown == {(function(handler), stat) for handler in handlers for stat in stats}
    assert {line[3] for line in lines if line[0] == "AWS/SQS"} == {"darkroom-dev-dead-letters"}
    assert {line[3] for line in lines if line[0] == "AWS/Logs"} == {f"/aws/lambda/{function(each)}" for each in CALLED}


def test_the_first_row_of_the_dashboard_shows_the_service_levels() -> None:
    [dashboard] = template.of_type(NAME, "AWS::CloudWatch::Dashboard").values()
    widgets = json.loads(template.resolve(dashboard["DashboardBody"], Stage="dev"))["widgets"]
    row = [each["properties"] for each in widgets if each["y"] == 0]
    assert [each["annotations"]["horizontal"][0]["value"] for each in row] == [99.9, 99.9]
    shown = []
    for each in row:
        [[expression], *metrics] = each["metrics"]
        series = {line[4]["id"]: {0: 995.0, 1: 0.0} for line in metrics} | {"errors": {0: 5.0}, "failed": {0: 5.0}}
        series |= {"requests": {0: 1000.0}}
        shown.append(metric_math.evaluate(expression["expression"], series, [0]))
    assert shown == [{0: 99.5}, {0: 99.5}]


def test_the_dashboard_has_at_most_50_metrics_as_in_the_free_tier() -> None:
    [dashboard] = template.of_type(NAME, "AWS::CloudWatch::Dashboard").values()
    widgets = json.loads(template.resolve(dashboard["DashboardBody"], Stage="dev"))["widgets"]
    assert 40 < sum(len(widget["properties"]["metrics"]) for widget in widgets) <= 50


@pytest.mark.parametrize("name", ["resources.yaml", NAME])
def test_a_template_fits_into_a_request_to_cloudformation(name: str) -> None:
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
    assert len((template.FOLDER / name).read_bytes()) < 51_200


def test_the_saved_queries_search_every_log() -> None:
    queries = template.of_type(NAME, "AWS::Logs::QueryDefinition").values()
    names = [template.resolve(query["Name"], Stage="dev") for query in queries]
    words = ["by request id", "slowest images", "rejections by cause"]
    assert names == [f"darkroom-dev/{word}" for word in words]
    for query in queries:
        searched = {template.resolve(name, Stage="dev") for name in query["LogGroupNames"]}
        assert searched == {f"/aws/lambda/{function(handler)}" for handler in HANDLERS}


def test_a_gateway_response_is_found_by_api_gateway_s_request_id() -> None:
    [by_id] = [each for each in template.of_type(NAME, "AWS::Logs::QueryDefinition").values() if is_by_id(each)]
    assert "or api_request_id =" in by_id["QueryString"]
    assert not [detail for _, _, detail in RESPONSES.values() if re.search(r"\blogs?\b", detail)]


def test_every_resource_that_can_be_tagged_has_the_cost_tags() -> None:
    tags = [{"Key": "application", "Value": "darkroom"}, {"Key": "stage", "Value": {"Ref": "Stage"}}]
    kinds = ("S3::Bucket", "DynamoDB::Table", "SNS::Topic", "SQS::Queue", "Logs::LogGroup", "CloudWatch::Alarm")
    for name in ("resources.yaml", NAME):
        for kind in kinds:
            for properties in template.of_type(name, f"AWS::{kind}").values():
                assert properties["Tags"] == tags


def test_each_skip_of_checkov_has_a_reason_above_it() -> None:
    lines = (template.FOLDER / "checkov.yaml").read_text().partition("skip-check:\n")[2].splitlines()
    assert len(lines) == 16
    for reason, skip in zip(lines[::2], lines[1::2], strict=True):
        assert len(reason.removeprefix("  # ")) > 40
        assert re.fullmatch(r"  - CKV_AWS_\d+", skip)


@pytest.mark.skipif(not CHECKOV.exists(), reason="checkov is not installed: run `make checkov`")
def test_checkov_passes_both_templates() -> None:
    command = [str(CHECKOV), "--config-file", "scripts/deployment/checkov.yaml", "--output", "json"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    summary = json.loads(result.stdout)["summary"]
    assert (summary["failed"], summary["parsing_errors"]) == (0, 0), result.stdout
    assert summary["passed"] > 40


def function(handler: str) -> str:
    """Return Chalice's name of a handler's function on the stage dev."""
    return "darkroom-dev" if handler == "api_handler" else f"darkroom-dev-{handler}"


def metric(alarm: dict[str, Any]) -> tuple[Any, ...]:
    """Return an alarm's namespace, metric, statistic, period in seconds, and the value of its dimension."""
    [dimension] = alarm["Dimensions"]
    value = template.resolve(dimension["Value"], Stage="dev")
    return (
        alarm.get("Namespace"),
        alarm["MetricName"],
        alarm.get("Statistic", alarm.get("Stat")),
        alarm["Period"],
        value,
    )


def stat(query: dict[str, Any]) -> tuple[Any, ...]:
    """Return the same as metric() for one query of an alarm."""
    return metric(query["MetricStat"] | query["MetricStat"]["Metric"])


def filled(alarm: dict[str, Any]) -> tuple[Any, ...]:
    """Return the same as metric() for an alarm that counts a period without data as 0."""
    [query, expression] = alarm["Metrics"][:2]
    assert expression["Expression"] == f"FILL({query['Id']}, 0)"
    assert (query["ReturnData"], expression["ReturnData"]) == (False, True)
    return stat(query)


def is_by_id(query: dict[str, Any]) -> bool:
    """Return True for the saved query by request id."""
    return template.resolve(query["Name"], Stage="dev").endswith("/by request id")


def summed(alarm: dict[str, Any]) -> set[str]:
    """Return the names of the metrics that an alarm adds up."""
    stats = {
        each["Id"]: each["MetricStat"]["Metric"]["MetricName"] for each in alarm["Metrics"] if "MetricStat" in each
    }
    [total] = [each["Expression"] for each in alarm["Metrics"] if "Expression" in each]
    # FILL fills nothing before a metric's first value, and A + B has a value only where both have one.
    assert total == f"SUM([{', '.join(stats)}])"
    return set(stats.values())
