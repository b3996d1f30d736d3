"""Evaluate the alarms of monitoring.yaml on made-up metrics, with their own expressions, as CloudWatch documents them.

Rules: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html (SUM, FILL) and
alarms-and-missing-data.html. An anomaly band needs a model that only CloudWatch has, so those alarms are left out.
"""

import operator
import re
from collections.abc import Callable
from typing import Any

from tests.scripts.deployment import template

#: Value by minute, for each (metric name, value of the dimension).
Metrics = dict[tuple[str, str], dict[int, float]]
Series = dict[int, float]
_AGGREGATES: dict[str, Any] = {"Sum": sum, "Maximum": max}
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
}


def rings(alarm: dict[str, Any], metrics: Metrics, minutes: int, parameters: dict[str, str]) -> bool:
    """Return True if the alarm is in the state ALARM in any minute of the first `minutes`."""
    [watched], period = _watched(alarm, metrics, minutes, parameters)
    needed = int(_value(alarm["EvaluationPeriods"], parameters))
    threshold = float(_value(alarm["Threshold"], parameters))
    missing = alarm["TreatMissingData"] == "breaching"
    compare = _COMPARE[alarm["ComparisonOperator"]]
    bad = [compare(watched[t], threshold) if t in watched else missing for t in range(0, minutes, period)]
    return any(all(bad[i : i + needed]) for i in range(len(bad) - needed + 1))


def _watched(
    alarm: dict[str, Any], metrics: Metrics, minutes: int, parameters: dict[str, str]
) -> tuple[list[Series], int]:
    if "Metrics" not in alarm:
        return [_series(alarm, metrics, parameters)], alarm["Period"] // 60
    series: dict[str, Series] = {}
    returned, period = [], 0
    for query in alarm["Metrics"]:
        if "MetricStat" in query:
            stat = query["MetricStat"] | query["MetricStat"]["Metric"]
            period = stat["Period"] // 60
            series[query["Id"]] = _series(stat, metrics, parameters)
        else:
            series[query["Id"]] = _expression(query["Expression"], series, range(0, minutes, period))
        returned += [series[query["Id"]]] if query["ReturnData"] else []
    return returned, period


def _expression(text: str, series: dict[str, Series], times: range) -> Series:
    if found := re.fullmatch(r"SUM\(\[(.+)\]\)", text):
        parts = [series[name] for name in found[1].split(", ")]
        return {t: sum(part.get(t, 0) for part in parts) for t in times if any(t in part for part in parts)}
    [name, value] = re.fullmatch(r"FILL\((\w+), (\d+)\)", text).groups()  # type: ignore[union-attr]
    # FILL fills nothing before the first value of a metric.
    return {t: series[name].get(t, float(value)) for t in times if series[name] and t >= min(series[name])}


def _series(stat: dict[str, Any], metrics: Metrics, parameters: dict[str, str]) -> Series:
    """Return the statistic of each period that has data, by its first minute."""
    [dimension] = stat["Dimensions"]
    data = metrics.get((stat["MetricName"], template.resolve(dimension["Value"], **parameters)), {})
    length = stat["Period"] // 60
    periods: dict[int, list[float]] = {}
    for minute, value in data.items():
        periods.setdefault(minute // length * length, []).append(value)
    aggregate = _AGGREGATES[stat["Statistic"] if "Statistic" in stat else stat["Stat"]]
    return {start: aggregate(values) for start, values in periods.items()}


def _value(value: Any, parameters: dict[str, str]) -> Any:
    return parameters[value["Ref"]] if isinstance(value, dict) else value
