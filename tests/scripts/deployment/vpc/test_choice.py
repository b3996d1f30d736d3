"""Which settings of a VPC fit together."""

from pathlib import Path

import pytest

from scripts.deployment.target import DeployError, Target
from scripts.deployment.vpc import choice
from scripts.deployment.vpc.choice import Choice, Network
from tests.scripts.targets import copy_project, moto_target, set_variables

IDS = {"VPC_SUBNETS": "subnet-0a1, subnet-0b2,subnet-0a1", "VPC_SECURITY_GROUPS": "sg-0c3"}


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return moto_target(copy_project(tmp_path))


def test_a_stage_has_no_vpc_by_default(target: Target) -> None:
    assert choice.read(target) == Choice()


def test_a_stage_can_have_a_vpc_of_its_own(target: Target) -> None:
    assert choice.read(set_variables(target, VPC="new")) == Choice(is_new=True)


def test_a_stage_can_have_an_existing_network_with_each_id_once(target: Target) -> None:
    found = choice.read(set_variables(target, **IDS))
    assert found == Choice(network=Network(("subnet-0a1", "subnet-0b2"), ("sg-0c3",)))


@pytest.mark.parametrize(
    ("variables", "error"),
    [
        ({"VPC": "old"}, "VPC is 'old'"),
        ({"VPC": "new"} | IDS, "Remove VPC_SUBNETS and VPC_SECURITY_GROUPS"),
        ({"VPC": "new", "VPC_SUBNETS": "subnet-0a1"}, "VPC=new makes subnets"),
        ({"VPC_SUBNETS": "subnet-0a1"}, "VPC_SUBNETS is set in .*, and VPC_SECURITY_GROUPS is not"),
        ({"VPC_SECURITY_GROUPS": "sg-0c3"}, "VPC_SECURITY_GROUPS is set in .*, and VPC_SUBNETS is not"),
        (IDS | {"VPC_SUBNETS": "sg-0c3"}, "VPC_SUBNETS in .* has 'sg-0c3'"),
        (IDS | {"VPC_SECURITY_GROUPS": "default"}, "VPC_SECURITY_GROUPS in .* has 'default'"),
    ],
)
def test_settings_that_do_not_fit_are_an_error(target: Target, variables: dict[str, str], error: str) -> None:
    with pytest.raises(DeployError, match=error):
        choice.read(set_variables(target, **variables))
