"""The project: its root, its Chalice configuration, its bucket notifications, and the environment of stage `local`."""

import os
from collections.abc import MutableMapping
from dataclasses import dataclass
from pathlib import Path

from chalice.app import Chalice, S3EventConfig
from chalice.cli.factory import CLIFactory
from chalice.config import Config

STAGE = "local"
PROJECT = Path(__file__).resolve().parents[1]
#: Every local server listens on loopback only.
HOST = "127.0.0.1"


@dataclass(frozen=True)
class Notification:
    """One `@app.on_s3_event`: which events of which keys of a bucket call which function."""

    function_name: str
    bucket: str
    events: tuple[str, ...]
    prefix: str = ""
    suffix: str = ""

    def overlaps(self, other: "Notification") -> bool:
        """Tell whether one event could call both, which S3 refuses."""
        return (
            self.bucket == other.bucket
            and any(_events_overlap(mine, theirs) for mine in self.events for theirs in other.events)
            and (self.prefix.startswith(other.prefix) or other.prefix.startswith(self.prefix))
            and (self.suffix.endswith(other.suffix) or other.suffix.endswith(self.suffix))
        )


def notifications_of(app: Chalice, stage_name: str) -> list[Notification]:
    """Read the notifications that an app asks for; `stage_name` is in front of its functions' names."""
    return [
        Notification(
            f"{stage_name}-{source.name}", source.bucket, tuple(source.events), source.prefix or "", source.suffix or ""
        )
        for source in app.event_sources
        if isinstance(source, S3EventConfig)
    ]


def read_config(project: Path = PROJECT, stage: str = STAGE) -> Config:
    """Read `.chalice/config.json` as Chalice itself does."""
    return CLIFactory(str(project), environ=os.environ).create_config_obj(chalice_stage_name=stage)


def set_environment(config: Config, aws_port: int, environ: MutableMapping[str, str]) -> None:
    """Make `environ` the stage's own, pointed at the embedded AWS and at nothing else."""
    _forget_real_aws(environ)
    # The file wins over the shell, as in `chalice local`.
    environ.update(config.environment_variables)
    environ["no_proxy"] = environ.get("NO_PROXY", HOST)
    environ["AWS_ENDPOINT_URL"] = f"http://{HOST}:{aws_port}"
    # moto's Step Functions call the other services through this port.
    environ["MOTO_PORT"] = str(aws_port)


def _forget_real_aws(environ: MutableMapping[str, str]) -> None:
    # A profile, a session token or an endpoint of one service would lead a call to a person's own account.
    for name in [name for name in environ if name.startswith("AWS_")]:
        del environ[name]
    environ["AWS_CONFIG_FILE"] = os.devnull
    environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull


def _events_overlap(one: str, other: str) -> bool:
    # "s3:ObjectCreated:*" covers "s3:ObjectCreated:Put".
    return one.rstrip("*").startswith(other.rstrip("*")) or other.rstrip("*").startswith(one.rstrip("*"))
