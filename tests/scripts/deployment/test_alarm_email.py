"""Who is told of alarms stays told by a later run that names nobody, and is let go by a word of its own."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto import mock_aws

from scripts.deployment import resources, stacks
from scripts.deployment.target import Target
from tests.scripts.deployment.conftest import copy_project, unheard


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Target]:
    with mock_aws():
        yield Target("dev", copy_project(tmp_path), unheard, poll_seconds=0)


def template(topic: str) -> str:
    return json.dumps(
        {
            "Parameters": {"AlarmEmail": {"Type": "String", "Default": ""}},
            "Resources": {topic: {"Type": "AWS::SNS::Topic"}},
            "Outputs": {"Told": {"Value": {"Ref": "AlarmEmail"}}},
        }
    )


@pytest.mark.parametrize(("email", "sent"), [("a@example.com", "a@example.com"), ("", None), ("none", "")])
def test_no_address_leaves_it_as_it_is(target: Target, email: str, sent: str | None) -> None:
    assert resources.parameters(target, email)["AlarmEmail"] == sent


def test_a_parameter_without_a_value_stays(target: Target) -> None:
    told = [
        stacks.create_or_update(target, "tiny", template(f"Topic{turn}"), {"AlarmEmail": email})["Told"]
        for turn, email in enumerate((None, "a@example.com", None, ""))
    ]
    assert told == ["", "a@example.com", "a@example.com", ""]
