"""The table of memory: each row names outputs and peak, and a case over its bound fails."""

import subprocess
import sys
from pathlib import Path

import pytest

from scripts.measuring.large_photos import photo
from scripts.measuring.measure_memory import measure
from scripts.measuring.memory_cases import Case
from scripts.project import PROJECT

SMALL = photo(0.3, "JPEG")


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip("|").split("|")]


def test_a_row_names_the_outputs_and_the_peak() -> None:
    name, _, outputs, peak, bound, verdict, _ = cells(measure(Case("small", SMALL, {})))
    assert (name, outputs, bound, verdict) == ("small", "632x474, 300x300", "400", "ok")
    assert 0 < float(peak) < 60


def test_a_case_over_its_bound_is_marked() -> None:
    assert cells(measure(Case("small", SMALL, {}, 0)))[5] == "OVER"


def test_another_photo_can_be_measured(tmp_path: Path) -> None:
    (tmp_path / "photo").write_bytes(photo(0.03, "PNG")())
    assert cells(measure(Case("other", SMALL, {}), tmp_path / "photo"))[2] == "200x150, 300x300"


def test_a_rejected_photo_is_a_result_too(tmp_path: Path) -> None:
    (tmp_path / "photo").write_bytes(b"no picture")
    assert cells(measure(Case("text", SMALL, {}), tmp_path / "photo"))[2] == "refused: unsupported_format"


@pytest.mark.parametrize("words", [["no such case"]])
def test_a_command_line_that_names_no_case_fails(words: list[str]) -> None:
    command = [sys.executable, "-m", "scripts.measuring.measure_memory", *words]
    assert subprocess.run(command, cwd=PROJECT, check=False).returncode == 1
