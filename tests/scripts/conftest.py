"""What the tests of several commands need."""

import os
from collections.abc import Iterator

import pytest


@pytest.fixture
def same_environment() -> Iterator[None]:
    """The command writes the variables of its stage into the environment of the process."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)
