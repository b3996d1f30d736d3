"""What the policy of a function in a VPC lets Lambda do, and denies to the function's code."""

import json
from typing import Any

import pytest

from chalicelib.settings import Settings
from scripts.deployment import policies
from scripts.deployment.policies import Names
from scripts.deployment.vpc import permissions
from tests.privilege.enforcement import Call, permits
from tests.privilege.pairs import pairs_of
from tests.privilege.test_linters import supports

EC2 = "arn:aws:ec2:us-east-1:123456789012:"
#: What Lambda's documentation asks for, with the resources that each call has.
NEEDED = [
    ("ec2:DescribeNetworkInterfaces", "*"),
    ("ec2:DescribeSubnets", "*"),
    ("ec2:CreateNetworkInterface", f"{EC2}network-interface/*"),
    ("ec2:CreateNetworkInterface", f"{EC2}subnet/subnet-1"),
    ("ec2:CreateNetworkInterface", f"{EC2}security-group/sg-1"),
    # Lambda checks these before there is an interface.
    ("ec2:DeleteNetworkInterface", "*"),
    ("ec2:AssignPrivateIpAddresses", "*"),
    ("ec2:UnassignPrivateIpAddresses", "*"),
]


@pytest.fixture
def names(settings: Settings) -> Names:
    return Names.of(settings, "us-east-1", "123456789012")


def policy(names: Names, *, as_code: bool, without: str = "") -> str:
    """Return the policy of a function as AWS sees it: the condition of Deny holds only for calls of its code."""
    added = permissions.add({"Version": "2012-10-17", "Statement": []}, "cleanup", names)
    statements = [each for each in added["Statement"] if each["Effect"] == "Allow" or as_code]
    kept = [each | {"Action": [action for action in each["Action"] if action != without]} for each in statements]
    return json.dumps(added | {"Statement": [{k: v for k, v in each.items() if k != "Condition"} for each in kept]})


@pytest.mark.parametrize(("action", "resource"), NEEDED)
def test_lambda_may_do_what_it_needs_and_not_without_the_action(names: Names, action: str, resource: str) -> None:
    call = Call(action, resource)
    assert permits(policy(names, as_code=False), call)
    assert not permits(policy(names, as_code=False, without=action), call)


@pytest.mark.parametrize(("action", "resource"), NEEDED)
def test_the_code_of_the_function_may_not(names: Names, action: str, resource: str) -> None:
    assert not permits(policy(names, as_code=True), Call(action, resource))


def test_no_permission_is_unnecessary(names: Names) -> None:
    added = permissions.add({"Version": "2012-10-17", "Statement": []}, "cleanup", names)
    allowed = [each for each in added["Statement"] if each["Effect"] == "Allow"]
    wanted = {(action, resource.rpartition("/")[0] or resource) for action, resource in NEEDED}
    assert {(action, arn.rpartition("/")[0] or arn) for action, arn in pairs_of({"Statement": allowed})} == wanted


def test_every_action_supports_its_resources(names: Names) -> None:
    added = permissions.add({"Version": "2012-10-17", "Statement": []}, "cleanup", names)["Statement"]
    pairs = list(pairs_of({"Statement": [each for each in added if each["Effect"] == "Allow"]}))
    assert len(pairs) == 8
    # These support the ARN of an interface, but Lambda checks them before there is one.
    assert {action for action, arn in pairs if not supports(action, arn)} == set(permissions.BEFORE_INTERFACES)


def test_deny_holds_for_the_function_itself(names: Names) -> None:
    for function, name in (("api_handler", names.stage), ("cleanup", f"{names.stage}-cleanup")):
        [deny] = [each for each in statements_of(function, names) if each["Effect"] == "Deny"]
        arn = f"arn:aws:lambda:us-east-1:123456789012:function:darkroom-{name}"
        assert deny["Condition"] == {"ArnEquals": {"lambda:SourceFunctionArn": [arn]}}


def test_a_function_keeps_its_own_statements_which_name_no_interface(names: Names) -> None:
    before = policies.render("cleanup", names)["Statement"]
    assert statements_of("cleanup", names)[: len(before)] == before
    assert "ec2:" not in json.dumps(before)


def statements_of(function: str, names: Names) -> list[dict[str, Any]]:
    statements: list[dict[str, Any]] = permissions.add(policies.render(function, names), function, names)["Statement"]
    return statements
