"""The deployer's second policy allows what a stage with a VPC needs besides, and no more."""

import json
from pathlib import Path

import pytest

from scripts.deployment.policies import render_role
from tests.scripts.deployment import template

#: What CloudFormation's handlers call. tests/privilege/README.md says where the copy comes from.
HANDLERS = json.loads(Path(__file__).with_name("handlers_vpc.json").read_text())
#: Actions of features that the template does not use.
UNUSED = {
    *("ec2:ModifyVpcTenancy", "ec2:AssociateSubnetCidrBlock", "ec2:DisassociateSubnetCidrBlock"),
    *("ec2:AssociateNatGatewayAddress", "ec2:DisassociateNatGatewayAddress"),
    *("ec2:AssignPrivateNatGatewayAddress", "ec2:UnassignPrivateNatGatewayAddress"),
}
#: Types whose schema has no handlers in that copy: what creates, reads, changes and deletes them by EC2's reference.
WITHOUT_HANDLERS = {
    "AWS::EC2::EIP": "ec2:AllocateAddress ec2:DescribeAddresses ec2:ReleaseAddress ec2:CreateTags ec2:DeleteTags",
    "AWS::EC2::Route": "ec2:CreateRoute ec2:DescribeRouteTables ec2:ReplaceRoute ec2:DeleteRoute",
    "AWS::EC2::SecurityGroup": "ec2:CreateSecurityGroup ec2:DescribeSecurityGroups ec2:DeleteSecurityGroup "
    "ec2:AuthorizeSecurityGroupEgress ec2:AuthorizeSecurityGroupIngress ec2:RevokeSecurityGroupEgress "
    "ec2:RevokeSecurityGroupIngress ec2:CreateTags ec2:DeleteTags",
    "AWS::EC2::VPCGatewayAttachment": "ec2:AttachInternetGateway ec2:DetachInternetGateway "
    "ec2:DescribeInternetGateways",
}
#: Actions that others depend on (Service Authorization Reference, CreateVpcEndpoint), what Lambda's documentation
#: asks of the caller of CreateFunction, and what the choice of zones, the doctor and the wait for interfaces read.
OTHERS = {
    *("route53:AssociateVPCWithHostedZone", "ec2:DescribeAvailabilityZones"),
    *("ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs"),
    *("ec2:DescribeRouteTables", "ec2:DescribeVpcEndpoints", "ec2:DescribeNetworkInterfaces"),
}
POLICY = render_role("deployer-vpc", "dev", "us-east-1", "1" * 12)
ACTIONS = {action for each in POLICY["Statement"] for action in each["Action"]}
KINDS = sorted({each["Type"] for each in template.read("vpc.yaml")["Resources"].values()})


def needed(kind: str) -> set[str]:
    """Return the actions that a type of the template needs."""
    if kind in WITHOUT_HANDLERS:
        return set(WITHOUT_HANDLERS[kind].split())
    assert {"create", "read", "delete"} <= set(HANDLERS[kind])
    return {action for actions in HANDLERS[kind].values() for action in actions} - UNUSED


@pytest.mark.parametrize("kind", KINDS)
def test_a_resource_of_the_stack_can_be_created_read_changed_and_deleted(kind: str) -> None:
    assert needed(kind) - ACTIONS == set()


def test_no_action_is_unnecessary() -> None:
    assert {action for kind in KINDS for action in needed(kind)} | OTHERS == ACTIONS


@pytest.mark.parametrize("action", sorted(UNUSED))
def test_an_unused_action_is_in_some_handler(action: str) -> None:
    assert action in {each for kind in HANDLERS.values() for actions in kind.values() for each in actions}


def test_every_change_is_in_one_account_and_region() -> None:
    # EC2 chooses the ids, so a resource has no name of the stage.
    changes = [each for each in POLICY["Statement"] if each["Sid"] != "FindNetwork"]
    arns = [arn for each in changes for arn in each["Resource"]]
    assert [
        arn for arn in arns if not arn.startswith(("arn:aws:ec2:us-east-1:111111111111:", "arn:aws:route53:::"))
    ] == []
    [find] = [each for each in POLICY["Statement"] if each["Sid"] == "FindNetwork"]
    assert {action.partition(":")[2][:8] for action in find["Action"]} == {"Describe"}
