"""Events of the dog workflow that miss something, and a machine in another time zone."""

import json
import time
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.backends import Backends
from chalicelib.flows import dogs
from tests import stage
from tests.flows.photos import photo
from tests.flows.test_dogs import EVENT, KEY, Starts


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


@pytest.mark.parametrize("file_type", ["gif", "webp", "png", "jpeg"])
def test_an_unexpected_type_is_in_the_row_the_log_and_a_metric_once(
    backends: Backends, capsys: pytest.CaptureFixture[str], file_type: str
) -> None:
    event = EVENT | {"file_type": file_type, "breed": "pug", "alert_id": "run-1"}
    stage.put(backends.settings.dog_bucket, KEY, photo())
    logged, again = dogs.log(backends, event), dogs.log(backends, event)

    unexpected = file_type in ("gif", "webp")
    assert logged == again
    assert (logged["logged_item"]["unexpected_type"], logged["logged_item"]["breed"]) == (unexpected, "pug")
    metrics = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "UnexpectedDogType" in line]
    assert [(each["UnexpectedDogType"], each["reason"]) for each in metrics] == [(1, file_type)] * unexpected
