"""Read the settings of the stage that a command names, and point boto3 at the AWS of that stage."""

import argparse
import os
from collections.abc import Iterable

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.settings import Settings, SettingsError
from scripts.project import read_config, set_environment
from scripts.terminal.option_types import port

LOCAL = "local"


class StageError(Exception):
    """Raised when a stage cannot be used. The message is for the user."""


def add_stage_options(parser: argparse.ArgumentParser, commands: Iterable[argparse.ArgumentParser] = ()) -> None:
    """Add the options for the stage and for the port of the embedded AWS, also behind each command of the parser."""
    # Without an option of its own, a command keeps what the parser has read before it.
    suppressed = [(command, argparse.SUPPRESS, argparse.SUPPRESS) for command in commands]
    for each, stage, aws_port in ((parser, LOCAL, 4566), *suppressed):
        each.add_argument(
            "--stage", default=stage, help="a stage of .chalice/config.json (default: local, for make run)"
        )
        each.add_argument("--aws-port", type=port, default=aws_port, help="port of make run's AWS endpoint (AWS_PORT=)")


def read_stage(stage: str, aws_port: int) -> Settings:
    """Return a stage's settings and point boto3 at its AWS, without a call to it. Raises StageError."""
    if stage == LOCAL:
        set_environment(read_config(), aws_port, os.environ)
    else:
        variables = read_config(stage=stage).environment_variables
        if not variables:
            raise StageError(f"there is no stage {stage} in .chalice/config.json.")
        os.environ.update(variables)
    try:
        return Settings.from_environ(os.environ)
    except SettingsError as error:
        if not os.environ.get("IMAGES_BUCKET"):  # a name that the deployment writes
            raise StageError(f"stage {stage} is not deployed. Run `make deploy STAGE={stage}`.") from error
        raise StageError(f"stage {stage}: {error}.") from error


def use_stub_dog_api(settings: Settings) -> Settings:
    """Return the settings of stage `local` with the address of its stub dog API, whose port differs in each run.

    Other stages keep their settings. Raises StageError if `make run` is not running.
    """
    if settings.stage != LOCAL:
        return settings
    client = boto3.client("lambda", endpoint_url=settings.endpoint_url)
    try:
        answer = client.get_function_configuration(FunctionName="darkroom-local-FetchAndUploadDogImage")
    except (BotoCoreError, ClientError) as error:
        raise StageError(
            f"the embedded AWS does not answer on {settings.endpoint_url}. Start `make run` with this AWS_PORT."
        ) from error
    os.environ.update(answer["Environment"]["Variables"])
    return Settings.from_environ(os.environ)
