"""Find S3 events that overlap, and functions that would invoke themselves by what they write."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import combinations
from typing import Any

from scripts.deployment.target import Target
from scripts.project import Notification


def overlap_findings(notifications: Iterable[Notification]) -> Iterator[str]:
    """Find pairs of notifications that overlap: S3 rejects them."""
    for one, other in combinations(notifications, 2):
        if one.overlaps(other):
            pair = f"{one.function_name} and {other.function_name}"
            yield f"{pair} have overlapping notifications in {one.bucket}. Give them prefixes that do not overlap."


def loop_findings(
    notifications: Iterable[Notification], policy_of: Callable[[str], Mapping[str, Any]], target: Target
) -> Iterator[str]:
    """Find functions that may write where their notification listens: they would invoke themselves without end."""
    for each in notifications:
        handler = each.function_name.removeprefix(f"{target.name}-")
        for resource in _writable(policy_of(handler)):
            bucket, _, key = resource.rpartition(":")[2].partition("/")
            prefix = key.partition("*")[0]
            if bucket == each.bucket and (prefix.startswith(each.prefix) or each.prefix.startswith(prefix)):
                yield (
                    f"{handler} listens to {each.bucket}/{each.prefix} and may write to {resource}. "
                    f"Restrict .chalice/policies/{handler}.json to the keys that it writes."
                )


def _writable(policy: Mapping[str, Any]) -> Iterator[str]:
    for statement in policy["Statement"]:
        actions, allowed = statement.get("Action", []), statement.get("Resource", [])
        if statement["Effect"] == "Allow" and set(_as_list(actions)) & {"s3:PutObject", "s3:*", "*"}:
            yield from _as_list(allowed)


def _as_list(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]
