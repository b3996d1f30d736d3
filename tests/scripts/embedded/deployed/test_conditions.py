"""An update of a stack deletes what its conditions no longer want, and creates what they want now."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from scripts.embedded.deployed import conditions

TEMPLATE: dict[str, Any] = {
    "Parameters": {"Wanted": {"Type": "String", "Default": ""}, "Other": {"Type": "String", "Default": ""}},
    "Conditions": {"IsWanted": {"Fn::Equals": [{"Ref": "Wanted"}, "yes"]}},
    "Resources": {
        "Always": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "always"}},
        "Sometimes": {
            "Type": "AWS::SNS::Topic",
            "Condition": "IsWanted",
            "Properties": {"TopicName": "sometimes", "DisplayName": {"Ref": "Other"}},
        },
    },
}
BOTH, ONE = {"always", "sometimes"}, {"always"}


@pytest.fixture
def stacks() -> Iterator[Any]:
    conditions.install()
    conditions.install()
    with mock_aws():
        yield boto3.client("cloudformation")


def request(wanted: str, other: str = "", **changes: Any) -> dict[str, Any]:
    values = {"Wanted": wanted, "Other": other}
    parameters = [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]
    return {"StackName": "one", "TemplateBody": json.dumps(TEMPLATE | changes), "Parameters": parameters}


def topics() -> set[str]:
    return {each["TopicArn"].rpartition(":")[2] for each in boto3.client("sns").list_topics()["Topics"]}


@pytest.mark.parametrize("other", ["", "changed"])
def test_what_a_condition_no_longer_wants_goes_and_can_come_back(stacks: Any, other: str) -> None:
    stacks.create_stack(**request("yes"))
    assert topics() == BOTH
    for wanted, expected in (("no", ONE), ("yes", BOTH), ("no", ONE)):
        stacks.update_stack(**request(wanted, other))
        assert topics() == expected


def test_what_a_condition_wants_later_is_created_then(stacks: Any) -> None:
    stacks.create_stack(**request("no"))
    assert topics() == ONE
    stacks.update_stack(**request("yes", "changed"))
    assert topics() == BOTH


def test_a_changed_template_is_updated_as_before(stacks: Any) -> None:
    stacks.create_stack(**request("yes"))
    resources = {**TEMPLATE["Resources"], "More": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "more"}}}
    stacks.update_stack(**request("yes", Resources=resources))
    assert topics() == {*BOTH, "more"}
    stacks.update_stack(**request("no", Resources={"Always": resources["Always"]}))
    assert topics() == ONE


def test_a_stack_with_conditions_is_deleted_whole(stacks: Any) -> None:
    for first, last in (("yes", "no"), ("no", "yes")):
        stacks.create_stack(**request(first))
        stacks.update_stack(**request(last))
        stacks.delete_stack(StackName="one")
        assert topics() == set()


def test_a_property_follows_a_condition_that_changes_through_another_one(stacks: Any) -> None:
    name = {"Fn::If": ["IsNotWanted", "unwanted", "wanted"]}
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "always", "DisplayName": name}}
    either = TEMPLATE["Conditions"] | {"IsNotWanted": {"Fn::Not": [{"Condition": "IsWanted"}]}}
    changes = {"Resources": {"Always": topic}, "Conditions": either}
    stacks.create_stack(**request("yes", **changes))
    for wanted, expected in (("no", "unwanted"), ("yes", "wanted")):
        stacks.update_stack(**request(wanted, **changes))
        [arn] = [each["TopicArn"] for each in boto3.client("sns").list_topics()["Topics"]]
        attributes = boto3.client("sns").get_topic_attributes(TopicArn=arn)["Attributes"]
        assert attributes["DisplayName"] == expected


def test_a_parameter_of_what_does_not_exist_changes_nothing(stacks: Any) -> None:
    stacks.create_stack(**request("no"))
    stacks.update_stack(**request("no", "changed"))
    assert topics() == ONE
