"""The findings of the doctor, each with its remedy."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from chalice.app import Chalice
from moto import mock_aws

from chalicelib.settings import CleanupMode, Settings
from scripts import doctor
from scripts.deployment.target import Target
from tests.scripts.targets import copy_project, discard, make_reviewer, moto_target, set_variables

TARGET = Target("dev", log=discard)


@pytest.fixture
def empty() -> Iterator[Target]:
    with mock_aws():
        yield moto_target()


@pytest.mark.parametrize(("version", "count"), [((3, 11), 1), ((3, 12), 0), ((3, 14), 0), ((3, 15), 1)])
def test_a_python_that_cannot_package_is_found(version: tuple[int, int], count: int) -> None:
    found = list(doctor.python_findings(version))
    assert len(found) == count
    assert all("make venv PYTHON=" in finding for finding in found)


def test_handlers_entries_and_policies_that_do_not_match_are_found(tmp_path: Path) -> None:
    app = Chalice("tiny", configure_logs=False)

    @app.schedule("rate(1 hour)", name="lonely")
    def lonely(_event: Any) -> None:
        """Do nothing."""

    (tmp_path / ".chalice" / "policies").mkdir(parents=True)
    (tmp_path / ".chalice" / "policies" / "api_handler.json").write_text("{}")
    config: dict[str, Any] = {"lambda_functions": {"api_handler": {}, "left_over": {}}}
    found = list(doctor.entry_findings(app, config, tmp_path))
    assert [finding.split(". ")[0] for finding in found] == [
        "the handler lonely has no entry",
        "the entry left_over in .chalice/config.json has no handler in app.py",
        "the function left_over has no policy",
    ]


def test_a_disabled_handler_may_have_an_entry(tmp_path: Path) -> None:
    (tmp_path / ".chalice" / "policies").mkdir(parents=True)
    for name in ("api_handler", "dog_fetch"):
        (tmp_path / ".chalice" / "policies" / f"{name}.json").write_text("{}")
    config: dict[str, Any] = {"lambda_functions": {"api_handler": {}, "dog_fetch": {}}}
    assert not list(doctor.entry_findings(Chalice("tiny", configure_logs=False), config, tmp_path, {"dog_fetch"}))


@pytest.mark.parametrize(
    ("schedule", "removed", "disabled"),
    [("rate(1 hour)", False, set()), ("off", False, {"dog_fetch"}), ("off", True, {"dog_fetch", "cleanup"})],
)
def test_what_a_stage_has_switched_off_needs_no_handler(
    settings: Settings, schedule: str, disabled: set[str], *, removed: bool
) -> None:
    stage = replace(settings, dog_schedule=schedule, cleanup=replace(settings.cleanup, removed=removed))
    assert doctor.disabled_handlers(stage) == disabled


@pytest.mark.parametrize(("days", "keep", "count"), [(30, True, 1), (31, True, 0), (7, False, 0)])
def test_originals_that_s3_deletes_before_the_clean_up_are_found(
    settings: Settings, days: int, *, keep: bool, count: int
) -> None:
    cleanup = replace(settings.cleanup, mode=CleanupMode.EXPIRED, max_age_days=30)
    stage = replace(settings, landing_days=days, landing_keep=keep, cleanup=cleanup)
    assert len(list(doctor.retention_findings(stage))) == count
    without = replace(stage, cleanup=replace(cleanup, removed=True))
    assert list(doctor.retention_findings(without)) == []


@pytest.mark.parametrize(
    ("hosts", "schedule", "new", "count"),
    [
        (("a.example",), "off", True, 1),
        (("a.example",), "rate(1 hour)", True, 0),
        (("a.example",), "off", False, 0),
        ((), "off", True, 0),
    ],
)
def test_hosts_of_the_ingestion_need_a_nat_gateway(
    settings: Settings, hosts: tuple[str, ...], schedule: str, *, new: bool, count: int
) -> None:
    stage = replace(settings, ingest_hosts=hosts, dog_schedule=schedule)
    assert len(list(doctor.ingest_findings(stage, new_vpc=new))) == count


def test_without_credentials_each_finding_is_reported_and_the_source_is_still_checked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    (tmp_path / ".chalice").mkdir()
    (tmp_path / ".chalice" / "config.json").write_text(json.dumps({"stages": {}}))
    found = list(doctor.findings(Target("dev", tmp_path, discard), packages=False))
    words = [finding.split(". ")[0] for finding in found if not finding.startswith("Python ")]
    assert words == [
        "no region is set",
        "there are no AWS credentials",
        "there is no stage dev in .chalice/config.json",
    ]


def test_an_unknown_profile_is_found_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nowhere")
    [finding] = doctor.access_findings(Target("dev"))
    assert "(The config profile (nowhere) could not be found). What to do: set AWS_PROFILE" in finding


def test_an_embedded_aws_that_does_not_run_is_found_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    [finding] = doctor.access_findings(Target("dev"))
    assert finding.endswith("What to do: start `make run`, and set AWS_ENDPOINT_URL to its AWS endpoint.")


def test_the_stage_local_cannot_be_deployed(empty: Target) -> None:
    local = replace(empty, stage="local")
    found = [finding for finding in doctor.findings(local, packages=False) if not finding.startswith("Python ")]
    assert [finding.partition(" and ")[0] for finding in found] == ["the stage local belongs to `make run`"]


@pytest.mark.usefixtures("empty")
def test_a_network_that_does_not_exist_is_found(tmp_path: Path) -> None:
    target = moto_target(copy_project(tmp_path))
    make_reviewer(target)
    set_variables(target, VPC_SUBNETS="subnet-0bad", VPC_SECURITY_GROUPS="sg-0bad")
    found = [finding for finding in doctor.findings(target, packages=False) if not finding.startswith("Python ")]
    assert [finding.partition(",")[0] for finding in found] == [
        "VPC_SUBNETS names subnet-0bad",
        "VPC_SECURITY_GROUPS names sg-0bad",
    ]


@pytest.mark.parametrize("variables", [{"VPC": "old"}, {"RESERVED_CONCURRENCY": "nobody:1"}])
def test_a_wrong_setting_of_a_deployment_is_found_without_credentials(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variables: dict[str, str]
) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    target = set_variables(Target("dev", copy_project(tmp_path), discard), **variables)
    found = list(doctor.findings(target, packages=False))
    assert [each for each in found if each.startswith(next(iter(variables)))]


@pytest.mark.usefixtures("empty")
def test_options_of_chalice_that_a_deployment_sets_are_found(tmp_path: Path) -> None:
    target = moto_target(copy_project(tmp_path))
    path = target.project / ".chalice" / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"subnet_ids": ["subnet-1"]}))
    assert [each for each in doctor.findings(target, packages=False) if each.startswith("the project in .chalice")]


def test_this_project_has_no_findings(empty: Target) -> None:
    found = list(doctor.findings(empty, packages=False))
    assert [finding for finding in found if not finding.startswith("Python ")] == []
