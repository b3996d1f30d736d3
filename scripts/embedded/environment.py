"""The environment of the stage `local`, set before the app is imported."""

import os
from collections.abc import MutableMapping
from pathlib import Path

from chalice.cli.factory import CLIFactory
from chalice.config import Config

from scripts.embedded.ports import HOST

STAGE = "local"
PROJECT = Path(__file__).resolve().parents[2]


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
