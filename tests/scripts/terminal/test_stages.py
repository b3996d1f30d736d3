"""The stage of a command: its settings and its AWS."""

import argparse
import os
from collections.abc import Iterator

import boto3
import pytest

from chalicelib.settings import Settings
from scripts.terminal.stages import StageError, add_stage_options, read_stage, use_stub_dog_api


@pytest.fixture(autouse=True)
def _environment() -> Iterator[None]:
    """Restore the environment: read_stage() points boto3 at another AWS."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.mark.parametrize(
    ("words", "read"),
    [
        ("list", ("local", 4566)),
        ("--stage dev --aws-port 1 list", ("dev", 1)),
        ("list --stage dev --aws-port 1", ("dev", 1)),
        ("--stage dev list --aws-port 1", ("dev", 1)),
        ("--stage dev list --stage prod", ("prod", 4566)),
    ],
)
def test_the_stage_is_named_before_or_behind_a_command(words: str, read: tuple[str, int]) -> None:
    parser = argparse.ArgumentParser()
    add_stage_options(parser, [parser.add_subparsers().add_parser("list")])
    options = parser.parse_args(words.split())
    assert (options.stage, options.aws_port) == read


def test_the_local_stage_is_the_embedded_aws_on_its_port() -> None:
    settings = read_stage("local", 14999)
    assert (settings.stage, settings.endpoint_url) == ("local", "http://127.0.0.1:14999")
    assert boto3.client("s3").meta.endpoint_url == "http://127.0.0.1:14999"


def test_an_unknown_stage_is_refused() -> None:
    with pytest.raises(StageError, match="no stage nowhere"):
        read_stage("nowhere", 4566)


def test_a_stage_that_is_not_deployed_is_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IMAGES_BUCKET")
    with pytest.raises(StageError, match=r"^stage staging is not deployed\. Run `make deploy STAGE=staging`\.$"):
        read_stage("staging", 4566)


def test_a_bad_setting_of_a_deployed_stage_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLEANUP_MODE", "sometimes")
    with pytest.raises(StageError, match="stage staging: CLEANUP_MODE must be one of"):
        read_stage("staging", 4566)


def test_an_embedded_aws_that_does_not_run_is_named_with_what_to_do(settings: Settings) -> None:
    assert use_stub_dog_api(settings) == settings  # no call for another stage
    with pytest.raises(StageError, match="Start `make run` with this AWS_PORT"):
        use_stub_dog_api(read_stage("local", 9))
