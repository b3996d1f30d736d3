"""The benchmark of the clean-up: it counts the calls, and every full batch has a fault that the clean-up repairs."""

import os
import re
from collections.abc import Iterator

import pytest

from scripts.measuring import bench_cleanup


@pytest.fixture(autouse=True)
def environment() -> Iterator[None]:
    """Restore the environment, which the benchmark sets for its own stage."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


def test_a_bucket_of_two_batches_is_emptied_in_spite_of_faults(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench_cleanup.measure(2_000)
    printed = capsys.readouterr().out
    assert "2,000 objects, 20 records" in printed
    assert "deleted 2,000, failed 0, left 0, records wrong 0" in printed
    row = re.search(r"\| DeleteObjects \| (\d+) \| 2 \|", printed)
    assert row
    assert int(row[1]) > 2
