"""A stage with a VPC of its own is deployed to the embedded AWS, leaves its VPC, and is destroyed."""

import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from scripts import destroy, doctor
from scripts.deploy import deploy
from scripts.deployment import deployed_state, resources
from scripts.deployment.vpc import interfaces, stack
from scripts.deployment.vpc.choice import Network
from tests.privilege import deployer
from tests.privilege.recorded_calls import denied
from tests.scripts.account_inventory import inventory
from tests.scripts.embedded_account import Account, InstalledWheels, embedded_account
from tests.scripts.targets import copy_project, set_variables

# The doctor refuses to deploy with an older Python.
pytestmark = pytest.mark.skipif(sys.version_info < doctor.OLDEST, reason="packaging needs Python 3.12")

RESERVED = {"darkroom-dev": 50, "darkroom-dev-resize_image": 20}
POLICY = json.dumps(deployer.policy(*deployer.ALWAYS, "deployer-vpc"))


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    with embedded_account(copy_project(tmp_path_factory.mktemp("project"))) as account:
        reserved = "api_handler:50,resize_image:20"
        set_variables(account.target, VPC="new", RESERVED_CONCURRENCY=reserved)
        deploy(account.target, dependencies=InstalledWheels())
        yield account


def functions(account: Account) -> dict[str, dict[str, Any]]:
    """Return the configuration of each function, by name."""
    listed = account.target.client("lambda").list_functions()["Functions"]
    return {each["FunctionName"]: each for each in listed}


def policies(account: Account) -> dict[str, list[str]]:
    """Return the names of the statements of each function's role."""
    roles = account.target.client("iam")
    found: dict[str, list[str]] = {}
    for name, each in functions(account).items():
        role = each["Role"].rpartition("/")[2]
        [policy] = roles.list_role_policies(RoleName=role)["PolicyNames"]
        document = roles.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
        found[name] = [statement["Sid"] for statement in document["Statement"]]
    return found


def reserved(account: Account) -> dict[str, int]:
    client = account.target.client("lambda")
    found: dict[str, int] = {}
    for name in functions(account):
        number = client.get_function_concurrency(FunctionName=name).get("ReservedConcurrentExecutions")
        found |= {name: number} if number else {}
    return found


def test_every_function_runs_in_the_vpc(account: Account) -> None:
    network = stack.network(account.target)
    assert len(network.subnets) == 2
    found = [each["VpcConfig"] for each in functions(account).values()]
    assert len(found) == 10
    for each in found:
        assert (each["SubnetIds"], each["SecurityGroupIds"]) == ([*network.subnets], [*network.security_groups])
    assert all("ChangeInterfaces" in names and "DenyInterfacesToCode" in names for names in policies(account).values())


def test_only_named_functions_have_concurrency_of_their_own(account: Account) -> None:
    assert reserved(account) == RESERVED


def test_a_stage_leaves_its_vpc_before_its_roles_lose_their_rights(account: Account) -> None:
    account.recorder.take()
    set_variables(account.target, VPC="", RESERVED_CONCURRENCY="")

    deploy(account.target, dependencies=InstalledWheels(), smoke_test=False)

    requests = account.recorder.take()
    assert denied(requests, POLICY) == []
    leaving = [at for at, each in enumerate(requests) if b'"SubnetIds": []' in each.body and each.method == "PUT"]
    roles = [at for at, each in enumerate(requests) if b"Action=PutRolePolicy" in each.body]
    assert max(leaving[:9]) < min(roles)
    assert [name for name, _ in interfaces.attached(account.target)] == []
    assert not any("ChangeInterfaces" in names for names in policies(account).values())
    assert (stack.own_network(account.target), reserved(account)) == (Network(), {})


def test_after_destroy_neither_the_vpc_nor_the_stage_is_left(account: Account) -> None:
    target = set_variables(account.target, VPC="new")
    resources.create_or_update(target)
    network = stack.network(target)
    config = {"SubnetIds": [*network.subnets], "SecurityGroupIds": [*network.security_groups]}
    for name in functions(account):
        target.client("lambda").update_function_configuration(FunctionName=name, VpcConfig=config)
    account.recorder.take()

    destroy.destroy(target)

    requests = account.recorder.take()
    assert denied(requests, POLICY) == []
    left = [at for at, each in enumerate(requests) if b"Action=DescribeNetworkInterfaces" in each.body]
    gone = [at for at, each in enumerate(requests) if b"Action=DeleteRole&" in each.body]
    # Lambda deletes its interfaces with the permissions of the roles.
    assert min(left) < min(gone)
    assert {kind: names for kind, names in inventory(target).items() if names} == {}
    assert target.client("ec2").describe_vpcs(Filters=[{"Name": "cidr", "Values": ["10.61.0.0/24"]}])["Vpcs"] == []
    assert not deployed_state.local_file(target).exists()
    destroy.destroy(target)
