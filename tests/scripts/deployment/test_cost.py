"""The idle cost of a stage: its alarms and dashboards are those of the template, its sums those of docs/cost.md."""

import re
from collections import Counter
from pathlib import Path

import pytest

from scripts.deployment import cost
from scripts.project import PROJECT
from tests.scripts.deployment import template
from tests.scripts.targets import copy_project, moto_target

DOCUMENT = (PROJECT / "docs" / "cost.md").read_text()


def alarm_metrics(monitoring: str) -> int:
    """Count what CloudWatch bills: each metric of an alarm, and two more for an anomaly band."""
    count = 0
    for alarm in template.resources("monitoring.yaml", "AWS::CloudWatch::Alarm", monitoring):
        queries = alarm.get("Metrics", [{"MetricStat": {}}])
        count += sum("MetricStat" in each for each in queries)
        count += 2 * sum("ANOMALY_DETECTION_BAND" in each.get("Expression", "") for each in queries)
    return count


@pytest.mark.parametrize("monitoring", ["basic", "full"])
def test_the_alarms_and_dashboards_are_those_of_the_template(monitoring: str) -> None:
    dashboards = template.resources("monitoring.yaml", "AWS::CloudWatch::Dashboard", monitoring)
    assert alarm_metrics(monitoring) == cost.ALARM_METRICS[monitoring]
    assert len(dashboards) == cost.DASHBOARDS[monitoring]


def test_an_idle_stage_costs_at_most_3_usd_a_month() -> None:
    assert sum(cost.idle("basic", "rate(1 hour)").values()) <= 3


@pytest.mark.parametrize(
    ("schedule", "fetches"),
    [
        ("off", 0),
        ("rate(1 hour)", 730),
        ("rate(30 minutes)", 1460),
        ("cron(0 8 * * ? *)", 730 / 24),
        ("cron(0 8 1 * ? *)", 31),
    ],
)
def test_a_schedule_has_so_many_runs_a_month(schedule: str, fetches: float) -> None:
    assert cost.fetches_a_month(schedule) == pytest.approx(fetches)


@pytest.mark.parametrize(
    ("monitoring", "schedule"), [("basic", "rate(1 hour)"), ("basic", "off"), ("full", "rate(1 hour)")]
)
def test_the_document_has_the_sums_of_the_code(monitoring: str, schedule: str) -> None:
    row = rf"\| `{monitoring}` \| `{re.escape(schedule)}` \| (.+) \|"
    [found] = re.findall(row, DOCUMENT)
    parts = cost.idle(monitoring, schedule)
    assert found.split(" | ") == [f"{usd:.2f}" for usd in (*parts.values(), sum(parts.values()))]


@pytest.mark.parametrize("uploaders", [0, 1])
@pytest.mark.parametrize("schedule", ["rate(1 hour)", "off"])
def test_the_document_has_what_a_new_vpc_costs(schedule: str, uploaders: int) -> None:
    people = "some" if uploaders else "none"
    [found] = re.findall(rf"\| `new` \| `{re.escape(schedule)}` \| {people} \| (.+) \|", DOCUMENT)
    parts = cost.vpc(schedule, uploaders)
    assert found.split(" | ") == [f"{usd:.2f}" for usd in (*parts.values(), sum(parts.values()))]


def test_the_interface_endpoints_and_their_zones_are_those_of_the_template() -> None:
    endpoints = [each for each in template.read("vpc.yaml")["Resources"].values() if each["Type"].endswith("Endpoint")]
    paid = [each for each in endpoints if each["Properties"]["VpcEndpointType"] == "Interface"]
    assert {len(each["Properties"]["SubnetIds"]) for each in paid} == {cost.ZONES}
    assert Counter(each.get("Condition", "") for each in paid) == cost.ENDPOINTS
    assert len(template.of_type("vpc.yaml", "AWS::EC2::NatGateway")) == 1


@pytest.mark.parametrize("uploaders", [0, 1, 2])
def test_each_uploader_costs_its_secret_and_all_share_an_alarm_and_a_metric(uploaders: int) -> None:
    usd = cost.idle("basic", "off", uploaders)["uploaders"]
    assert usd == pytest.approx(uploaders * 0.4 + (0.1125 if uploaders else 0))
    assert f"| {uploaders} | {usd:.2f} |" in DOCUMENT


def test_the_document_has_the_prices_and_their_date_of_the_code() -> None:
    network = (cost.ENDPOINT_HOUR, cost.NAT_HOUR, cost.ADDRESS_HOUR, cost.ENDPOINT_GB, cost.NAT_GB)
    alarms = (cost.ALARM_METRIC, cost.DASHBOARD, cost.SECRET, cost.METRIC)
    prices = (*network, *alarms, cost.GB_SECOND, cost.INVOCATION, cost.TRANSITION)
    assert cost.PRICE_DATE in DOCUMENT
    for price in prices:
        assert f"{price:.10f}".rstrip("0") in DOCUMENT.replace(",", ""), price


def test_the_line_names_only_what_costs_something() -> None:
    assert cost.line("basic", "off") == (
        "Idle, the stage costs about 2.67 USD a month (alarms 2.60, reconcile 0.07). See docs/cost.md."
    )
    assert "dashboard 3.00" in cost.line("full", "off")


def test_prod_costs_what_full_monitoring_costs(tmp_path: Path) -> None:
    project = copy_project(tmp_path)
    lines = {stage: cost.line_of(moto_target(project, stage)) for stage in ("staging", "prod")}
    assert ("dashboard 3.00" in lines["prod"], "dashboard" in lines["staging"]) == (True, False)
    basic = sum(cost.idle("basic", "off").values())
    assert f"saves {sum(cost.idle('full', 'off').values()) - basic:.2f} a month on `prod`" in DOCUMENT


def test_the_line_of_a_stage_with_a_new_vpc_names_its_parts() -> None:
    line = cost.line("basic", "rate(1 hour)", new_vpc=True)
    total = sum(cost.idle("basic", "rate(1 hour)").values()) + 65.70
    assert line.startswith(f"Idle, the stage costs about {total:.2f} USD a month")
    assert "endpoints 29.20, NAT gateway 36.50" in line
    assert "NAT" not in cost.line("basic", "off", new_vpc=True)
    assert "endpoints 29.20" in cost.line("basic", "off", 2, new_vpc=True)
