"""A function's process is measured from its start, and its errors are reported."""

import sys
import zipfile
from pathlib import Path

import pytest

from scripts.benchmark import cold_start, lambda_zips
from scripts.benchmark.cold_start import Start
from scripts.embedded.deployed.runtime import DeployedFunction

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads the clock of another process as Linux has it")


def function(archive: Path, handler: str = "app.handler") -> DeployedFunction:
    return DeployedFunction("measured", handler, archive.read_bytes(), {}, 30.0)


def test_init_first_and_warm_events_are_measured(tmp_path: Path) -> None:
    found = cold_start.start(function(lambda_zips.bare(tmp_path)), "http://127.0.0.1:9", tmp_path / "a", [{}] * 4)
    assert found.error == ""
    assert found.init > 0
    assert found.first > 0
    assert found.peak > 5


def test_an_error_of_the_handler_is_reported(tmp_path: Path) -> None:
    archive = lambda_zips.bare(tmp_path)
    broken = tmp_path / "broken.zip"
    with zipfile.ZipFile(broken, "w") as zipped:
        zipped.writestr("app.py", "def handler(event, context):\n    raise KeyError('the key')\n")
    assert "the key" in cold_start.start(function(broken), "http://127.0.0.1:9", tmp_path / "b", [{}]).error
    with pytest.raises(ChildProcessError, match="missing"):
        cold_start.start(function(archive, "app.missing"), "http://127.0.0.1:9", tmp_path / "a", [{}])


def test_the_middle_is_the_median_of_each_value() -> None:
    starts = [Start(1, 9, 4, 4), Start(3, 7, 5, 6), Start(2, 8, 9, 5)]
    assert cold_start.middle(starts) == Start(2, 8, 5, 5)
