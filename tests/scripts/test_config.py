"""`make config` writes the names of a deployed stage into the file that plain `chalice deploy` reads."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto import mock_aws

from scripts import config
from scripts.deployment.target import DeployError, Target
from tests.scripts.targets import copy_project, moto_target, set_variables

NAMES = ("ImagesBucket", "LandingBucket", "DestinationBucket", "StateBucket", "ImagesTable", "DdbTable")
TEMPLATE = {
    "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
    "Outputs": {name: {"Value": f"the-{name.lower()}"} for name in NAMES}
    | {
        f"{name}TopicArn": {"Value": f"arn:aws:sns:us-east-1:123456789012:{name.lower()}"}
        for name in ("Alarms", "Images")
    },
}


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Target]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield moto_target(copy_project(tmp_path))


def test_the_names_of_the_stack_are_written_into_the_file(target: Target) -> None:
    target.client("cloudformation").create_stack(StackName="darkroom-dev", TemplateBody=json.dumps(TEMPLATE))
    config.write(target)
    stage = json.loads((target.project / ".chalice" / "config.json").read_text())["stages"]["dev"]
    assert stage["environment_variables"]["IMAGES_BUCKET"] == "the-imagesbucket"
    assert (target.project / ".chalice" / stage["iam_policy_file"]).is_file()


def test_a_stage_without_a_stack_is_an_error_with_what_to_do(target: Target) -> None:
    before = (target.project / ".chalice" / "config.json").read_bytes()
    with pytest.raises(DeployError, match=r"darkroom-dev has no stack .* `make deploy`"):
        config.write(target)
    assert (target.project / ".chalice" / "config.json").read_bytes() == before


def test_a_new_vpc_that_does_not_exist_yet_is_an_error(target: Target) -> None:
    # Plain `chalice deploy` would leave the functions outside of it.
    target.client("cloudformation").create_stack(StackName="darkroom-dev", TemplateBody=json.dumps(TEMPLATE))
    with pytest.raises(DeployError, match=r"there is no VPC yet. Run `make deploy STAGE=dev` first"):
        config.write(set_variables(target, VPC="new"))
