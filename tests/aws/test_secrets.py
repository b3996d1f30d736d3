"""When the key in a secret was made, by its tag or by the secret itself."""

from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from chalicelib.backends import Backends
from chalicelib.errors import ImageNotFound

NAME = "darkroom-test-uploader-backend"


def create(**tags: str) -> Any:
    pairs = [{"Key": key.replace("_", "-"), "Value": value} for key, value in tags.items()]
    return boto3.client("secretsmanager").create_secret(Name=NAME, Tags=pairs)


@pytest.mark.parametrize("written", ["2026-01-01T12:00:00+00:00", "2026-01-01T13:00:00+01:00"])
def test_the_tag_says_when_the_key_was_made(backends: Backends, written: str) -> None:
    create(application="darkroom", key_created=written)
    assert backends.secrets.key_created(NAME) == datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("tags", [{}, {"key_created": "yesterday"}, {"key_created": "2026-01-01T12:00:00"}])
def test_without_a_time_in_the_tag_the_age_is_that_of_the_secret(backends: Backends, tags: dict[str, str]) -> None:
    create(**tags)
    made = boto3.client("secretsmanager").describe_secret(SecretId=NAME)["CreatedDate"]
    assert backends.secrets.key_created(NAME) == made
    assert backends.secrets.key_created(NAME).tzinfo is UTC


def test_a_secret_that_is_missing_is_an_error(backends: Backends) -> None:
    with pytest.raises(ImageNotFound, match=NAME):
        backends.secrets.key_created(NAME)
