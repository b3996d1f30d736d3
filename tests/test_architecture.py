"""The house rules that neither ruff nor import-linter can check."""

import ast
import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args

from app import app

ROOT = Path(__file__).parent.parent
CONFIG = json.loads((ROOT / ".chalice" / "config.json").read_text())
FILES = [
    ROOT / "app.py",
    *(path for folder in ("chalicelib", "scripts", "tests") for path in (ROOT / folder).rglob("*.py")),
]
MAX_HANDLER, MAX_FUNCTION, MAX_FILE = 6, 25, 250
MARKS = re.compile("|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X")))
#: Modules without a test file of their name, and why.
UNTESTED = {
    "chalicelib/imaging/contents/found.py": "only data; the tests of every reader compare it",
    "chalicelib/flows/states/events.py": "only data; test_states.py decides about every event",
    "scripts/measuring/samples.py": "makes test pictures; the tests that use it would fail",
}
#: Test files of no single module, and what they are about.
CROSS_CUTTING = {
    "tests/browser/test_accessible.py": "the page with axe-core, keys and its accessibility tree",
    "tests/browser/test_choosing.py": "the ways to bring photos",
    "tests/browser/test_develop_tab.py": "the tab Develop in a browser",
    "tests/browser/test_interrupted.py": "the page without a network, over a reload, and with faults",
    "tests/browser/test_library_tab.py": "the tab Library in a browser",
    "tests/browser/test_more_tab.py": "the tab More in a browser",
    "tests/browser/test_options.py": "the options of the page, in the address and in every way of sending",
    "tests/browser/test_placeholder.py": "placeholders beside the npm package",
    "tests/browser/test_policy.py": "texts that would be markup, and what the policy refuses",
    "tests/browser/test_published.py": "the page of WEB=s3, by HTTP and from another origin than the API",
    "tests/browser/test_screenshots.py": "the pictures of the page in docs/",
    "tests/browser/test_scrub_tab.py": "the tab Scrub in a browser",
    "tests/browser/test_sign_in.py": "the page on stages that ask for a key, a token or a signature",
    "tests/browser/test_time.py": "what the page does after a time",
    "tests/end_to_end/test_dog_pipeline.py": "the workflow on the embedded AWS",
    "tests/end_to_end/test_dog_ingestion.py": "the ingestion on the embedded AWS",
    "tests/end_to_end/test_examples.py": "the commands in README.md and docs/examples.md",
    "tests/end_to_end/test_make_run.py": "make run, over HTTP and S3",
    "tests/end_to_end/test_sign_in.py": "the block in docs/users.md",
    "tests/privilege/test_deployer.py": "the policy of a deployment",
    "tests/privilege/test_deployer_vpc.py": "the policy of a deployment with a VPC",
    "tests/privilege/test_deployer_web.py": "the policy of a deployment with a published page",
    "tests/privilege/test_enforcement.py": "how the tests of the policies enforce IAM",
    "tests/privilege/test_linters.py": "the policies, by parliament and policy_sentry",
    "tests/privilege/test_operator.py": "the policy of a person who follows the runbook",
    "tests/privilege/test_owner.py": "the policy of a person who exports and erases an owner's data",
    "tests/privilege/test_privilege.py": "each permission in the policies of the functions",
    "tests/privilege/test_workflow_role.py": "each permission in the role of the workflow",
    "tests/test_architecture.py": "the house rules",
    "tests/test_scripts.py": "how the commands start",
    "tests/trust/test_faults.py": "every flow with a fault at every call",
    "tests/trust/test_kills.py": "every function, killed at every call",
    "tests/trust/test_pairs.py": "two processes on one image",
    "tests/trust/test_shuffled.py": "events in any order",
    "tests/test_documents.py": "the pages of the documentation",
    "tests/test_postman.py": "the Postman collection",
    "tests/test_traceability.py": "from each requirement to its module and its test",
}
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def test_a_file_has_at_most_250_lines() -> None:
    lengths = {relative(path): len(path.read_text().splitlines()) for path in FILES}
    assert not {name: lines for name, lines in lengths.items() if lines > MAX_FILE}


def test_a_module_of_the_page_has_at_most_250_lines_and_is_checked() -> None:
    vendored = {"preact.js", "client-zip.js"}
    modules = [path for path in (ROOT / "chalicelib" / "web").glob("*.js") if path.name not in vendored]
    assert not [path.name for path in modules if len(path.read_text().splitlines()) > MAX_FILE]
    assert not [path.name for path in modules if not path.read_text().startswith("// @ts-check\n")]


def test_a_function_has_at_most_25_lines() -> None:
    lengths = {f"{relative(path)}: {each.name}": length(each) for path in FILES for each in functions(path)}
    assert not {name: lines for name, lines in lengths.items() if lines > MAX_FUNCTION}


def test_a_handler_has_at_most_6_lines() -> None:
    long = {each.name: body_length(each) for each in functions(ROOT / "app.py") if body_length(each) > MAX_HANDLER}
    assert not long


def test_every_handler_has_an_entry_in_the_configuration_and_the_reverse() -> None:
    sources: list[Any] = app.event_sources
    events, tasks = {each.name for each in sources}, {each.name for each in app.pure_lambda_functions}
    assert set(CONFIG["lambda_functions"]) == {"api_handler"} | events | tasks


def test_every_handler_has_its_own_policy() -> None:
    policies = {name: entry["iam_policy_file"] for name, entry in CONFIG["lambda_functions"].items()}
    assert policies == {name: f"policies/{name}.json" for name in policies}


def test_no_test_patches_a_module() -> None:
    assert not importers(("unittest.mock", "mock"), FILES)


def test_no_file_has_a_note_for_later() -> None:
    assert not [relative(path) for path in FILES if MARKS.search(path.read_text())]


def test_only_app_imports_rest() -> None:
    others = [path for path in FILES if not relative(path).startswith(("app.py", "chalicelib/rest/", "tests/rest/"))]
    assert not importers(("chalicelib.rest",), others)


def test_only_aws_imports_boto3() -> None:
    service = [path for path in FILES if relative(path).startswith(("app.py", "chalicelib/"))]
    others = [path for path in service if not relative(path).startswith("chalicelib/aws/")]
    assert not importers(("boto3", "botocore"), others)


def test_no_module_of_the_pixel_side_imports_metadata() -> None:
    pixel_side = [path for path in FILES if path.parent == ROOT / "chalicelib" / "imaging"]
    assert pixel_side
    assert not importers(("chalicelib.imaging.metadata",), pixel_side)


def test_no_module_has_a_vague_name() -> None:
    assert not [relative(path) for path in FILES if VAGUE & set(path.with_suffix("").parts)]


def test_every_module_has_a_test_file_of_its_name() -> None:
    missing = {relative(module) for module, test in mirror().items() if not test.exists()}
    assert missing == set(UNTESTED)


def test_every_test_file_has_the_name_of_a_module() -> None:
    files = [path for path in FILES if path.name.startswith("test_")]
    assert {relative(path) for path in files if not is_of_a_module(path)} == set(CROSS_CUTTING)


@cache
def mirror() -> dict[Path, Path]:
    """Map each module that holds code to its test file: `chalicelib/a/b.py` to `tests/a/test_b.py`."""
    modules = [path for path in FILES if relative(path).startswith(("chalicelib/", "scripts/")) and holds_code(path)]
    return {path: own_test(path) for path in (ROOT / "app.py", *modules)}


def own_test(module: Path) -> Path:
    """Return the path of a module's test file; that of a package is named after its folder."""
    folder = ROOT / "tests" / module.parent.relative_to(ROOT / "chalicelib" if "chalicelib" in module.parts else ROOT)
    return folder / f"test_{module.parent.name if module.stem == '__init__' else module.stem}.py"


def is_of_a_module(path: Path) -> bool:
    """Return whether a test file is a module's own, or that of one of its scenarios: `test_<module>_<scenario>.py`."""
    own = [test for test in mirror().values() if test.parent == path.parent]
    return path in own or any(path.stem.startswith(f"{test.stem}_") for test in own)


def holds_code(path: Path) -> bool:
    """Return whether a file defines a function or a class."""
    return any(isinstance(node, (*get_args(Function), ast.ClassDef)) for node in nodes(path))


def relative(path: Path) -> str:
    """Return a path from the root of the repository."""
    return path.relative_to(ROOT).as_posix()


@cache
def nodes(path: Path) -> list[ast.AST]:
    """List the syntax nodes of a file. Each file is parsed once for all rules."""
    return list(ast.walk(ast.parse(path.read_text())))


def functions(path: Path) -> Iterator[Function]:
    """List the functions of a file, with methods and inner functions."""
    return (node for node in nodes(path) if isinstance(node, Function))


def importers(prefixes: tuple[str, ...], paths: Iterable[Path]) -> dict[str, list[str]]:
    """List the files that import a module whose name starts with a prefix, and those modules."""
    found = {relative(path): [name for name in imports(path) if name.startswith(prefixes)] for path in paths}
    return {name: imported for name, imported in found.items() if imported}


def length(function: Function) -> int:
    """Count the lines of a function, without its decorators."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def body_length(function: Function) -> int:
    """Count the lines of a function's statements, without its docstring."""
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
