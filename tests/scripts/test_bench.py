"""The benchmarks of hostile files, of placeholders and of the clean-up run from the command line and print a table."""

import gc
from collections.abc import Iterator

import pytest

from scripts import bench
from scripts.measuring import bench_placeholder, hostile_files, samples


@pytest.fixture
def unfrozen() -> Iterator[None]:
    """Undo gc.freeze(), which the benchmark of hostile files calls."""
    yield
    gc.unfreeze()


def rows(table: str) -> list[list[str]]:
    """Return the cells of each line of a Markdown table, without its two header lines."""
    lines = [line for line in table.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_measuring_runs_the_work_as_often_as_asked_and_returns_a_time() -> None:
    runs: list[int] = []
    assert bench.measure(lambda: runs.append(1), 5) >= 0
    assert len(runs) == 5


@pytest.mark.usefixtures("unfrozen")
def test_hostile_files_are_measured_in_two_sizes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sizes: list[int] = []

    def make(count: int) -> bytes:
        sizes.append(count)
        return samples.png(samples.chunk(b"abCd", b"") * count)

    monkeypatch.setattr(hostile_files, "KINDS", {"chunks": (make, 8_000)})
    assert bench.main(["hostile"]) == 0
    ((name, small, _, large, _, growth),) = rows(capsys.readouterr().out)
    assert sorted(sizes) == [2_000, 8_000]
    assert (name, small, large) == ("chunks", f"{len(make(2_000)):,}", f"{len(make(8_000)):,}")
    assert float(growth) > 0


def test_placeholders_are_measured(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(bench_placeholder, "KINDS", {"grey": ("L", (40, 30), None)})
    assert bench.main(["placeholder"]) == 0
    ((name, milliseconds),) = rows(capsys.readouterr().out)
    assert name == "grey"
    assert float(milliseconds) >= 0


@pytest.mark.parametrize("arguments", [[], ["cleanup", "--objects", "0"], ["unknown"]])
def test_a_wrong_command_line_ends_with_status_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        bench.main(arguments)
    assert ended.value.code == 2
    assert "usage: python -m scripts.bench" in capsys.readouterr().err
