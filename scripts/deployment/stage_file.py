"""A stage in .chalice/config.json: its settings, and the names of its resources, written and taken out by scripts."""

import json
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chalicelib.settings import LOCAL, Settings, SettingsError
from scripts.deployment.target import DeployError, Target

#: What scripts/deployment/resources.py records; all else in a stage's environment is a setting that a person chose.
RECORDED = (
    "IMAGES_BUCKET",
    "LANDING_BUCKET",
    "DESTINATION_BUCKET",
    "IMAGES_TABLE",
    "DDB_TABLE",
    "ALARMS_TOPIC_ARN",
    "DOG_PIPELINE_ARN",
    "CLEANUP_UNTIL",
)

Config = dict[str, Any]


def read(target: Target) -> Config:
    """Read the whole file; raises DeployError when it has no such stage, or one that is not for AWS."""
    if target.stage == LOCAL:
        raise DeployError(f"the stage {LOCAL} is that of `make run` and is never deployed: name another, STAGE=dev.")
    config: Config = json.loads(_path(target.project).read_text())
    if target.stage not in config["stages"]:
        raise DeployError(f"there is no stage {target.stage} in .chalice/config.json: add it there, beside the others.")
    return config


def environment(target: Target) -> dict[str, str]:
    """Read a stage's environment variables."""
    return dict(read(target)["stages"][target.stage].get("environment_variables", {}))


def settings_of(target: Target, names: Mapping[str, str] | None = None) -> Settings:
    """Read a stage's settings, with `names` where they are not recorded yet; raises DeployError for a bad value."""
    try:
        return Settings.from_environ({**(names or {}), **environment(target)})
    except SettingsError as error:
        raise DeployError(f"the settings of stage {target.stage} in .chalice/config.json: {error}.") from error


def architecture(target: Target) -> str:
    """Name the processor that a stage's zip is for; the embedded AWS runs it on this machine's own."""
    if target.is_embedded:
        return "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
    config = read(target)
    return str(config["stages"][target.stage].get("lambda_architecture") or config["lambda_architecture"])


def record(target: Target, names: Mapping[str, str]) -> None:
    """Write the names into the stage's environment, and where its functions' policies are."""
    config = read(target)
    stage = config["stages"][target.stage]
    kept = {key: value for key, value in stage.get("environment_variables", {}).items() if key not in RECORDED}
    stage["environment_variables"] = kept | {name: names[name] for name in RECORDED if name in names}
    functions = config["lambda_functions"]
    stage["iam_policy_file"] = policy_file(target.stage, "api_handler")
    stage["lambda_functions"] = {name: {"iam_policy_file": policy_file(target.stage, name)} for name in functions}
    _write(target.project, config)


def forget(target: Target) -> None:
    """Take the names out again, so that plain `chalice deploy` is refused as before."""
    config = read(target)
    stage = config["stages"][target.stage]
    variables = stage.get("environment_variables", {})
    stage["environment_variables"] = {key: value for key, value in variables.items() if key not in RECORDED}
    for field in ("iam_policy_file", "lambda_functions"):
        stage.pop(field, None)
    _write(target.project, config)


def policy_file(stage: str, function: str) -> str:
    """Name a function's rendered policy as Chalice looks for it, from .chalice on."""
    return f"policies/{stage}/{function}.json"


def _path(project: Path) -> Path:
    return project / ".chalice" / "config.json"


def _write(project: Path, config: Config) -> None:
    path = _path(project)
    # Written beside and moved, so that a full disk leaves the old file whole.
    fresh = path.with_suffix(".json.new")
    fresh.write_text(json.dumps(config, indent=2) + "\n")
    fresh.replace(path)
