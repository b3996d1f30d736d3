"""What is recorded of a stage, beside what a person chose; and what Chalice made before it failed."""

import inspect
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from chalice.config import Config
from chalice.deploy.deployer import Deployer

from scripts.deployment import chalice_run, deployed_state, resources, stage_file
from scripts.deployment.target import DeployError, Target
from tests.scripts.deployment.conftest import ROOT, copy_project, unheard


class Store:
    """S3 and STS, as far as a recording asks them."""

    def get_caller_identity(self) -> dict[str, str]:
        return {"Account": "123456789012"}

    exceptions = SimpleNamespace(ResourceNotFoundException=LookupError)
    state = ""

    def describe_rule(self, Name: str) -> dict[str, str]:  # noqa: N803 - AWS's name
        if not self.state:
            raise LookupError(Name)
        return {"State": self.state}

    def get_object(self, **_: str) -> Any:
        raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")


#: What a deployment writes into a stage, where somebody has deployed from this checkout.
RECORDED = ("iam_policy_file", "lambda_functions")
OUTPUTS = {
    "ImagesBucket": "photos",
    "LandingBucket": "landing",
    "DestinationBucket": "clean",
    "StateBucket": "state",
    "ImagesTable": "Images",
    "DdbTable": "Dogs",
    "AlarmsTopicArn": "arn:aws:sns:us-east-1:123456789012:darkroom-dev-alarms",
}


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return stage(tmp_path, "dev")


def stage(folder: Path, name: str) -> Target:
    target = Target(name, copy_project(folder), log=unheard, poll_seconds=0)
    target._clients.update(dict.fromkeys(("s3", "sts", "events"), Store()))
    return target


def test_recording_adds_names_policies_and_a_day_of_emptying(target: Target) -> None:
    before = stage_file.environment(target)
    resources.record(target, OUTPUTS)
    variables = stage_file.environment(target)
    assert before.items() < variables.items()
    assert (variables["IMAGES_BUCKET"], variables["DESTINATION_BUCKET"]) == ("photos", "clean")
    until = datetime.fromisoformat(variables["CLEANUP_UNTIL"])
    assert timedelta(hours=23) < until - datetime.now(UTC) <= timedelta(hours=24)
    config = stage_file.read(target)
    for function, entry in config["stages"]["dev"]["lambda_functions"].items():
        policy = json.loads((target.project / ".chalice" / entry["iam_policy_file"]).read_text())
        assert "${" not in json.dumps(policy), function
    assert set(config["stages"]["dev"]["lambda_functions"]) == set(config["lambda_functions"])


@pytest.mark.parametrize(("state", "armed"), [("ENABLED", True), ("DISABLED", False)])
def test_a_disabled_clean_up_is_given_no_day_of_emptying(target: Target, state: str, *, armed: bool) -> None:
    resources.record(target, OUTPUTS)
    target.client("events").state = state
    resources.record(target, OUTPUTS)
    assert ("CLEANUP_UNTIL" in stage_file.environment(target)) is armed


def test_prod_is_never_given_a_day_of_emptying(tmp_path: Path) -> None:
    prod = stage(tmp_path, "prod")
    resources.record(prod, OUTPUTS)
    assert "CLEANUP_UNTIL" not in stage_file.environment(prod)


def test_forgetting_leaves_the_file_as_it_was(target: Target) -> None:
    path = target.project / ".chalice" / "config.json"
    before = json.loads(path.read_text())
    resources.record(target, OUTPUTS)
    resources.record(target, OUTPUTS)
    stage_file.forget(target)
    assert json.loads(path.read_text()) == before


def test_an_unknown_stage_is_refused_with_where_to_add_it(tmp_path: Path) -> None:
    with pytest.raises(DeployError, match="there is no stage test in"):
        stage_file.read(stage(tmp_path, "test"))


def test_a_policy_that_asks_for_what_no_stage_has_is_refused(target: Target) -> None:
    path = target.project / ".chalice" / "config.json"
    config = json.loads(path.read_text())
    config["lambda_functions"]["nobody"] = {}
    path.write_text(json.dumps(config))
    with pytest.raises(DeployError, match="the policy of nobody"):
        resources.record(target, OUTPUTS)


def test_what_chalice_made_before_a_fault_is_known_to_the_next_run(target: Target) -> None:
    made = [{"name": "rest_api", "resource_type": "rest_api", "rest_api_id": "one"}]
    chalice_run._record(target.project, "dev", made)
    chalice_run._record(target.project, "dev", [{"name": "cleanup", "resource_type": "lambda_function"}])
    known = deployed_state.resources(target)
    assert set(known) == {"rest_api", "cleanup"}
    assert known["rest_api"]["rest_api_id"] == "one"


@pytest.mark.parametrize(("account", "kept"), [("123456789012", True), ("210987654321", False)])
def test_what_was_deployed_to_another_account_is_forgotten(target: Target, account: str, *, kept: bool) -> None:
    arn = f"arn:aws:lambda:us-east-1:{account}:function:darkroom-dev"
    chalice_run._record(target.project, "dev", [{"name": "api_handler", "lambda_arn": arn}])
    assert not deployed_state.fetch(target, "state")
    assert deployed_state.local_file(target).exists() is kept


def test_chalice_still_keeps_what_it_made_where_that_is_read() -> None:
    assert "self._executor.resource_values" in inspect.getsource(Deployer)


def test_stages_differ_by_settings_alone() -> None:
    stages = json.loads((ROOT / ".chalice" / "config.json").read_text())["stages"]
    kept = {
        name: set(stages[name]) - {"environment_variables", "tags", "xray", *RECORDED}
        for name in ("dev", "staging", "prod")
    }
    assert list(kept.values()) == [{"api_gateway_stage"}] * 3


@pytest.mark.parametrize(("stage", "traced"), [("dev", False), ("staging", True), ("prod", True)])
def test_traces_are_on_where_the_stage_says_so(stage: str, *, traced: bool) -> None:
    file = json.loads((ROOT / ".chalice" / "config.json").read_text())
    for function in file["lambda_functions"]:
        config = Config(stage, function_name=function, config_from_disk=file)
        assert bool(config.xray_enabled) is traced
