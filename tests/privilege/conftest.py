"""One moto for the whole package: the role is created once, and only its policy changes."""

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from chalicelib import backends
from tests.privilege import policy_rig
from tests.privilege.policy_rig import PolicyRig


@pytest.fixture(scope="package")
def _rig() -> Iterator[PolicyRig]:
    with mock_aws():
        yield policy_rig.build()
    boto3.setup_default_session()
    backends.current.cache_clear()


@pytest.fixture
def rig(_rig: PolicyRig) -> PolicyRig:
    return _rig
