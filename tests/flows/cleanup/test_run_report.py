"""What a run of the clean-up counts and writes."""

import json

import pytest

from chalicelib.backends import Backends
from chalicelib.flows import cleanup
from tests import stage
from tests.flows.cleanup.cleaning import enough_time, post_photo, with_cleanup

METRICS = ("Scanned", "Deleted", "Spared", "Failed", "Bytes", "Refused", "Unfinished")


def metrics_of(text: str) -> list[int]:
    """Return the value of each metric; 0 for one that the run did not write."""
    line = next(each for each in map(json.loads, text.splitlines()) if "_aws" in each)
    return [line.get(f"Cleanup{name}", 0) for name in METRICS]


def test_the_metrics_of_a_run_are_those_of_its_outcome(backends: Backends, capsys: pytest.CaptureFixture[str]) -> None:
    backends = with_cleanup(backends)
    stage.put(backends.settings.landing_bucket, "a.jpg", b"abc")
    stage.put(backends.settings.images_bucket, "logos/a.png", b"logo")
    capsys.readouterr()

    outcome = cleanup.handle(backends, enough_time)

    assert outcome.mode == "everything"
    assert metrics_of(capsys.readouterr().out) == [2, 1, 1, 0, 3, 0, 0]


def test_a_run_without_time_is_counted_as_unfinished(backends: Backends, capsys: pytest.CaptureFixture[str]) -> None:
    backends = with_cleanup(backends)
    post_photo(backends)
    capsys.readouterr()

    cleanup.handle(backends, lambda: 0)

    assert metrics_of(capsys.readouterr().out) == [0, 0, 0, 0, 0, 0, 1]


def test_a_run_that_finds_nothing_writes_no_metric(backends: Backends, capsys: pytest.CaptureFixture[str]) -> None:
    cleanup.handle(with_cleanup(backends), enough_time)
    assert "_aws" not in capsys.readouterr().out
