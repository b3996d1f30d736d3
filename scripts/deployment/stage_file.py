"""Read a stage in .chalice/config.json, and write or remove the names of its resources there."""

import json
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chalicelib.settings import LOCAL, Settings, SettingsError
from scripts.deployment.target import DeployError, Target

#: The variables that scripts write. A person wrote all others in a stage's environment.
GENERATED = (
    "IMAGES_BUCKET",
    "LANDING_BUCKET",
    "DESTINATION_BUCKET",
    "IMAGES_TABLE",
    "DDB_TABLE",
    "ALARMS_TOPIC_ARN",
    "DOG_PIPELINE_ARN",
    "CLEANUP_UNTIL",
)

#: The values of MONITORING, the default first. `full` adds a dashboard and anomaly bands.
MONITORING = ("basic", "full")

Config = dict[str, Any]


def read(target: Target) -> Config:
    """Return the whole file. Raises DeployError if it does not have the stage, and for the stage `local`."""
    if target.stage == LOCAL:
        raise DeployError(
            f"the stage {LOCAL} belongs to `make run` and is never deployed. Name another one: STAGE=dev."
        )
    config: Config = json.loads(_path(target.project).read_text())
    if target.stage not in config["stages"]:
        raise DeployError(f"there is no stage {target.stage} in .chalice/config.json. Add it, or name another stage.")
    return config


def environment(target: Target) -> dict[str, str]:
    """Return the environment variables of a stage."""
    return dict(read(target)["stages"][target.stage].get("environment_variables", {}))


def settings_of(target: Target, names: Mapping[str, str] | None = None) -> Settings:
    """Return a stage's settings; `names` supplies variables that are not in the file yet.

    Raises DeployError for an invalid value.
    """
    try:
        return Settings.from_environ({**(names or {}), **environment(target)})
    except SettingsError as error:
        raise DeployError(f"the settings of stage {target.stage} in .chalice/config.json: {error}.") from error


def monitoring(target: Target) -> str:
    """Return the stage's MONITORING. Raises DeployError for another value."""
    chosen = environment(target).get("MONITORING", MONITORING[0])
    if chosen not in MONITORING:
        raise DeployError(f"MONITORING is {chosen!r} in .chalice/config.json. Use {' or '.join(MONITORING)}.")
    return chosen


def traces(target: Target) -> bool:
    """Return True if X-Ray's traces are on in a stage."""
    config = read(target)
    return bool(config["stages"][target.stage].get("xray", config.get("xray", False)))


def architecture(target: Target) -> str:
    """Return the processor architecture of a stage's zip. The embedded AWS needs that of this machine."""
    if target.is_embedded:
        return "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
    config = read(target)
    return str(config["stages"][target.stage].get("lambda_architecture") or config["lambda_architecture"])


def write_names(target: Target, names: Mapping[str, str]) -> None:
    """Write the names into the stage's environment, and the paths of its functions' policies."""
    config = read(target)
    stage = config["stages"][target.stage]
    chosen = {key: value for key, value in stage.get("environment_variables", {}).items() if key not in GENERATED}
    stage["environment_variables"] = chosen | {name: names[name] for name in GENERATED if name in names}
    functions = config["lambda_functions"]
    stage["iam_policy_file"] = policy_file(target.stage, "api_handler")
    stage["lambda_functions"] = {name: {"iam_policy_file": policy_file(target.stage, name)} for name in functions}
    _write(target.project, config)


def remove_names(target: Target) -> None:
    """Remove what write_names() wrote, so that plain `chalice deploy` fails with what to run first."""
    config = read(target)
    stage = config["stages"][target.stage]
    variables = stage.get("environment_variables", {})
    stage["environment_variables"] = {key: value for key, value in variables.items() if key not in GENERATED}
    for field in ("iam_policy_file", "lambda_functions"):
        stage.pop(field, None)
    _write(target.project, config)


def policy_file(stage: str, function: str) -> str:
    """Return the path of a function's policy, relative to .chalice, as Chalice needs it."""
    return f"policies/{stage}/{function}.json"


def _path(project: Path) -> Path:
    return project / ".chalice" / "config.json"


def _write(project: Path, config: Config) -> None:
    path = _path(project)
    # Write a new file and rename it, so that a full disk does not damage the old one.
    new = path.with_suffix(".json.new")
    new.write_text(json.dumps(config, indent=2) + "\n")
    new.replace(path)
