"""Evaluate the expressions of CloudWatch's metric math that the alarms use, as CloudWatch documents them.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import ast
import operator
from collections.abc import Callable, Iterable
from typing import Any

#: Value by the first minute of its window.
Series = dict[int, float]
Value = float | Series
_OPERATORS: dict[type[Any], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Gt: operator.gt,
}


def evaluate(text: str, series: dict[str, Series], times: Iterable[int]) -> Series:
    """Return the time series of an expression; `series` by their ids. Raises for what is not a time series."""
    result = _walk(ast.parse(text, mode="eval").body, series, list(times))
    assert isinstance(result, dict), text
    return result


def _walk(node: ast.AST, series: dict[str, Series], times: list[int]) -> Value:
    if isinstance(node, ast.Constant):
        return float(str(node.value))
    if isinstance(node, ast.Name):
        return series[node.id]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return _combine(operator.mul, -1.0, _walk(node.operand, series, times))
    if isinstance(node, ast.BinOp):
        left, right = (_walk(each, series, times) for each in (node.left, node.right))
        return _combine(_OPERATORS[type(node.op)], left, right)
    if isinstance(node, ast.Compare):
        left, right = (_walk(each, series, times) for each in (node.left, node.comparators[0]))
        return _combine(_OPERATORS[type(node.ops[0])], left, right)
    assert isinstance(node, ast.Call), ast.unparse(node)
    assert isinstance(node.func, ast.Name)
    return _FUNCTIONS[node.func.id](node.args, lambda each: _walk(each, series, times), times)


def _combine(operation: Callable[[float, float], float], left: Value, right: Value) -> Value:
    """Two time series have a result only where both have a value."""
    known = [set(each) for each in (left, right) if isinstance(each, dict)]
    if not known:
        return float(operation(_at(left, 0), _at(right, 0)))
    return {t: float(operation(_at(left, t), _at(right, t))) for t in sorted(set.intersection(*known))}


def _at(value: Value, time: int) -> float:
    return value[time] if isinstance(value, dict) else value


def _if(arguments: list[Any], walk: Callable[[Any], Value], _times: list[int]) -> Series:
    condition, *choices = (walk(each) for each in arguments)
    assert isinstance(condition, dict)
    chosen = {t: choices[0] if holds else choices[1] for t, holds in condition.items()}
    return {t: _at(each, t) for t, each in chosen.items() if not isinstance(each, dict) or t in each}


def _sum(arguments: list[Any], walk: Callable[[Any], Value], times: list[int]) -> Series:
    """The sum of an array has a value where any of its members has one."""
    parts: list[Any] = [walk(each) for each in arguments[0].elts]
    return {t: sum(part.get(t, 0.0) for part in parts) for t in times if any(t in part for part in parts)}


def _fill(arguments: list[Any], walk: Callable[[Any], Value], times: list[int]) -> Series:
    """FILL fills nothing before the first value of a metric."""
    values, default = (walk(each) for each in arguments)
    assert isinstance(values, dict)
    return {t: values.get(t, _at(default, t)) for t in times if values and t >= min(values)}


_FUNCTIONS: dict[str, Callable[..., Series]] = {"IF": _if, "SUM": _sum, "FILL": _fill}
