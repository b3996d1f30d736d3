"""The cases of the memory measurement: each can be named, and each has options that a request may have."""

from chalicelib.imaging.recipe import parse
from scripts.measuring.memory_cases import CASES


def test_each_case_has_a_name_of_its_own() -> None:
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names) > 30


def test_each_case_has_valid_options() -> None:
    assert all(parse(case.options) for case in CASES)


def test_the_default_recipe_has_the_lower_bound() -> None:
    assert {case.bound for case in CASES if case.name.startswith("24 Mpx JPEG")} == {60}
    assert {case.bound for case in CASES if not case.name.startswith("24 Mpx JPEG")} == {400}
