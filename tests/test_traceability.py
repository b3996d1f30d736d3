"""docs/traceability.md names modules and tests that exist, and has a row for every route and every function."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from app import app
from tests.conftest import ROOT
from tests.test_architecture import CONFIG

PAGE = (ROOT / "docs" / "traceability.md").read_text()
#: The rows: requirement, modules, tests.
ROWS = [
    tuple(cell.strip() for cell in line.strip("|").split(" | "))
    for line in PAGE.splitlines()
    if line.startswith("| ") and not line.startswith("| requirement")
]
IDS = [row[0][:60] for row in ROWS]


def names(cell: str) -> list[str]:
    """Return the names of a cell, without their backquotes."""
    return re.findall(r"`([^`]+)`", cell)


@cache
def cases_of(path: Path) -> frozenset[str]:
    """Return the names of the tests in a file."""
    nodes = ast.walk(ast.parse(path.read_text()))
    return frozenset(node.name for node in nodes if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"))


def dead_tests(cell: str) -> list[str]:
    """Return the tests of a cell that do not exist. A file without a test behind `::` must have some."""
    dead = []
    for name in names(cell):
        file, _, test = name.partition("::")
        path = ROOT / file
        if not (path.is_file() and path.name.startswith("test_") and (test in cases_of(path) or not test)):
            dead.append(name)
    return dead


def test_the_page_has_rows() -> None:
    assert len(ROWS) > 60
    assert [row for row in ROWS if len(row) != 3 or not (names(row[1]) and names(row[2]))] == []
    assert len(set(IDS)) == len(IDS)


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_no_name_is_dead(row: tuple[str, str, str]) -> None:
    assert [name for name in names(row[1]) if not (ROOT / name).exists()] == []
    assert dead_tests(row[2]) == []


@pytest.mark.parametrize(
    "cell", ["`tests/test_app.py::test_nothing`", "`tests/test_nothing.py`", "`app.py`", "`tests/stage.py::keys`"]
)
def test_a_dead_name_is_found(cell: str) -> None:
    assert dead_tests(cell) == names(cell)


def test_every_route_has_a_row() -> None:
    named = {name.partition(" ")[2] for row in ROWS for name in names(row[0]) if " /" in name}
    assert set(app.routes) - named == set()
    assert named - set(app.routes) == set()


def test_every_function_has_a_row() -> None:
    named = {name for row in ROWS for name in names(row[0])}
    assert set(CONFIG["lambda_functions"]) - named == set()
