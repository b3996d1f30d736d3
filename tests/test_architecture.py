"""The house rules that neither ruff nor import-linter can check."""

import ast
import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from app import app

ROOT = Path(__file__).parent.parent
CONFIG = json.loads((ROOT / ".chalice" / "config.json").read_text())
FILES = [
    ROOT / "app.py",
    *(path for room in ("chalicelib", "scripts", "tests") for path in (ROOT / room).rglob("*.py")),
]
MAX_HANDLER, MAX_FUNCTION, MAX_FILE = 6, 25, 250
MARKS = re.compile("|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X")))
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def test_a_file_is_read_in_one_sitting() -> None:
    lengths = {room(path): len(path.read_text().splitlines()) for path in FILES}
    assert not {name: lines for name, lines in lengths.items() if lines > MAX_FILE}


def test_a_function_fits_on_a_screen() -> None:
    lengths = {f"{room(path)}: {each.name}": length(each) for path in FILES for each in functions(path)}
    assert not {name: lines for name, lines in lengths.items() if lines > MAX_FUNCTION}


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


def test_collaborators_are_passed_in_and_never_patched() -> None:
    assert not importers(("unittest.mock", "mock"), FILES)


def test_nothing_is_left_for_later() -> None:
    assert not [room(path) for path in FILES if MARKS.search(path.read_text())]


def test_only_the_app_knows_rest() -> None:
    others = [path for path in FILES if not room(path).startswith(("app.py", "chalicelib/rest/", "tests/rest/"))]
    assert not importers(("chalicelib.rest",), others)


def test_a_module_is_named_for_what_it_does() -> None:
    assert not [room(path) for path in FILES if VAGUE & set(path.with_suffix("").parts)]


def room(path: Path) -> str:
    """Name a file from the repository's root."""
    return path.relative_to(ROOT).as_posix()


@cache
def nodes(path: Path) -> list[ast.AST]:
    """List all that is said in a file; it is read once for all rules."""
    return list(ast.walk(ast.parse(path.read_text())))


def functions(path: Path) -> Iterator[Function]:
    """List the functions of a file, methods and inner ones too."""
    return (node for node in nodes(path) if isinstance(node, Function))


def importers(prefixes: tuple[str, ...], paths: Iterable[Path]) -> dict[str, list[str]]:
    """List the files that import what begins so, and what that is."""
    found = {room(path): [name for name in imports(path) if name.startswith(prefixes)] for path in paths}
    return {name: imported for name, imported in found.items() if imported}


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
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
