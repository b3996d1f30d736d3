"""The cost of a hostile file of many small parts: memory of three times its size and 4 MiB, and linear work."""

import json
import subprocess
import sys
from typing import Any

import pytest

from chalicelib.imaging import metadata
from scripts.measuring import hostile_files
from scripts.project import PROJECT
from tests.imaging.metadata.work import count_calls

FIXED = 4 << 20


@pytest.fixture(scope="module")
def measured() -> Any:
    """Measure all files in children of one small process. This process has free memory, which would hide a peak."""
    command = [sys.executable, "-m", "scripts.measuring.hostile_memory"]
    return json.loads(subprocess.run(command, cwd=PROJECT, check=True, stdout=subprocess.PIPE).stdout)


@pytest.mark.parametrize("name", hostile_files.KINDS)
def test_memory_stays_within_three_times_the_file(name: str, measured: Any) -> None:
    result = measured[name]
    assert result["error"] == ""
    assert result["peak"] < 3 * result["size"] + FIXED


@pytest.mark.parametrize("name", hostile_files.REFUSED)
def test_a_rejection_takes_no_more_memory(name: str, measured: Any) -> None:
    result = measured[f"refused: {name}"]
    assert result["error"]
    assert result["peak"] < 3 * result["size"] + FIXED


# The work inside one call, of a pattern or of zlib, is not counted: test_xmp.py and png/test_order.py limit that
COUNTED = [name for name in hostile_files.KINDS if "XMP" not in name and name != "packed packets"]


@pytest.mark.parametrize("name", COUNTED)
def test_four_times_the_parts_are_about_four_times_the_work(name: str) -> None:
    """Counts calls, which do not depend on the machine's speed. Sorting may add a little."""
    make, count = hostile_files.KINDS[name]
    few = max(1, count // 32)
    metadata.strip(make(few))  # the first call also imports modules and fills caches
    assert count_calls(make(4 * few)) < 4.5 * count_calls(make(few))
