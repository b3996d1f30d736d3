"""A protected stack cannot be deleted until its protection is removed."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from scripts.embedded.deployed import stack_protection

TEMPLATE = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "news"}}}})


@pytest.fixture
def stacks() -> Iterator[Any]:
    stack_protection.install()
    with mock_aws():
        client = boto3.client("cloudformation")
        client.create_stack(StackName="kept", TemplateBody=TEMPLATE, EnableTerminationProtection=True)
        yield client


def names(stacks: Any) -> list[str]:
    return [stack["StackName"] for stack in stacks.describe_stacks()["Stacks"]]


def test_a_protected_stack_is_not_deleted_by_its_name_or_its_id(stacks: Any) -> None:
    stack_id = stacks.describe_stacks(StackName="kept")["Stacks"][0]["StackId"]
    for name in ("kept", stack_id):
        with pytest.raises(ClientError, match=r"\[.*kept.*\] cannot be deleted while TerminationProtection is enabled"):
            stacks.delete_stack(StackName=name)
    assert names(stacks) == ["kept"]


def test_a_stack_whose_protection_was_removed_is_deleted(stacks: Any) -> None:
    stacks.update_termination_protection(StackName="kept", EnableTerminationProtection=False)
    stacks.delete_stack(StackName="kept")
    assert names(stacks) == []


def test_protection_can_be_added_later(stacks: Any) -> None:
    stacks.create_stack(StackName="other", TemplateBody=TEMPLATE)
    stacks.update_termination_protection(StackName="other", EnableTerminationProtection=True)
    with pytest.raises(ClientError, match="TerminationProtection is enabled"):
        stacks.delete_stack(StackName="other")
