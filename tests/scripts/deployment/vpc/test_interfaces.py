"""Functions leave their VPC, and the wait for Lambda's network interfaces ends, on a clock of its own."""

import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from scripts.deployment import claim
from scripts.deployment.patience import Patience
from scripts.deployment.target import DeployError, Target
from scripts.deployment.vpc import interfaces
from tests.scripts.deployment.fake_time import FakeTime
from tests.scripts.targets import copy_project, moto_target

OURS = "AWS Lambda VPC ENI-darkroom-dev-cleanup-0f0f"
#: Of another stage, of a database, of another service.
OTHERS = ("AWS Lambda VPC ENI-darkroom-dev2-cleanup-0f0f", "RDSNetworkInterface", "AWS Lambda VPC ENI-billing-0f0f")


class Account:
    """The stage dev in moto, with a subnet, and a clock that only a wait moves."""

    def __init__(self, project: Path) -> None:
        self.logged: list[str] = []
        self.target: Target = moto_target(project, log=self.logged.append)
        self.ec2, self.time = self.target.client("ec2"), FakeTime()
        self.vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/24")["Vpc"]["VpcId"]
        self.subnet = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock="10.0.0.0/26")["Subnet"]["SubnetId"]
        self.group = self.ec2.create_security_group(VpcId=self.vpc, GroupName="g", Description="g")["GroupId"]

    def add_interface(self, description: str) -> str:
        created = self.ec2.create_network_interface(SubnetId=self.subnet, Description=description)
        return str(created["NetworkInterface"]["NetworkInterfaceId"])

    def add_function(self, name: str) -> None:
        roles, code = self.target.client("iam"), io.BytesIO()
        trust = '{"Version": "2012-10-17", "Statement": []}'
        arn = roles.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        zipfile.ZipFile(code, "w").close()
        self.target.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=arn,
            Handler="app.app",
            Code={"ZipFile": code.getvalue()},
            VpcConfig={"SubnetIds": [self.subnet], "SecurityGroupIds": [self.group]},
        )

    def patience(self, after: dict[float, Callable[[], Any]]) -> Patience:
        """Return a patience of 100 seconds; at each time in `after`, something happens."""

        def sleep(seconds: float) -> None:
            self.time.sleep(seconds)
            for when in [when for when in after if when <= self.time.now]:
                after.pop(when)()

        return Patience(timeout=100, pause=30, clock=lambda: self.time.now, sleep=sleep)


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield Account(copy_project(tmp_path))


def test_a_wait_logs_its_progress_and_ends_when_the_last_interface_is_gone(account: Account) -> None:
    for description in OTHERS:
        account.add_interface(description)
    one, other = (account.add_interface(OURS) for _ in range(2))
    delete = account.ec2.delete_network_interface
    events = {30.0: lambda: delete(NetworkInterfaceId=one), 60.0: lambda: delete(NetworkInterfaceId=other)}

    interfaces.wait(account.target, {account.subnet}, account.patience(events))

    assert account.time.now == 60
    assert [line.rpartition(": ")[2] for line in account.logged] == ["2", "1"]


def test_a_wait_has_an_end_with_what_to_do(account: Account) -> None:
    interface = account.add_interface(OURS)
    with pytest.raises(DeployError, match="was not ready after 100 s") as raised:
        interfaces.wait(account.target, {account.subnet}, account.patience({}))
    assert interface in str(raised.value)
    assert f"--filters Name=subnet-id,Values={account.subnet}" in str(raised.value)
    assert account.time.now == 120


def test_without_subnets_nothing_is_asked() -> None:
    # Without a VPC, the deployer needs no permission of EC2.
    interfaces.wait(Target("dev", _clients={}), ())


def test_functions_leave_their_vpc_and_the_others_are_left_alone(account: Account) -> None:
    for name in ("darkroom-dev", "darkroom-dev-cleanup", "darkroom-staging-cleanup"):
        account.add_function(name)
    assert set(interfaces.disconnect(account.target)) == {account.subnet}
    assert list(interfaces.attached(account.target)) == []
    staging = interfaces.attached(replace(account.target, stage="staging"))
    assert [name for name, _ in staging] == ["darkroom-staging-cleanup"]


def test_functions_have_left_before_the_wait_for_their_interfaces(account: Account) -> None:
    account.add_function("darkroom-dev-cleanup")
    interface = account.add_interface(OURS)
    seen: list[Any] = []

    def delete() -> None:
        seen.extend(interfaces.attached(account.target))
        account.ec2.delete_network_interface(NetworkInterfaceId=interface)

    interfaces.release(account.target, (), {account.subnet}, account.patience({30.0: delete}))

    assert seen == []
    assert account.time.now == 30


def test_an_interface_that_stays_in_a_subnet_of_the_stack_is_an_error(account: Account) -> None:
    account.add_interface(OURS)
    with pytest.raises(DeployError, match="was not ready"):
        interfaces.release(account.target, (), {account.subnet}, account.patience({}))


def test_interfaces_of_functions_that_an_earlier_run_took_out_are_waited_for_too(account: Account) -> None:
    interface = account.add_interface(OURS)
    delete = account.ec2.delete_network_interface
    patience = account.patience({30.0: lambda: delete(NetworkInterfaceId=interface)})
    interfaces.release(account.target, {account.subnet}, (), patience)
    assert account.time.now == 30


def test_an_interface_that_stays_in_a_subnet_of_somebody_else_is_told(account: Account) -> None:
    account.add_function("darkroom-dev-cleanup")
    interface = account.add_interface(OURS)
    interfaces.release(account.target, (), (), account.patience({}))
    assert account.logged[-1] == "  going on: a function of another service may use them"
    assert interface in account.logged[-2]


def test_both_waits_together_take_no_longer_than_one(account: Account) -> None:
    # One interface is in a subnet of the stack, and leaves late. The other one stays in a subnet of somebody else.
    own = account.add_interface(OURS)
    elsewhere = account.ec2.create_subnet(VpcId=account.vpc, CidrBlock="10.0.0.64/26")["Subnet"]["SubnetId"]
    account.ec2.create_network_interface(SubnetId=elsewhere, Description=OURS)
    patience = account.patience({60.0: lambda: account.ec2.delete_network_interface(NetworkInterfaceId=own)})

    interfaces.release(account.target, {elsewhere}, {account.subnet}, patience)

    assert account.logged[-1].startswith("  going on:")
    assert patience.timeout <= account.time.now <= patience.timeout + patience.pause


def test_the_wait_ends_well_before_the_claim_that_it_happens_under() -> None:
    assert interfaces.PATIENCE.timeout + 10 * 60 <= claim.LIFETIME.total_seconds()
