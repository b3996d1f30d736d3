"""Cost tags on roles, rules, the API's stage, the workflow and its log group, as moto stores them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from chalicelib.settings import Settings
from scripts.deployment import pipeline, tagging
from scripts.deployment.pipeline import Machine
from scripts.deployment.target import Target
from tests.scripts.targets import moto_target

TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})
RULE, ROLE = "darkroom-dev-cleanup-event", "darkroom-dev-cleanup"


@pytest.fixture
def target() -> Iterator[Target]:
    with mock_aws():
        yield moto_target()


@pytest.fixture
def machines(target: Target, settings: Settings) -> list[Machine]:  # noqa: ARG001 -- it starts moto
    return pipeline.create_or_update(settings)


def create_deployed(target: Target) -> list[dict[str, Any]]:
    """Create a role, a rule and an API, and return Chalice's records of them and of a function."""
    target.client("iam").create_role(RoleName=ROLE, AssumeRolePolicyDocument=TRUST)
    target.client("events").put_rule(Name=RULE, ScheduleExpression="rate(1 hour)")
    gateway = target.client("apigateway")
    api = gateway.create_rest_api(name="darkroom")["id"]
    resource = gateway.get_resources(restApiId=api)["items"][0]["id"]
    method = {"restApiId": api, "resourceId": resource, "httpMethod": "GET"}
    gateway.put_method(**method, authorizationType="NONE")
    gateway.put_integration(**method, type="MOCK")
    gateway.create_deployment(restApiId=api, stageName="api")
    return [
        {"resource_type": "iam_role", "role_name": ROLE},
        {"resource_type": "cloudwatch_event", "rule_name": RULE},
        {"resource_type": "rest_api", "rest_api_id": api},
        {"resource_type": "lambda_function", "lambda_arn": "arn:aws:lambda:us-east-1:123456789012:function:any"},
    ]


def tags_of(target: Target, api: str, machines: list[Machine]) -> list[dict[str, str]]:
    """Read the tags of the role, the rule, the API's stage, and of each machine with its role and its log group."""
    iam, steps, logs = (target.client(name) for name in ("iam", "stepfunctions", "logs"))
    roles = [iam.list_role_tags(RoleName=name)["Tags"] for name in (ROLE, *(each.role_name for each in machines))]
    rule = target.client("events").list_tags_for_resource(ResourceARN=target.arn("events", f"rule/{RULE}"))["Tags"]
    tagged = [steps.list_tags_for_resource(resourceArn=each.arn)["tags"] for each in machines]
    return [
        *({each["Key"]: each["Value"] for each in tags} for tags in (*roles, rule)),
        *({each["key"]: each["value"] for each in tags} for tags in tagged),
        target.client("apigateway").get_stage(restApiId=api, stageName="api")["tags"],
        *(logs.list_tags_for_resource(resourceArn=each.log_group)["tags"] for each in machines),
    ]


@pytest.mark.parametrize("times", [1, 2])
def test_each_resource_gets_the_cost_tags_once(target: Target, machines: list[Machine], times: int) -> None:
    deployed = create_deployed(target)
    for _ in range(times):
        tagging.tag(target, deployed, "api", machines)
    assert tags_of(target, deployed[2]["rest_api_id"], machines) == [target.tags] * 9
