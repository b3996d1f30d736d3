"""The account of each test."""

from collections.abc import Iterator

import pytest

from tests.scripts.deployment.uploaders.account import Account, empty_account


@pytest.fixture
def account() -> Iterator[Account]:
    with empty_account() as found:
        yield found
