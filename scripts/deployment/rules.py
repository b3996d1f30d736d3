"""Read the EventBridge rules of the schedules, and keep disabled rules disabled across a deployment."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from scripts.deployment import deployed_state
from scripts.deployment.target import Target, step


def names(deployed: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the names of the rules that Chalice has deployed."""
    return [each["rule_name"] for each in deployed if each["resource_type"] == "cloudwatch_event"]


def is_disabled(target: Target, rule: str) -> bool:
    """Return True if a rule exists and is disabled. Raises DeployError if AWS does not answer."""
    client = target.client("events")
    with step(f"reading the rule {rule}"), suppress(client.exceptions.ResourceNotFoundException):
        return bool(client.describe_rule(Name=rule)["State"] == "DISABLED")
    return False


@contextmanager
def keep_disabled(target: Target) -> Iterator[None]:
    """Keep disabled rules disabled across a deployment, even if it fails; Chalice enables every rule."""
    disabled = [rule for rule in names(deployed_state.resources(target).values()) if is_disabled(target, rule)]
    try:
        yield
    finally:
        for rule in disabled:
            _disable(target, rule)
        if disabled:
            target.log(f"  still disabled, as before: {', '.join(disabled)}")


def _disable(target: Target, rule: str) -> None:
    client = target.client("events")
    # Without this, the same command would find the rule enabled, and leave it enabled.
    remedy = f"run `aws events disable-rule --name {rule}`, then the same command again"
    # Chalice deletes the rule of a handler that app.py no longer has.
    with step(f"disabling the rule {rule} again", remedy), suppress(client.exceptions.ResourceNotFoundException):
        client.disable_rule(Name=rule)
