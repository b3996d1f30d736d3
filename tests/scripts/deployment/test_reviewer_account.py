"""Reviewers that do not exist, users of other accounts, and a role that is not the stage's."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.settings import Settings
from scripts import deploy, doctor
from scripts.deployment import deployed_state, resources, reviewer, stage_file
from scripts.deployment.target import DeployError, Target
from tests.scripts.targets import REVIEWER, set_variables

ADA, EVE = REVIEWER, "arn:aws:iam::123456789012:user/eve"
BOB = "arn:aws:iam::210987654321:user/team/bob.b@example.com"
ROLE = "darkroom-dev-reviewer"


@pytest.fixture
def target(reviewed: Target) -> Target:
    return reviewed


def settings_of(target: Target) -> Settings:
    return stage_file.settings_of(target, resources.expected_names(target))


def roles(target: Target) -> dict[str, Any]:
    return {each["RoleName"]: each["AssumeRolePolicyDocument"] for each in target.client("iam").list_roles()["Roles"]}


@pytest.mark.parametrize(
    ("value", "ends"),
    [
        (ADA, []),
        ("", []),
        ("account:123456789012", []),
        (BOB, []),
        (f"{ADA},{EVE}", ["there is no such user. Correct the entry, or remove it."]),
        (
            "arn:aws:iam::123456789012:user/team/ada",
            [f"there is no such user. IAM has {ADA}. Correct the entry, or remove it."],
        ),
    ],
)
def test_a_reviewer_of_this_account_must_exist(target: Target, value: str, ends: list[str]) -> None:
    set_variables(target, REVIEWERS=value)
    found = [each for each in doctor.findings(target, packages=False) if "REVIEWERS" in each]
    assert [each.partition(", and ")[2] for each in found] == ends


@pytest.mark.parametrize(
    ("value", "named"),
    [
        (f"{ADA},{BOB}", BOB),
        ("account:210987654321", "arn:aws:iam::210987654321:root"),
        (ADA, ""),
        ("account:123456789012", ""),
        ("", ""),
    ],
)
def test_reviewers_of_other_accounts_are_told(target: Target, value: str, named: str) -> None:
    lines = list(reviewer.advice(set_variables(target, REVIEWERS=value)))
    assert [each.partition(", which no call")[0] for each in lines] == ([f"REVIEWERS has {named}"] if named else [])


@pytest.fixture
def foreign(target: Target) -> Any:
    """The trust policy of a role that another stage has made under this one's name."""
    client, trust = target.client("iam"), '{"Version": "2012-10-17", "Statement": []}'
    tags = [{"Key": "application", "Value": "darkroom"}, {"Key": "stage", "Value": "other"}]
    return client.create_role(RoleName=ROLE, AssumeRolePolicyDocument=trust, Tags=tags)["Role"][
        "AssumeRolePolicyDocument"
    ]


def test_a_role_of_somebody_else_is_neither_changed_nor_deleted(target: Target, foreign: Any) -> None:
    with pytest.raises(DeployError, match=r"does not have the tags of this stage\. What to do: delete it"):
        reviewer.apply(target, settings_of(target), "api1")
    reviewer.delete(target)
    reviewer.apply(set_variables(target, REVIEWERS=""), settings_of(target), "api1")
    assert roles(target) == {ROLE: foreign}
    assert target.client("iam").list_role_policies(RoleName=ROLE)["PolicyNames"] == []


@pytest.mark.usefixtures("foreign")
def test_the_doctor_finds_a_role_of_somebody_else(target: Target) -> None:
    [finding] = reviewer.account_findings(target)
    assert finding.startswith(f"the role {ROLE} exists, and does not have the tags")
    assert list(reviewer.account_findings(set_variables(target, REVIEWERS=""))) == []


def test_a_role_of_the_stage_is_changed_and_deleted(target: Target) -> None:
    reviewer.apply(target, settings_of(target), "api1")
    assert list(reviewer.account_findings(target)) == []
    reviewer.apply(set_variables(target, REVIEWERS=f"{ADA},{BOB}"), settings_of(target), "api1")
    assert roles(target) == {ROLE: reviewer.trust([ADA, BOB])}
    for _ in range(2):
        reviewer.delete(target)
        assert roles(target) == {}


@pytest.mark.usefixtures("foreign")
def test_a_failure_is_returned_so_that_the_rest_of_a_deployment_goes_on(target: Target) -> None:
    lines: list[str] = []
    target = replace(target, log=lines.append)
    deployed_state.add(target, [{"name": "rest_api", "resource_type": "rest_api", "rest_api_id": "abc"}])
    error = deploy.apply_reviewers(target, settings_of(target))
    assert isinstance(error, DeployError)
    assert "does not have the tags" in str(error)
    assert lines[-1].endswith("going on: the stage works without its reviewers")
    target.client("iam").delete_role(RoleName=ROLE)
    assert deploy.apply_reviewers(target, settings_of(target)) is None
