"""Reading and writing a stage in .chalice/config.json, and the stages of this project's file."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from chalice.config import Config

from scripts.deployment import stage_file
from scripts.deployment.target import DeployError, Target
from scripts.project import recorded_file
from tests.conftest import ROOT
from tests.scripts.targets import architecture, copy_project, discard, set_variables

NAMES = {"IMAGES_BUCKET": "photos", "CLEANUP_UNTIL": "2026-03-02T12:00:00+00:00"}
#: What write_names() adds to a stage. A deployment from this checkout may have done so.
GENERATED = ("iam_policy_file", "lambda_functions")


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Target:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    return Target("dev", copy_project(tmp_path), log=discard)


def config_of(target: Target) -> dict[str, Any]:
    config: dict[str, Any] = json.loads((target.project / ".chalice" / "config.json").read_text())
    return config


def edit(target: Target, **changes: Any) -> None:
    path = target.project / ".chalice" / "config.json"
    path.write_text(json.dumps(config_of(target) | changes))


def test_names_and_policy_paths_are_added_to_the_stage(target: Target) -> None:
    before = stage_file.environment(target)
    stage_file.write_names(target, NAMES)
    assert stage_file.environment(target) == before | NAMES
    stage = stage_file.read(target)["stages"]["dev"]
    assert stage["iam_policy_file"] == "policies/dev/api_handler.json"
    assert set(stage["lambda_functions"]) == set(config_of(target)["lambda_functions"])
    assert stage["lambda_functions"]["cleanup"] == {"iam_policy_file": "policies/dev/cleanup.json"}


def test_a_name_that_is_not_written_again_is_removed(target: Target) -> None:
    stage_file.write_names(target, NAMES)
    stage_file.write_names(target, {"IMAGES_BUCKET": "others"})
    variables = stage_file.environment(target)
    assert variables["IMAGES_BUCKET"] == "others"
    assert "CLEANUP_UNTIL" not in variables


def test_recording_and_forgetting_leave_the_tracked_file_as_it_was(target: Target) -> None:
    before = (target.project / ".chalice" / "config.json").read_bytes()
    for _ in range(2):
        stage_file.write_names(target, NAMES)
    assert recorded_file(target.project, "dev").exists()
    stage_file.remove_names(target)
    assert not recorded_file(target.project, "dev").exists()
    assert (target.project / ".chalice" / "config.json").read_bytes() == before


def test_what_a_person_set_for_a_function_of_the_stage_is_deployed_and_stays(target: Target) -> None:
    config = config_of(target)
    config["stages"]["dev"]["lambda_functions"] = {"cleanup": {"lambda_memory_size": 3008}}
    edit(target, **config)
    before = config_of(target)
    stage_file.write_names(target, NAMES)
    merged = stage_file.read(target)["stages"]["dev"]["lambda_functions"]["cleanup"]
    assert merged == {"lambda_memory_size": 3008, "iam_policy_file": "policies/dev/cleanup.json"}
    stage_file.write_config(target)
    stage_file.remove_names(target)
    assert config_of(target) == before


def test_plain_chalice_gets_the_merged_file_and_it_can_be_forgotten(target: Target) -> None:
    before = config_of(target)
    with pytest.raises(DeployError, match="nothing is recorded of the stage dev"):
        stage_file.write_config(target)
    stage_file.write_names(target, NAMES)
    stage_file.write_config(target)
    assert config_of(target) == stage_file.read(target)
    assert config_of(target)["stages"]["dev"]["environment_variables"]["IMAGES_BUCKET"] == "photos"
    stage_file.remove_names(target)
    assert config_of(target) == before


def test_only_the_last_record_counts_not_what_make_config_wrote_before(target: Target) -> None:
    stage_file.write_names(target, NAMES)
    stage_file.write_config(target)
    # The clean-up was disabled since then, so no time is recorded until which it may empty the buckets.
    stage_file.write_names(target, {"IMAGES_BUCKET": "photos"})
    assert "CLEANUP_UNTIL" not in stage_file.environment(target)
    stage_file.write_config(target)
    assert "CLEANUP_UNTIL" not in config_of(target)["stages"]["dev"]["environment_variables"]


@pytest.mark.parametrize("stage", [{}, {"lambda_functions": {}}, {"environment_variables": {"STAGE": "dev"}}])
def test_forgetting_a_stage_without_names_does_not_touch_the_file(target: Target, stage: dict[str, Any]) -> None:
    edit(target, stages={"dev": stage})
    before = (target.project / ".chalice" / "config.json").read_bytes()
    stage_file.remove_names(target)
    assert (target.project / ".chalice" / "config.json").read_bytes() == before


@pytest.mark.parametrize(
    ("stage", "error"), [("test", "there is no stage test in"), ("local", "the stage local belongs to")]
)
def test_a_stage_that_cannot_be_deployed_is_an_error(target: Target, stage: str, error: str) -> None:
    with pytest.raises(DeployError, match=error):
        stage_file.read(replace(target, stage=stage))


def test_an_invalid_setting_is_an_error_that_names_the_file(target: Target) -> None:
    stages = config_of(target)["stages"]
    stages["dev"]["environment_variables"]["AUTH"] = "anybody"
    edit(target, stages=stages)
    with pytest.raises(DeployError, match=r"the settings of stage dev in .chalice/config.json: .*AUTH"):
        stage_file.settings_of(target, NAMES)


def test_a_stage_may_have_another_architecture_than_the_project(target: Target) -> None:
    edit(target, lambda_architecture="arm64")
    assert stage_file.architecture(target) == "arm64"
    stages = config_of(target)["stages"]
    stages["dev"]["lambda_architecture"] = "x86_64"
    edit(target, stages=stages)
    assert stage_file.architecture(target) == "x86_64"


def test_the_embedded_aws_needs_the_architecture_of_this_machine(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    edit(target, lambda_architecture="another")
    assert stage_file.architecture(target) == architecture()


def test_stages_differ_only_in_settings() -> None:
    stages = json.loads((ROOT / ".chalice" / "config.json").read_text())["stages"]
    fields = {
        name: set(stages[name]) - {"environment_variables", "tags", "xray", *GENERATED}
        for name in ("dev", "staging", "prod")
    }
    assert list(fields.values()) == [{"api_gateway_stage"}] * 3


@pytest.mark.parametrize(("stage", "traced"), [("dev", False), ("staging", True), ("prod", True)])
def test_every_function_is_traced_if_its_stage_is(stage: str, *, traced: bool) -> None:
    file = json.loads((ROOT / ".chalice" / "config.json").read_text())
    for function in file["lambda_functions"]:
        config = Config(stage, function_name=function, config_from_disk=file)
        assert bool(config.xray_enabled) is traced


def test_a_network_and_reservations_are_recorded_for_chalice_and_forgotten(target: Target) -> None:
    before = config_of(target)
    stage_file.write_names(target, NAMES, ["subnet-1"], ["sg-1"], {"cleanup": 2})
    for name in before["lambda_functions"]:
        config = Config("dev", function_name=name, config_from_disk=stage_file.read(target))
        assert (config.subnet_ids, config.security_group_ids) == (["subnet-1"], ["sg-1"])
        assert config.reserved_concurrency == (2 if name == "cleanup" else None)
    stage_file.write_config(target)
    stage_file.remove_names(target)
    assert config_of(target) == before


def test_a_stage_that_left_its_vpc_has_no_network_even_if_make_config_wrote_it(target: Target) -> None:
    stage_file.write_names(target, NAMES, ["subnet-1"], ["sg-1"], {"cleanup": 2})
    stage_file.write_config(target)
    stage_file.write_names(target, NAMES)
    options: Any = Config("dev", function_name="cleanup", config_from_disk=stage_file.read(target))
    assert [options.subnet_ids, options.security_group_ids, options.reserved_concurrency] == [None] * 3


@pytest.mark.parametrize(
    ("stage", "variables", "size"),
    [
        ("dev", {}, "basic"),
        ("staging", {}, "basic"),
        ("prod", {}, "full"),
        ("prod", {"MONITORING": "basic"}, "basic"),
        ("dev", {"MONITORING": "full"}, "full"),
    ],
)
def test_prod_is_monitored_in_full_unless_it_says_otherwise(
    target: Target, stage: str, variables: dict[str, str], size: str
) -> None:
    assert stage_file.monitoring(set_variables(replace(target, stage=stage), **variables)) == size
