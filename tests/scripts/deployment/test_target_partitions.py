"""Nothing that a deployment generates for GovCloud or China names the partition `aws`."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.settings import Settings
from scripts.deployment import pipeline, pipeline_definition, policies, resources, stage_file, unrecorded
from scripts.deployment.target import Target
from scripts.deployment.vpc import permissions
from scripts.project import PROJECT
from tests.scripts.deployment import template
from tests.scripts.targets import discard

REGIONS = {"us-gov-west-1": "aws-us-gov", "cn-north-1": "aws-cn"}
ACCOUNT = "123456789012"


def target_in(region: str) -> Target:
    target = Target("staging", PROJECT, discard)
    vars(target).update(region=region, account=ACCOUNT)
    return target


def generated(target: Target) -> Iterator[tuple[str, Any]]:
    """Yield everything with an ARN that the scripts generate for a stage, with its name."""
    names = resources.expected_names(target)
    settings = Settings.from_environ(names | {"STAGE": target.stage})
    yield "names", names
    yield "parameters", resources.parameters(target)
    placeholders = policies.Names.of(settings, target.region, target.account)
    for function in stage_file.read(target)["lambda_functions"]:
        policy = policies.render(function, placeholders)
        yield f"policy of {function}", permissions.add(policy, function, placeholders)
    for role in policies.ROLES:
        yield f"policy of the {role}", policies.render_role(role, target.stage, target.region, target.account)
    for machine in pipeline.machines(settings):
        yield machine.name, machine.definition
        yield machine.role_name, [machine.policy, pipeline_definition.trust(machine.arn)]
    yield "resources of Chalice", [*unrecorded.expected(target)]


@pytest.mark.parametrize("region", REGIONS)
def test_no_arn_names_the_partition_aws(region: str) -> None:
    texts = {name: json.dumps(value) for name, value in generated(target_in(region))}
    assert len(texts) > 14
    assert [name for name, text in texts.items() if "arn:aws:" in text] == []
    with_arns = [name for name, text in texts.items() if f"arn:{REGIONS[region]}:" in text]
    assert set(texts) - set(with_arns) == {"parameters"}


@pytest.mark.parametrize("name", ["resources.yaml", "monitoring.yaml", "vpc.yaml"])
def test_a_template_takes_the_partition_from_its_region(name: str) -> None:
    text = (template.FOLDER / name).read_text()
    assert "arn:aws" not in text
    assert "arn:${AWS::Partition}:" in text


def test_every_stage_has_a_regional_api() -> None:
    config = json.loads((PROJECT / ".chalice" / "config.json").read_text())
    assert config["api_gateway_endpoint_type"] == "REGIONAL"
    assert not [name for name, stage in config["stages"].items() if "api_gateway_endpoint_type" in stage]
