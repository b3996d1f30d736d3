"""Put cost tags on resources that neither CloudFormation nor Chalice tags.

These are the roles, the rules, the API's stage, and the state machines with their roles and log groups.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from scripts.deployment.pipeline import Machine
from scripts.deployment.target import Target, step


def tag(target: Target, deployed: Iterable[Mapping[str, Any]], stage_name: str, machines: Iterable[Machine]) -> None:
    """Put the stage's tags on each of them. A second call changes nothing."""
    with step("tagging what Chalice created"):
        for each in deployed:
            _tag_deployed(target, each, stage_name)
    pairs = [{"key": key, "value": value} for key, value in target.tags.items()]
    with step("tagging the state machines"):
        for machine in machines:
            _tag_role(target, machine.role_name)
            target.client("stepfunctions").tag_resource(resourceArn=machine.arn, tags=pairs)
            target.client("logs").tag_resource(resourceArn=machine.log_group, tags=target.tags)


def _tag_deployed(target: Target, resource: Mapping[str, Any], stage_name: str) -> None:
    kind = resource["resource_type"]
    if kind == "iam_role":
        _tag_role(target, resource["role_name"])
    elif kind == "cloudwatch_event":
        rule = target.arn("events", f"rule/{resource['rule_name']}")
        target.client("events").tag_resource(ResourceARN=rule, Tags=_tag_list(target))
    elif kind == "rest_api":
        # AWS reports the cost of API Gateway for each stage.
        path = f"/restapis/{resource['rest_api_id']}/stages/{stage_name}"
        arn = target.arn("apigateway", path).replace(f":{target.account}:", "::")
        target.client("apigateway").tag_resource(resourceArn=arn, tags=target.tags)


def _tag_role(target: Target, name: str) -> None:
    target.client("iam").tag_role(RoleName=name, Tags=_tag_list(target))


def _tag_list(target: Target) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in target.tags.items()]
