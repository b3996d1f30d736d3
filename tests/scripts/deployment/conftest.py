"""Stages that several files test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from moto import mock_aws

from scripts.deployment.target import Target
from tests.scripts.targets import copy_project, make_reviewer, moto_target


@pytest.fixture
def reviewed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Target]:
    """The stage dev on moto, whose reviewer exists."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        target = moto_target(copy_project(tmp_path))
        make_reviewer(target)
        yield target


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Target]:
    """The stage dev on moto with the types of the embedded AWS, in a copy of the project."""
    # Imported late, because it makes moto load half of EC2, and every test process imports this module.
    from scripts.embedded.deployed import cloudformation

    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("MOTO_PORT", raising=False)
    with mock_aws():
        cloudformation.register_types()
        yield moto_target(copy_project(tmp_path))
