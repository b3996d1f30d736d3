"""Targets of deployments in tests: copies of the project to write into, and clients for moto."""

import json
import platform
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scripts.deployment import stage_file
from scripts.deployment.target import Target
from tests.conftest import ROOT

#: Clients hold nothing of moto's state, and each costs up to 0.1 s of CPU, so all tests of a process share them.
_CLIENTS: dict[str, Any] = {}
#: Who may look at the stage `dev` of a copy.
REVIEWER = "arn:aws:iam::123456789012:user/ada"
_IGNORED = shutil.ignore_patterns("__pycache__", "deployments", "deployed", "recorded", "dev", "staging", "prod")


def discard(_line: str) -> None:
    """Ignore a log line."""


def copy_project(folder: Path) -> Path:
    """Copy what a deployment needs, configured for this machine's processor, with people and without a dog API."""
    for name in ("chalicelib", ".chalice"):
        shutil.copytree(ROOT / name, folder / name, ignore=_IGNORED)
    for name in ("app.py", "requirements.txt"):
        shutil.copy(ROOT / name, folder / name)
    path = folder / ".chalice" / "config.json"
    config = json.loads(path.read_text())
    # No test may call the real dog API. Nothing listens on port 9.
    config["stages"]["dev"]["environment_variables"]["DOG_API_URL"] = "http://127.0.0.1:9"
    config["stages"]["dev"]["environment_variables"]["REVIEWERS"] = REVIEWER
    config["stages"]["dev"]["environment_variables"]["UPLOADERS"] = "backend,partner"
    path.write_text(json.dumps(config | {"lambda_architecture": architecture()}, indent=2))
    for stage in ("dev", "staging", "prod"):
        # `make config` may have written names into this checkout's config.json.
        stage_file.remove_names(Target(stage, folder, discard))
    return folder


def moto_target(project: Path = ROOT, stage: str = "dev", log: Callable[[str], None] = discard) -> Target:
    """Return a target whose clients meet moto, in us-east-1."""
    return Target(stage, project, log, 0.0, _CLIENTS)


def make_reviewer(target: Target) -> None:
    """Make the user REVIEWER, who is in the account before its stages are."""
    target.client("iam").create_user(UserName=REVIEWER.rpartition("/")[2])


def set_variables(target: Target, **variables: str) -> Target:
    """Set variables of a target's stage in its .chalice/config.json, and return the target."""
    path = target.project / ".chalice" / "config.json"
    config = json.loads(path.read_text())
    config["stages"][target.stage]["environment_variables"] |= variables
    path.write_text(json.dumps(config))
    return target


def architecture() -> str:
    """Return Lambda's name of this machine's processor."""
    return "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
