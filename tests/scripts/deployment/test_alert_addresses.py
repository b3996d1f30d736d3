"""Who gets the alarms and the PNG alerts: addresses, words for them, and the subscriptions that a stack has then."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from scripts.deployment import alert_addresses, resources, stacks
from scripts.deployment.target import DeployError, Target
from scripts.embedded.deployed import cloudformation
from tests.scripts.deployment import template
from tests.scripts.targets import copy_project, moto_target, set_variables

ADA, BOB = "ada@example.com", "bob@example.com"


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Target]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield moto_target(copy_project(tmp_path))


@pytest.mark.parametrize(("text", "sent"), [(ADA, ADA), ("", None), ("none", "")])
def test_an_empty_address_keeps_the_alarms_subscription_and_none_deletes_it(
    target: Target, text: str, sent: str | None
) -> None:
    assert alert_addresses.parameters(target, text)["AlarmEmail"] == sent


@pytest.mark.parametrize(("text", "sent"), [(ADA, ADA), ("", ""), ("alarms", ""), ("none", "none"), (None, None)])
def test_png_alerts_go_to_their_address_else_to_that_of_the_alarms(
    target: Target, text: str | None, sent: str | None
) -> None:
    assert alert_addresses.parameters(target, png_alerts=text)["PngAlertEmail"] == sent


def test_the_address_of_the_stage_holds_also_for_a_command_that_is_not_about_it(target: Target) -> None:
    set_variables(target, PNG_ALERT_EMAIL=BOB)
    assert alert_addresses.parameters(target, png_alerts=None)["PngAlertEmail"] == BOB


def test_the_command_line_wins_over_the_stage(target: Target) -> None:
    set_variables(target, ALARM_EMAIL=ADA, PNG_ALERT_EMAIL="none")
    assert alert_addresses.parameters(target) == {"AlarmEmail": ADA, "PngAlertEmail": "none"}
    given = resources.parameters(target, BOB, ADA)
    assert (given["AlarmEmail"], given["PngAlertEmail"]) == (BOB, ADA)


@pytest.mark.parametrize("text", ["ada", "ada@", "ada@example", f"{ADA}, {BOB}", "alarms", " "])
def test_a_text_that_is_no_address_is_a_finding_and_ends_a_deployment(target: Target, text: str) -> None:
    set_variables(target, ALARM_EMAIL=text, PNG_ALERT_EMAIL="none")
    [finding] = alert_addresses.findings(target)
    assert finding == f"ALARM_EMAIL is {text!r}, which is no email address. Write one address, `none`."
    with pytest.raises(DeployError, match="PNG_ALERT_EMAIL is 'x'"):
        alert_addresses.parameters(target, "none", "x")


def test_words_and_addresses_are_no_findings(target: Target) -> None:
    for alarms, png_alerts in ((ADA, "alarms"), ("none", BOB), ("", "")):
        set_variables(target, ALARM_EMAIL=alarms, PNG_ALERT_EMAIL=png_alerts)
        assert list(alert_addresses.findings(target)) == []


def test_a_deployment_says_how_somebody_gets_the_alerts_that_nobody_gets() -> None:
    assert alert_addresses.line({}) == (
        "PNG alerts: nobody gets them by email. Set PNG_ALERT_EMAIL=, or EMAIL= for them and the alarms"
    )


def test_a_stack_subscribes_those_addresses_through_changes_and_removals(target: Target) -> None:
    """Each row is one deployment after the other, and who is subscribed then."""
    cloudformation.register_types()
    history = [
        (("", ""), (None, None)),
        ((ADA, ""), (ADA, ADA)),
        (("", BOB), (ADA, BOB)),
        (("", None), (ADA, BOB)),
        (("none", None), (None, BOB)),
        (("", ""), (None, None)),
        ((BOB, ""), (BOB, BOB)),
        (("", ADA), (BOB, ADA)),
        (("", ""), (BOB, BOB)),
        (("", "none"), (BOB, None)),
        ((ADA, None), (ADA, None)),
        (("", "alarms"), (ADA, ADA)),
    ]
    for emails, subscribed in history:
        parameters = alert_addresses.parameters(target, *emails)
        outputs = stacks.create_or_update(target, "tiny", _only_messaging(), parameters)
        assert (_subscribed("alarms"), _subscribed("png-alert-topic")) == subscribed, emails
        assert (subscribed[1] or "nobody gets them") in alert_addresses.line(outputs)


def _only_messaging() -> str:
    """Return the two topics, the subscriptions and the output of the real template, with what they need of it."""
    whole: dict[str, Any] = template.read("resources.yaml")
    names = ("AlarmsTopic", "PngAlertTopic", "AlarmsSubscription", "PngAlertsSubscription")
    emails = {name: whole["Parameters"][name] for name in ("AlarmEmail", "PngAlertEmail")}
    conditions = {name: each for name, each in whole["Conditions"].items() if "Email" in name}
    kept = {name: whole["Resources"][name] for name in names}
    stage = {"Type": "String", "Default": "dev"}
    outputs = {"PngAlertEmail": whole["Outputs"]["PngAlertEmail"]}
    parameters = emails | {"Stage": stage}
    return json.dumps({"Parameters": parameters, "Conditions": conditions, "Resources": kept, "Outputs": outputs})


def _subscribed(topic: str) -> str | None:
    arn = f"arn:aws:sns:us-east-1:123456789012:darkroom-dev-{topic}"
    found = boto3.client("sns").list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
    assert len(found) <= 1
    return found[0]["Endpoint"] if found else None
