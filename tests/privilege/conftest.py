"""One moto for the whole proof: a role is made once, and its policy is changed."""

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from chalicelib import backends
from tests.privilege import policy_rig as stands
from tests.privilege.policy_rig import Stand


@pytest.fixture(scope="package")
def _stand() -> Iterator[Stand]:
    with mock_aws():
        yield stands.build()
    boto3.setup_default_session()
    backends.current.cache_clear()


@pytest.fixture
def stand(_stand: Stand) -> Stand:
    return _stand
