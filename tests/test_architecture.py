"""The house rules that neither ruff nor import-linter can check."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app import app

ROOT = Path(__file__).parent.parent
CONFIG = json.loads((ROOT / ".chalice" / "config.json").read_text())
FILES = [
    ROOT / "app.py",
    *(path for room in ("chalicelib", "scripts", "tests") for path in (ROOT / room).rglob("*.py")),
]
NAMES = [str(path.relative_to(ROOT)) for path in FILES]
MAX_HANDLER, MAX_FUNCTION, MAX_FILE = 6, 25, 250
Function = ast.FunctionDef | ast.AsyncFunctionDef

each_file = pytest.mark.parametrize("path", FILES, ids=NAMES)


@each_file
def test_a_file_is_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MAX_FILE


@each_file
def test_a_function_fits_on_a_screen(path: Path) -> None:
    long = {function.name: length(function) for function in functions(path) if length(function) > MAX_FUNCTION}
    assert not long


def test_a_handler_reads_calls_one_flow_and_answers() -> None:
    long = {each.name: body_length(each) for each in functions(ROOT / "app.py") if body_length(each) > MAX_HANDLER}
    assert not long


def test_every_handler_has_its_entry_and_the_reverse() -> None:
    sources: list[Any] = app.event_sources
    events, tasks = {each.name for each in sources}, {each.name for each in app.pure_lambda_functions}
    assert set(CONFIG["lambda_functions"]) == {"api_handler"} | events | tasks


def test_every_handler_has_a_policy_of_its_own() -> None:
    policies = {name: entry["iam_policy_file"] for name, entry in CONFIG["lambda_functions"].items()}
    assert policies == {name: f"policies/{name}.json" for name in policies}


@each_file
def test_collaborators_are_passed_in_and_never_patched(path: Path) -> None:
    assert not {name for name in imports(path) if name.startswith(("unittest.mock", "mock"))}


@each_file
def test_nothing_is_left_for_later(path: Path) -> None:
    marks = re.compile("|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X")))
    assert not marks.search(path.read_text())


@each_file
def test_only_the_app_knows_rest(path: Path) -> None:
    room = path.relative_to(ROOT).as_posix()
    if room != "app.py" and not room.startswith(("chalicelib/rest/", "tests/rest/")):
        assert not {name for name in imports(path) if name.startswith("chalicelib.rest")}


@each_file
def test_a_module_is_named_for_what_it_does(path: Path) -> None:
    assert not {"utils", "util", "helpers", "helper", "common", "misc", "manager"} & set(path.with_suffix("").parts)


def functions(path: Path) -> Iterator[Function]:
    """List the functions of a file, methods and inner ones too."""
    return (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, Function))


def length(function: Function) -> int:
    """Count a function's lines, its decorators apart."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def body_length(function: Function) -> int:
    """Count the lines of a function's statements, its docstring apart."""
    first = 1 if ast.get_docstring(function) else 0
    statements = function.body[first:]
    return sum((each.end_lineno or each.lineno) - each.lineno + 1 for each in statements)


def imports(path: Path) -> Iterator[str]:
    """List the full names that a file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
