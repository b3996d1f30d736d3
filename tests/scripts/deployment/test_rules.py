"""EventBridge rules: which are disabled, and that a deployment keeps them disabled."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto import mock_aws

from scripts.deployment import deployed_state, rules
from scripts.deployment.target import Target
from tests.scripts.targets import moto_target

CLEANUP, DOGS = "darkroom-dev-cleanup-event", "darkroom-dev-dog_fetch-event"


@pytest.fixture
def logged() -> list[str]:
    return []


@pytest.fixture
def target(tmp_path: Path, logged: list[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Target]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        target = moto_target(tmp_path, log=logged.append)
        state = deployed_state.local_file(target)
        state.parent.mkdir(parents=True)
        resources = [{"name": rule, "resource_type": "cloudwatch_event", "rule_name": rule} for rule in (CLEANUP, DOGS)]
        resources.append({"name": "role", "resource_type": "iam_role"})
        state.write_text(json.dumps({"resources": resources}))
        for rule in (CLEANUP, DOGS):
            put(target, rule)
        yield target


def put(target: Target, rule: str) -> None:
    """Create or update a rule as Chalice does, which enables it."""
    target.client("events").put_rule(Name=rule, ScheduleExpression="rate(1 hour)")


def test_the_names_are_those_of_rules_only(target: Target) -> None:
    assert rules.names(deployed_state.resources(target).values()) == [CLEANUP, DOGS]


def test_a_rule_is_disabled_only_if_it_exists_and_is_switched_off(target: Target) -> None:
    target.client("events").disable_rule(Name=CLEANUP)
    assert [rules.is_disabled(target, rule) for rule in (CLEANUP, DOGS, "missing")] == [True, False, False]


def test_a_disabled_rule_stays_disabled_and_an_enabled_rule_enabled(target: Target, logged: list[str]) -> None:
    target.client("events").disable_rule(Name=CLEANUP)
    with rules.keep_disabled(target):
        put(target, CLEANUP)
        put(target, DOGS)
    assert [rules.is_disabled(target, rule) for rule in (CLEANUP, DOGS)] == [True, False]
    assert logged == [f"  still disabled, as before: {CLEANUP}"]


def test_a_disabled_rule_that_chalice_deletes_is_ignored(target: Target) -> None:
    target.client("events").disable_rule(Name=CLEANUP)
    with rules.keep_disabled(target):
        target.client("events").delete_rule(Name=CLEANUP)
    assert [each["Name"] for each in target.client("events").list_rules()["Rules"]] == [DOGS]


def test_without_a_disabled_rule_nothing_is_logged(target: Target, logged: list[str]) -> None:
    with rules.keep_disabled(target):
        put(target, DOGS)
    assert logged == []
