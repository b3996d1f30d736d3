"""The metric of the uploaders' keys: the age of the oldest one."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import boto3
import pytest

from chalicelib.backends import Backends
from chalicelib.errors import ImageNotFound
from chalicelib.flows.uploaders import measure_key_ages


def with_uploaders(backends: Backends, **days: float) -> Backends:
    """Create a secret for each name, whose key is so many days old; None: no secret."""
    for name, age in days.items():
        created = backends.now() - timedelta(days=age)
        tags = [{"Key": "key-created", "Value": created.isoformat()}]
        boto3.client("secretsmanager").create_secret(Name=f"darkroom-test-uploader-{name}", Tags=tags)
    return replace(backends, settings=replace(backends.settings, uploaders=tuple(days)))


def metrics(text: str) -> list[Any]:
    return [line["UploaderKeyAgeDays"] for line in map(json.loads, text.splitlines()) if "_aws" in line]


@pytest.mark.parametrize(("backend", "partner", "days"), [(90.9, 1, 90), (1, 91, 91), (0.5, 1.5, 1)])
def test_the_metric_is_the_age_of_the_oldest_key_in_whole_days(
    backends: Backends, capsys: pytest.CaptureFixture[str], backend: float, partner: float, days: int
) -> None:
    assert measure_key_ages(with_uploaders(backends, backend=backend, partner=partner)) == days
    assert metrics(capsys.readouterr().out) == [days]


def test_without_uploaders_there_is_no_metric_and_no_call(
    backends: Backends, capsys: pytest.CaptureFixture[str]
) -> None:
    unused: Any = None
    assert measure_key_ages(replace(backends, secrets=unused)) == 0
    assert metrics(capsys.readouterr().out) == []


def test_an_uploader_without_a_secret_is_an_error_so_that_the_clean_up_s_alarm_rings(backends: Backends) -> None:
    backends = with_uploaders(backends, backend=1)
    missing = replace(backends.settings, uploaders=("backend", "partner"))
    with pytest.raises(ImageNotFound, match="darkroom-test-uploader-partner"):
        measure_key_ages(replace(backends, settings=missing))
