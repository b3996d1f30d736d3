"""Evaluate the alarms of monitoring.yaml on made-up metrics, with their own expressions, as CloudWatch documents them.

CloudWatch evaluates each alarm every minute, over windows that end at this minute (alarm-evaluation-window.html), and
treats missing data as the alarm says (alarms-and-missing-data.html). An anomaly band needs a model that only
CloudWatch has, so those alarms are left out.
"""

import operator
from collections.abc import Callable
from itertools import accumulate
from typing import Any

from tests.scripts.deployment import metric_math, template
from tests.scripts.deployment.metric_math import Series

#: Value by minute, for each (metric name, value of the dimension).
Metrics = dict[tuple[str, str], dict[int, float]]
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
}


def rings(alarm: dict[str, Any], metrics: Metrics, minutes: int, parameters: dict[str, str]) -> bool:
    """Return True if the alarm is in the state ALARM in any minute of the first `minutes`."""
    [watched], period = _watched(alarm, metrics, minutes, parameters)
    periods = int(_value(alarm["EvaluationPeriods"], parameters))
    needed = int(alarm.get("DatapointsToAlarm", periods))
    threshold = float(_value(alarm["Threshold"], parameters))
    missing = alarm["TreatMissingData"] == "breaching"
    compare = _COMPARE[alarm["ComparisonOperator"]]
    if not watched and not missing:
        return False
    bad = [compare(watched[t], threshold) if t in watched else missing for t in range(minutes - period + 1)]
    first = (periods - 1) * period
    return any(sum(bad[last - first : last + 1 : period]) >= needed for last in range(first, len(bad)))


def inputs(alarm: dict[str, Any], parameters: dict[str, str]) -> list[tuple[str, str]]:
    """Return the metrics that an alarm watches."""
    stats = [each["MetricStat"]["Metric"] for each in alarm.get("Metrics", []) if "MetricStat" in each] or [alarm]
    return [(each["MetricName"], template.resolve(each["Dimensions"][0]["Value"], **parameters)) for each in stats]


def _watched(
    alarm: dict[str, Any], metrics: Metrics, minutes: int, parameters: dict[str, str]
) -> tuple[list[Series], int]:
    if "Metrics" not in alarm:
        return [_series(alarm, metrics, minutes, parameters)], alarm["Period"] // 60
    series: dict[str, Series] = {}
    returned, period = [], 0
    for query in alarm["Metrics"]:
        if "MetricStat" in query:
            stat = query["MetricStat"] | query["MetricStat"]["Metric"]
            assert period in (0, stat["Period"] // 60)
            period = stat["Period"] // 60
            series[query["Id"]] = _series(stat, metrics, minutes, parameters)
        else:
            text = template.resolve(query["Expression"], **parameters)
            series[query["Id"]] = metric_math.evaluate(text, series, range(minutes - period + 1))
        returned += [series[query["Id"]]] if query["ReturnData"] else []
    return returned, period


def _series(stat: dict[str, Any], metrics: Metrics, minutes: int, parameters: dict[str, str]) -> Series:
    """Return the statistic of each window that has data, by its first minute. A window starts at every minute."""
    [dimension] = stat["Dimensions"]
    data = metrics.get((stat["MetricName"], template.resolve(dimension["Value"], **parameters)), {})
    if not data:
        return {}
    length, last = stat["Period"] // 60, minutes - stat["Period"] // 60
    if stat.get("Statistic", stat.get("Stat")) == "Maximum":
        starts = {start for minute in data for start in range(max(0, minute - length + 1), min(minute, last) + 1)}
        return {t: max(data[each] for each in range(t, t + length) if each in data) for t in starts}
    sums = list(accumulate((data.get(minute, 0.0) for minute in range(minutes)), initial=0.0))
    counts = list(accumulate((minute in data for minute in range(minutes)), initial=0))
    return {t: sums[t + length] - sums[t] for t in range(last + 1) if counts[t + length] > counts[t]}


def _value(value: Any, parameters: dict[str, str]) -> Any:
    return parameters[value["Ref"]] if isinstance(value, dict) else value
