"""The role of each state machine allows every call of its definition, and nothing else."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.settings import Settings
from scripts.deployment.pipeline import Machine, machines
from scripts.deployment.pipeline_definition import arns_of
from scripts.deployment.pipeline_definition import policy as role_policy
from tests.privilege.enforcement import Call, enforced
from tests.privilege.pairs import allowed, neighbours, pairs_of, policy, without
from tests.privilege.policy_rig import PolicyRig

MACHINES = ("DogUploaderPipeline", "IngestDogs")
#: Step Functions needs these to deliver its log. They have no resource (its guide, "Logging to CloudWatch Logs").
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


@pytest.mark.parametrize("name", MACHINES)
def test_every_call_of_the_definition_is_allowed_and_nothing_else(settings: Settings, name: str) -> None:
    machine = machine_of(settings, name)
    calls, pairs = frozenset(calls_of(machine.definition)), pairs_of(listed(machine.policy), LOG_DELIVERY)

    assert calls
    assert allowed(pairs, calls) == calls
    assert [pair for pair in pairs if allowed(without(pairs, pair), calls) == calls] == []
    swapped = [[*without(pairs, pair), (pair[0], other)] for pair in pairs for other in neighbours(pair[1])]
    assert [each[-1] for each in swapped if allowed(each, calls) == calls] == []


@pytest.mark.parametrize("name", MACHINES)
def test_only_the_delivery_of_logs_has_a_star_as_its_resource(settings: Settings, name: str) -> None:
    policy = listed(machine_of(settings, name).policy)
    starred = [each for each in policy["Statement"] if "*" in each["Resource"]]

    assert [set(each["Action"]) for each in starred] == [LOG_DELIVERY]


def test_the_role_can_publish_to_the_alarms_topic_and_not_without_the_permission(rig: PolicyRig) -> None:
    arns = arns_of(rig.backends.settings)
    pairs = pairs_of(listed(role_policy(arns)), LOG_DELIVERY)

    rig.set_policy(policy(pairs))
    with enforced():
        rig.clients.sns.publish(TopicArn=arns.alarms, Message="failed")
    rig.set_policy(policy(without(pairs, ("sns:Publish", arns.alarms))))
    with enforced(), pytest.raises(ClientError, match="not authorized to perform: sns:Publish"):
        rig.clients.sns.publish(TopicArn=arns.alarms, Message="failed")


def machine_of(settings: Settings, name: str) -> Machine:
    """Return the state machine with this name."""
    [machine] = [each for each in machines(settings) if each.policy_name == name]
    return machine


def calls_of(machine: dict[str, Any]) -> Iterator[Call]:
    """List the calls of a definition's tasks."""
    for state in machine["States"].values():
        if state.get("Resource", "").endswith(":sns:publish"):
            yield Call("sns:Publish", state["Parameters"]["TopicArn"])
        elif state["Type"] == "Map":
            yield from calls_of(state["ItemProcessor"])
        elif state["Type"] == "Task":
            yield Call("lambda:InvokeFunction", state["Resource"])


def listed(whole: dict[str, Any]) -> dict[str, Any]:
    """Return the policy with its single actions and resources as lists."""
    names = ("Action", "Resource")
    lists = [
        {name: [each[name]] if isinstance(each[name], str) else each[name] for name in names}
        for each in whole["Statement"]
    ]
    return {"Statement": lists}
