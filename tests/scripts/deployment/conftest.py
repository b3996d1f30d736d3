"""A stage that several files test."""

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
