"""Read a stage of Chalice's configuration, and record or forget the names of its resources beside it."""

import json
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from chalicelib.settings import LOCAL, Settings, SettingsError
from scripts.deployment.target import DeployError, Target
from scripts.project import GENERATED, RECORDED_OPTIONS, merged_config, recorded_file

#: The values of MONITORING. `full` adds a dashboard, anomaly bands, and the alarms on failed images, 4xx and 429.
MONITORING = ("basic", "full")
#: The default of the stage that people rely on. The others have `basic`.
_MONITORING_OF = {"prod": "full"}

Config = dict[str, Any]


def read(target: Target) -> Config:
    """Return the merged configuration. Raises DeployError if it has no such stage, and for the stage `local`."""
    if target.stage == LOCAL:
        raise DeployError(
            f"the stage {LOCAL} belongs to `make run` and is never deployed. Name another one: STAGE=dev."
        )
    config = merged_config(target.project, target.stage)
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
    chosen = environment(target).get("MONITORING", _MONITORING_OF.get(target.stage, MONITORING[0]))
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


def write_names(
    target: Target,
    names: Mapping[str, str],
    subnets: Sequence[str] = (),
    security_groups: Sequence[str] = (),
    reserved: Mapping[str, int] | None = None,
) -> None:
    """Record what a deployment knows of a stage, in a file that git ignores. It overrides `.chalice/config.json`.

    These are the names of its resources, the paths of its functions' policies, its network, and the concurrency that
    is reserved, by function.
    """
    recorded: Config = {
        "environment_variables": {name: names[name] for name in GENERATED if name in names},
        "iam_policy_file": policy_file(target.stage, "api_handler"),
        "lambda_functions": {
            name: _function(target.stage, name, reserved or {}) for name in read(target)["lambda_functions"]
        },
    }
    if subnets:
        recorded |= {"subnet_ids": [*subnets], "security_group_ids": [*security_groups]}
    path = recorded_file(target.project, target.stage)
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, recorded)


def _function(stage: str, name: str, reserved: Mapping[str, int]) -> Config:
    concurrency = {"reserved_concurrency": reserved[name]} if name in reserved else {}
    return {"iam_policy_file": policy_file(stage, name), **concurrency}


def remove_names(target: Target) -> None:
    """Forget what was recorded, also in `.chalice/config.json`: `chalice deploy` then fails with what to run first."""
    recorded_file(target.project, target.stage).unlink(missing_ok=True)
    config = read(target)
    before = json.dumps(config)
    stage = config["stages"][target.stage]
    if variables := stage.get("environment_variables"):
        stage["environment_variables"] = {key: value for key, value in variables.items() if key not in GENERATED}
    _forget_policies(target.stage, stage)
    if json.dumps(config) != before:
        _write(_path(target.project), config)


def _forget_policies(name: str, stage: Config) -> None:
    """Remove recorded policies, network and concurrency; what else a person has set for a function stays."""
    functions = stage.get("lambda_functions", {})
    for settings in (stage, *functions.values()):
        if Path(settings.get("iam_policy_file", "")).parent == Path(policy_file(name, "any")).parent:
            del settings["iam_policy_file"]
        for option in RECORDED_OPTIONS:
            settings.pop(option, None)
    kept = {function: settings for function, settings in functions.items() if settings}
    if kept:
        stage["lambda_functions"] = kept
    elif functions:
        del stage["lambda_functions"]


def write_config(target: Target) -> Path:
    """Write what was recorded into `.chalice/config.json`, which is all that plain `chalice deploy` reads.

    Return its path. Raises DeployError if nothing was recorded.
    """
    if not recorded_file(target.project, target.stage).exists():
        raise DeployError(f"nothing is recorded of the stage {target.stage}. Run `make deploy STAGE={target.stage}`.")
    path = _path(target.project)
    _write(path, read(target))
    return path


def policy_file(stage: str, function: str) -> str:
    """Return the path of a function's policy, relative to .chalice, as Chalice needs it."""
    return f"policies/{stage}/{function}.json"


def _path(project: Path) -> Path:
    return project / ".chalice" / "config.json"


def _write(path: Path, content: Config) -> None:
    # Write a new file and rename it, so that a full disk does not damage the old one.
    new = path.with_suffix(".json.new")
    new.write_text(json.dumps(content, indent=2) + "\n")
    new.replace(path)
