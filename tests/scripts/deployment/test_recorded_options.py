"""Options of Chalice that a deployment sets itself."""

import json
from pathlib import Path
from typing import Any

import pytest

from scripts.deployment import recorded_options, stage_file
from scripts.deployment.target import Target
from tests.scripts.targets import copy_project, discard

NETWORK = (["subnet-1"], ["sg-1"])


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return Target("dev", copy_project(tmp_path), discard)


def edit(target: Target, *place: str, **options: Any) -> None:
    """Set options at a place in .chalice/config.json."""
    path = target.project / ".chalice" / "config.json"
    config = part = json.loads(path.read_text())
    for key in place:
        part = part.setdefault(key, {})
    part.update(options)
    path.write_text(json.dumps(config))


def test_a_project_without_such_options_has_no_findings(target: Target) -> None:
    assert list(recorded_options.findings(target)) == []


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ((), "the project"),
        (("lambda_functions", "cleanup"), "the function cleanup"),
        (("stages", "dev"), "the stage dev"),
        (("stages", "dev", "lambda_functions", "cleanup"), "the function cleanup of the stage dev"),
    ],
)
@pytest.mark.parametrize(
    ("option", "value", "remedy"),
    [
        ("subnet_ids", ["subnet-1"], "VPC_SUBNETS"),
        ("security_group_ids", ["sg-1"], "VPC_SECURITY_GROUPS"),
        ("reserved_concurrency", 3, "RESERVED_CONCURRENCY"),
    ],
)
def test_an_option_of_a_person_is_found_anywhere(
    target: Target, place: tuple[str, ...], name: str, option: str, value: Any, remedy: str
) -> None:
    edit(target, *place, **{option: value})
    [found] = recorded_options.findings(target)
    assert found.startswith(f"{name} in .chalice/config.json has {option}")
    assert remedy in found


def test_an_option_of_another_stage_is_left_alone(target: Target) -> None:
    edit(target, "stages", "prod", subnet_ids=["subnet-1"])
    assert list(recorded_options.findings(target)) == []


def test_what_make_config_wrote_is_no_finding_until_it_differs(target: Target) -> None:
    stage_file.write_names(target, {}, *NETWORK, {"cleanup": 2})
    stage_file.write_config(target)
    assert list(recorded_options.findings(target)) == []
    stage_file.write_names(target, {})
    assert len(list(recorded_options.findings(target))) == 3
