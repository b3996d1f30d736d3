"""The rules of the schedules: which there are, whether they are off, and that a deployment leaves them so."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from scripts.deployment import deployed_state
from scripts.deployment.target import Target, step


def names(deployed: Iterable[Mapping[str, Any]]) -> list[str]:
    """List the rules of what Chalice has deployed."""
    return [each["rule_name"] for each in deployed if each["resource_type"] == "cloudwatch_event"]


def is_off(target: Target, rule: str) -> bool:
    """Tell whether a rule is there and disabled; raises DeployError where AWS does not say."""
    client = target.client("events")
    with step(f"reading the rule {rule}"), suppress(client.exceptions.ResourceNotFoundException):
        return bool(client.describe_rule(Name=rule)["State"] == "DISABLED")
    return False


@contextmanager
def stay_off(target: Target) -> Iterator[None]:
    """Switch the rules that are off now off again afterwards, whatever happens: Chalice switches each of them on."""
    off = [rule for rule in names(deployed_state.resources(target).values()) if is_off(target, rule)]
    try:
        yield
    finally:
        for rule in off:
            _switch_off(target, rule)
        if off:
            target.log(f"  still disabled, as before: {', '.join(off)}")


def _switch_off(target: Target, rule: str) -> None:
    client = target.client("events")
    # The same command again would find it on, and leave it on.
    remedy = f"`aws events disable-rule --name {rule}`, then the same command again"
    # Chalice deletes the rule of a handler that is no more.
    with step(f"disabling the rule {rule} again", remedy), suppress(client.exceptions.ResourceNotFoundException):
        client.disable_rule(Name=rule)
