"""The tables of README.md and docs/reference.md match the code, and every link leads to a file."""

import json
import os
import re
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import pytest

from app import OPENAPI
from chalicelib import problem_details
from chalicelib.imaging import limits, recipe
from chalicelib.imaging.geometry import Fit, Gravity
from chalicelib.settings import Limits, Settings
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text()
REFERENCE = (ROOT / "docs" / "reference.md").read_text()
EXAMPLES = (ROOT / "docs" / "examples.md").read_text()
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")]
PAGES += sorted((ROOT / "docs").rglob("*.md"))
SOURCE = "".join((ROOT / "chalicelib" / f"{name}.py").read_text() for name in ("settings", "cleanup_settings"))
#: Rows of the settings table: a variable and its default; empty where there is none.
ROWS = dict(re.findall(r"^\| `([A-Z_]+)` \|(?: `?([^`|]+?)`?)? \|", REFERENCE, re.MULTILINE))
#: Settings whose field has another name than their variable.
NAMES = {"body_bytes": "MAX_BODY_BYTES", "object_bytes": "MAX_OBJECT_BYTES", "name_length": "MAX_NAME_LENGTH"}
NAMES |= {"input_pixels": "MAX_INPUT_PIXELS", "output_pixels": "MAX_OUTPUT_PIXELS"}


def test_readme_fits_on_three_screens() -> None:
    assert len(README.splitlines()) <= 150


def test_the_table_lists_exactly_the_settings() -> None:
    read = set(re.findall(r'read\.\w+\(\s*"([A-Z_]+)"|environ\.get\("([A-Z_]+)"\)', SOURCE))
    assert set(ROWS) == {name for pair in read for name in pair if name}


def test_defaults_match_the_code() -> None:
    required = {name: value for name, value in os.environ.items() if name in ROWS and not ROWS[name]}
    settings = asdict(Settings.from_environ(required))
    cleanup = {f"cleanup_{name}": value for name, value in settings["cleanup"].items()}
    cleanup["cleanup_targets"] = ",".join(cleanup["cleanup_targets"])
    values = settings | settings["limits"] | cleanup
    defaults = {NAMES.get(name, name.upper()): value for name, value in values.items() if isinstance(value, int | str)}
    documented = {name: value for name, value in ROWS.items() if value and value != "IMAGES_BUCKET"}
    assert {name: json.dumps(defaults[name]).strip('"') for name in documented} == documented


@pytest.mark.parametrize("limit", asdict(Limits()).values())
def test_limits_are_documented(limit: int) -> None:
    assert f"{limit:,}" in REFERENCE or f"{limit // 1_000_000} million" in REFERENCE


def test_the_share_of_each_format_is_documented() -> None:
    shares = {
        limits.SCANS_SHARE,
        limits.CMYK_SHARE,
        limits.ALPHA_SHARE,
        limits.DEEP_SHARE,
        *limits.INPUT_SHARE.values(),
        *limits.OUTPUT_SHARE.values(),
    }
    missing = {str(share) for share in shares if share != 1 and f"| {share} of it |" not in REFERENCE}
    assert not missing


def test_every_error_code_has_an_entry_to_which_the_type_of_its_problem_links() -> None:
    schemas = json.loads(OPENAPI.read_text())["components"]["schemas"]
    codes = [*schemas["Code"]["enum"], *schemas["ScrubCode"]["enum"]]
    links = [str(problem_details.body(400, code, "No.")["type"]) for code in codes]
    assert {link.partition("#")[0] for link in links} == {"/docs/reference.md"}
    assert not {link for link in links if REFERENCE.count(f'<a id="{link.partition("#")[2]}"></a>') != 1}


@pytest.mark.parametrize(
    "names", [recipe.OPTION_NAMES, recipe.PRESETS, Fit, Gravity], ids=["options", "presets", "fits", "gravities"]
)
def test_every_value_of_a_closed_set_is_documented(names: Iterable[str]) -> None:
    assert not {name for name in names if f"`{name}`" not in REFERENCE}


@pytest.mark.parametrize("name", sorted(recipe.OPTION_NAMES))
def test_an_example_shows_every_option(name: str) -> None:
    assert re.search(rf"\b{name}=", EXAMPLES)


def test_readme_names_every_option() -> None:
    rows = re.findall(r"^\| (`[^|]+) \|", README, re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == set(recipe.OPTION_NAMES) - {"filename"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_to_a_file(page: Path) -> None:
    text = page.read_text()
    links = [page.parent / link for link in re.findall(r"\]\((?!http|#)([^)#\s]+)", text)]
    named = [ROOT / name for name in re.findall(r"`((?:docs|scripts|chalicelib|tests)/[\w./]+)`", text)]
    assert not [str(path) for path in (*links, *named) if not path.exists()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_line_of_prose_holds_one_sentence(page: Path) -> None:
    prose = re.sub(r"^ *```.*?^ *```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    lines = [line for line in prose.splitlines() if not line.startswith(("|", "#", "!["))]
    assert not [line for line in lines if re.search(r"[a-z`)][.?!] [A-Z`]", line)]
