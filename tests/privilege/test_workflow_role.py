"""The role of the dogs' state machine may do what its definition does, and nothing else."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.settings import Settings
from scripts.deployment.pipeline_definition import arns_of, definition
from scripts.deployment.pipeline_definition import policy as role_policy
from tests.privilege.enforcement import Call, enforced
from tests.privilege.pairs import allowed, judged, neighbours, policy, without
from tests.privilege.policy_rig import PolicyRig

#: Step Functions delivers its log by these; AWS has no resource for them (its guide, "Logging to CloudWatch Logs").
LOG_DELIVERY = {
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
}


def test_every_call_of_the_definition_is_allowed_and_nothing_else(settings: Settings) -> None:
    arns = arns_of(settings)
    calls, pairs = frozenset(calls_of(definition(arns))), judged(listed(role_policy(arns)), LOG_DELIVERY)

    assert allowed(pairs, calls) == calls
    assert [pair for pair in pairs if allowed(without(pairs, pair), calls) == calls] == []
    swapped = [[*without(pairs, pair), (pair[0], beside)] for pair in pairs for beside in neighbours(pair[1])]
    assert [each[-1] for each in swapped if allowed(each, calls) == calls] == []


def test_a_star_stands_for_the_delivery_of_logs_only(settings: Settings) -> None:
    starred = [each for each in listed(role_policy(arns_of(settings)))["Statement"] if "*" in each["Resource"]]

    assert [set(each["Action"]) for each in starred] == [LOG_DELIVERY]


def test_the_alarms_topic_is_told_under_the_role_and_not_without(rig: PolicyRig) -> None:
    arns = arns_of(rig.backends.settings)
    pairs = judged(listed(role_policy(arns)), LOG_DELIVERY)

    rig.may(policy(pairs))
    with enforced():
        rig.clients.sns.publish(TopicArn=arns.alarms, Message="failed")
    rig.may(policy(without(pairs, ("sns:Publish", arns.alarms))))
    with enforced(), pytest.raises(ClientError, match="not authorized to perform: sns:Publish"):
        rig.clients.sns.publish(TopicArn=arns.alarms, Message="failed")


def calls_of(machine: dict[str, Any]) -> Iterator[Call]:
    """List what the tasks of a definition call."""
    for state in machine["States"].values():
        if state.get("Resource", "").endswith(":sns:publish"):
            yield Call("sns:Publish", state["Parameters"]["TopicArn"])
        elif state["Type"] == "Task":
            yield Call("lambda:InvokeFunction", state["Resource"])


def listed(whole: dict[str, Any]) -> dict[str, Any]:
    """Write single actions and resources as lists."""
    names = ("Action", "Resource")
    lists = [
        {name: [each[name]] if isinstance(each[name], str) else each[name] for name in names}
        for each in whole["Statement"]
    ]
    return {"Statement": lists}
