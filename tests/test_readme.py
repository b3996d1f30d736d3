"""The README's tables say what the code says, and what it points to is there."""

import json
import os
import re
from collections.abc import Iterable
from dataclasses import asdict

import pytest

from app import OPENAPI
from chalicelib.imaging import limits, recipe
from chalicelib.imaging.geometry import Fit
from chalicelib.imaging.operations import Gravity
from chalicelib.settings import Limits, Settings
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text()
SOURCE = (ROOT / "chalicelib" / "settings.py").read_text()
#: Rows of the settings table: a variable and its default, empty where there is none.
ROWS = dict(re.findall(r"^\| `([A-Z_]+)` \|(?: `?([^`|]+?)`?)? \|", README, re.MULTILINE))
#: Names of the settings that have a number, where they are not spelt like their variable.
NAMES = {"body_bytes": "MAX_BODY_BYTES", "object_bytes": "MAX_OBJECT_BYTES", "name_length": "MAX_NAME_LENGTH"}
NAMES |= {"input_pixels": "MAX_INPUT_PIXELS", "output_pixels": "MAX_OUTPUT_PIXELS"}


def test_every_setting_is_in_the_table_and_no_other() -> None:
    read = set(re.findall(r'read\.\w+\(\s*"([A-Z_]+)"|environ\.get\("([A-Z_]+)"\)', SOURCE))
    assert set(ROWS) == {name for pair in read for name in pair if name}


def test_defaults_are_those_of_the_code() -> None:
    required = {name: value for name, value in os.environ.items() if name in ROWS and not ROWS[name]}
    settings = asdict(Settings.from_environ(required))
    cleanup = {f"cleanup_{name}": value for name, value in settings["cleanup"].items()}
    cleanup["cleanup_targets"] = ",".join(cleanup["cleanup_targets"])
    values = settings | settings["limits"] | cleanup
    defaults = {NAMES.get(name, name.upper()): value for name, value in values.items() if isinstance(value, int | str)}
    told = {name: value for name, value in ROWS.items() if value and value != "IMAGES_BUCKET"}
    assert {name: json.dumps(defaults[name]).strip('"') for name in told} == told


@pytest.mark.parametrize("limit", asdict(Limits()).values())
def test_limits_are_told(limit: int) -> None:
    assert f"{limit:,}" in README or f"{limit // 1_000_000} million" in README


def test_the_share_of_each_format_is_told() -> None:
    shares = {
        limits.SCANS_SHARE,
        limits.CMYK_SHARE,
        limits.ALPHA_SHARE,
        *limits.INPUT_SHARE.values(),
        *limits.OUTPUT_SHARE.values(),
    }
    missing = {str(share) for share in shares if share != 1 and f"| {share} of it |" not in README}
    assert not missing


def test_every_error_code_is_told() -> None:
    codes = json.loads(OPENAPI.read_text())["components"]["schemas"]["Code"]["enum"]
    assert not {code for code in codes if f"`{code}`" not in README}


@pytest.mark.parametrize(
    "names", [recipe.OPTION_NAMES, recipe.PRESETS, Fit, Gravity], ids=["options", "presets", "fits", "gravities"]
)
def test_closed_sets_are_told_whole(names: Iterable[str]) -> None:
    assert not {name for name in names if f"`{name}`" not in README}


def test_the_files_that_it_points_to_are_there() -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)\)", README) + re.findall(r"`(docs/[\w./]+)`", README)
    assert not [link for link in links if not (ROOT / link).exists()]
