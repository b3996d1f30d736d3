"""A stage as a script meets it: its settings, and the environment that leads boto3 to its AWS."""

import argparse
import os

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.settings import Settings, SettingsError
from scripts.project import read_config, set_environment

LOCAL = "local"


class StageError(Exception):
    """Raised when a stage cannot be reached; the message is for the person at the terminal."""


def add_stage_options(parser: argparse.ArgumentParser) -> None:
    """Let the command line choose a stage, and where the embedded AWS is."""
    parser.add_argument(
        "--stage", default=LOCAL, help="a stage of .chalice/config.json (default: the running make run)"
    )
    parser.add_argument("--aws-port", type=int, default=4566, help="port of make run's AWS endpoint (AWS_PORT=)")


def read_stage(stage: str, aws_port: int) -> Settings:
    """Read a stage's settings and point boto3 at its AWS; nothing is sent.

    Raises StageError.
    """
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
        raise StageError(f"stage {stage}: {error}.") from error


def follow_stand_in(settings: Settings) -> Settings:
    """Take the dog API's address from the running embedded AWS: its stand-in is on another port every time.

    Raises StageError when it is not up.
    """
    if settings.stage != LOCAL:
        return settings
    client = boto3.client("lambda", endpoint_url=settings.endpoint_url)
    try:
        answer = client.get_function_configuration(FunctionName="darkroom-local-FetchAndUploadDogImage")
    except (BotoCoreError, ClientError) as error:
        raise StageError(
            f"the embedded AWS does not answer on {settings.endpoint_url}: is `make run` up, with this AWS_PORT?"
        ) from error
    os.environ.update(answer["Environment"]["Variables"])
    return Settings.from_environ(os.environ)
