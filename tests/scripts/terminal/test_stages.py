"""How a script finds the stage that it is told."""

import os
from collections.abc import Iterator

import boto3
import pytest

from chalicelib.settings import Settings
from scripts.terminal.stages import StageError, follow_stand_in, read_stage


@pytest.fixture(autouse=True)
def _environment() -> Iterator[None]:
    """Put the environment back: these calls point boto3 at another AWS."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


def test_the_local_stage_is_the_embedded_aws_on_its_port() -> None:
    settings = read_stage("local", 14999)
    assert (settings.stage, settings.endpoint_url) == ("local", "http://127.0.0.1:14999")
    assert boto3.client("s3").meta.endpoint_url == "http://127.0.0.1:14999"


def test_a_stage_that_is_not_there_is_told() -> None:
    with pytest.raises(StageError, match="no stage nowhere"):
        read_stage("nowhere", 4566)


def test_an_embedded_aws_that_is_not_up_is_told(settings: Settings) -> None:
    assert follow_stand_in(settings) == settings  # of another stage nothing is asked
    with pytest.raises(StageError, match="is `make run` up"):
        follow_stand_in(read_stage("local", 9))
