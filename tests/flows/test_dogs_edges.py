"""Events of the dog workflow that miss something, and a machine in another time zone."""

import time
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.backends import Backends
from chalicelib.flows import dogs
from tests.flows.test_dogs import EVENT, Starts


def test_a_log_entry_without_a_run_is_written_once_for_each_picture(backends: Backends) -> None:
    first = dogs.log(backends, EVENT)
    other = dogs.log(backends, EVENT | {"uploaded_image": "html/other.jpg"})

    assert dogs.log(backends, EVENT) == first
    assert other["logged_item"]["image_name"] == "html/other.jpg"


def test_the_time_of_a_schedule_is_converted_to_utc(backends: Backends, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        messaging: Any = Starts()
        dogs.start(replace(backends, messaging=messaging), "2026-03-01T12:00:00+02:00")
    finally:
        monkeypatch.undo()
        time.tzset()
    assert list(messaging.started) == ["scheduled-2026-03-01T10-00-00Z"]
