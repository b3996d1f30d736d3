"""The project's root, its Chalice configuration, its bucket notifications, and the environment of stage `local`.

Chalice's configuration is `.chalice/config.json`, which people write and git tracks. What a deployment records of a
stage is in `.chalice/recorded/`, which git ignores. Everything here reads both.
"""

import json
import os
from collections.abc import MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chalice.app import Chalice, S3EventConfig
from chalice.cli.factory import CLIFactory
from chalice.config import Config

STAGE = "local"
PROJECT = Path(__file__).resolve().parents[1]
#: All local servers listen on loopback only.
HOST = "127.0.0.1"
#: The variables that scripts record of a deployed stage. A person wrote all others in a stage's environment.
GENERATED = (
    "IMAGES_BUCKET",
    "LANDING_BUCKET",
    "DESTINATION_BUCKET",
    "IMAGES_TABLE",
    "DDB_TABLE",
    "ALARMS_TOPIC_ARN",
    "IMAGES_TOPIC_ARN",
    "DOG_PIPELINE_ARN",
    "CLEANUP_UNTIL",
    "CLEANUP_REMOVED",
    "PAGE_URL",
    "USER_POOL_ARN",
    "USER_POOL_LOGIN_URL",
    "USER_POOL_CLIENT_ID",
)
#: Chalice's options of a function that scripts record too. People set VPC, VPC_SUBNETS and RESERVED_CONCURRENCY.
RECORDED_OPTIONS = ("subnet_ids", "security_group_ids", "reserved_concurrency")


@dataclass(frozen=True)
class Notification:
    """One `@app.on_s3_event`: the events and keys of a bucket that invoke a function."""

    function_name: str
    bucket: str
    events: tuple[str, ...]
    prefix: str = ""
    suffix: str = ""

    def overlaps(self, other: "Notification") -> bool:
        """Return True if one event could match both; S3 refuses such a pair."""
        return (
            self.bucket == other.bucket
            and any(_events_overlap(event, another) for event in self.events for another in other.events)
            and (self.prefix.startswith(other.prefix) or other.prefix.startswith(self.prefix))
            and (self.suffix.endswith(other.suffix) or other.suffix.endswith(self.suffix))
        )


def notifications_of(app: Chalice, stage_name: str) -> list[Notification]:
    """Return the notifications of an app's S3 handlers; `stage_name` is the prefix of its functions' names."""
    return [
        Notification(
            f"{stage_name}-{source.name}", source.bucket, tuple(source.events), source.prefix or "", source.suffix or ""
        )
        for source in app.event_sources
        if isinstance(source, S3EventConfig)
    ]


class Factory(CLIFactory):
    """Chalice's factory, which reads what a deployment recorded of the stage besides `.chalice/config.json`."""

    def __init__(self, project: Path, stage: str) -> None:
        """Make the factory for one stage of a project."""
        super().__init__(str(project), environ=os.environ)
        self._project, self._stage = project, stage

    def load_project_config(self) -> dict[str, Any]:
        """Return the merged configuration."""
        return merged_config(self._project, self._stage)


def read_config(project: Path = PROJECT, stage: str = STAGE) -> Config:
    """Read the configuration of a stage as Chalice does, with what a deployment recorded."""
    return Factory(project, stage).create_config_obj(chalice_stage_name=stage)


def merged_config(project: Path, stage: str) -> dict[str, Any]:
    """Return `.chalice/config.json`, in which the stage also has what a deployment recorded of it."""
    config = tracked_config(project)
    path = recorded_file(project, stage)
    if path.exists() and stage in config["stages"]:
        recorded, chosen = json.loads(path.read_text()), config["stages"][stage]
        # `make config` may have written names that no longer hold, such as a CLEANUP_UNTIL: only the record counts.
        kept = {key: value for key, value in chosen.get("environment_variables", {}).items() if key not in GENERATED}
        variables = kept | recorded["environment_variables"]
        # A person may have given a function of the stage more memory; the deployment records only its policy.
        own, functions = chosen.get("lambda_functions", {}), recorded.get("lambda_functions", {})
        merged = {name: _chosen(own.get(name, {})) | functions.get(name, {}) for name in own | functions}
        both = {"environment_variables": variables, "lambda_functions": merged}
        config["stages"][stage] = _chosen(chosen) | recorded | both
    return config


def _chosen(options: dict[str, Any]) -> dict[str, Any]:
    """Return what a person set: `make config` may have written a network that the stage has left since."""
    return {name: value for name, value in options.items() if name not in RECORDED_OPTIONS}


def tracked_config(project: Path) -> dict[str, Any]:
    """Return the configuration that people write, without what deployments recorded."""
    config: dict[str, Any] = json.loads((project / ".chalice" / "config.json").read_text())
    return config


def recorded_file(project: Path, stage: str) -> Path:
    """Return the path of what a deployment recorded of a stage: its names, and the paths of its policies."""
    return project / ".chalice" / "recorded" / f"{stage}.json"


def set_environment(config: Config, aws_port: int, environ: MutableMapping[str, str]) -> None:
    """Set the stage's variables in `environ`, and make the embedded AWS its only endpoint."""
    _remove_aws_variables(environ)
    # The file overrides the shell, as in `chalice local`.
    environ.update(config.environment_variables)
    environ["no_proxy"] = environ.get("NO_PROXY", HOST)
    environ["AWS_ENDPOINT_URL"] = f"http://{HOST}:{aws_port}"
    # moto's Step Functions call the other services through this port.
    environ["MOTO_PORT"] = str(aws_port)


def _remove_aws_variables(environ: MutableMapping[str, str]) -> None:
    # A profile, a session token or the endpoint of one service would send calls to a person's own account.
    for name in [name for name in environ if name.startswith("AWS_")]:
        del environ[name]
    environ["AWS_CONFIG_FILE"] = os.devnull
    environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull


def _events_overlap(one: str, other: str) -> bool:
    # "s3:ObjectCreated:*" covers "s3:ObjectCreated:Put".
    return one.rstrip("*").startswith(other.rstrip("*")) or other.rstrip("*").startswith(one.rstrip("*"))
