"""One error names every problem of the environment."""

from datetime import UTC, datetime

import pytest

from chalicelib.environment import EnvironmentReader, SettingsError


def _problems(read: EnvironmentReader) -> list[str]:
    with pytest.raises(SettingsError) as raised:
        read.raise_problems()
    return raised.value.problems


def test_values_are_read_by_their_type() -> None:
    read = EnvironmentReader(
        {
            "NAME": "value",
            "COUNT": "7",
            "MODE": "off",
            "FLAG": "true",
            "LIST": " a, ,b ",
            "AT": "2026-03-01T00:00:00+02:00",
        }
    )
    assert read.text("NAME") == "value"
    assert read.positive_integer("COUNT", 1) == 7
    assert read.choice("MODE", ("on", "off")) == "off"
    assert read.flag("FLAG", default=False)
    assert read.comma_separated("LIST", "c") == ("a", "b")
    assert read.instant("AT") == datetime(2026, 2, 28, 22, tzinfo=UTC)
    read.raise_problems()


@pytest.mark.parametrize("environ", [{}, dict.fromkeys(("NAME", "COUNT", "MODE", "FLAG", "LIST", "AT"), "")])
def test_a_variable_that_is_not_set_or_empty_has_its_default(environ: dict[str, str]) -> None:
    read = EnvironmentReader(environ)
    assert read.text("NAME", "default") == "default"
    assert read.positive_integer("COUNT", 3) == 3
    assert read.choice("MODE", ("on", "off")) == "on"
    assert read.choice("MODE", ("on", "off"), "off") == "off"
    assert read.flag("FLAG", default=True)
    assert not read.flag("FLAG", default=False)
    assert read.comma_separated("LIST", "c,d") == ("c", "d")
    assert read.instant("AT") is None
    read.raise_problems()


def test_an_optional_text_is_empty_if_it_is_not_set() -> None:
    read = EnvironmentReader({"NAME": "a", "EMPTY": ""})
    assert [read.optional_text(name) for name in ("NAME", "EMPTY", "MISSING")] == ["a", "", ""]
    read.raise_problems()


def test_a_single_comma_is_the_empty_list() -> None:
    assert EnvironmentReader({"LIST": ","}).comma_separated("LIST", "c,d") == ()


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "seven", "\u0667", "+7", " 7"])
def test_a_value_that_is_not_a_positive_whole_number_is_a_problem(value: str) -> None:
    read = EnvironmentReader({"COUNT": value})
    assert read.positive_integer("COUNT", 3) == 3
    assert _problems(read) == [f"COUNT must be a positive whole number, not {value!r}"]


@pytest.mark.parametrize("value", ["yes", "True", "1"])
def test_a_flag_is_true_or_false_only(value: str) -> None:
    read = EnvironmentReader({"FLAG": value})
    read.flag("FLAG", default=True)
    assert _problems(read) == [f"FLAG must be one of true, false, not {value!r}"]


@pytest.mark.parametrize("value", ["2026-03-01T21:30:00", "0001-01-01T00:00:00+14:00", "21:30", "tomorrow"])
def test_a_time_without_an_offset_is_a_problem(value: str) -> None:
    read = EnvironmentReader({"AT": value})
    assert read.instant("AT") is None
    assert "AT must be a date and time with an offset" in _problems(read)[0]


def test_all_problems_are_in_one_error_and_each_is_there_once() -> None:
    read = EnvironmentReader({"COUNT": "0", "MODE": "most"})
    read.text("NAME")
    read.text("NAME")
    read.positive_integer("COUNT", 1)
    read.choice("MODE", ("on", "off"))
    read.add_problem("COUNT and MODE contradict each other")
    assert _problems(read) == [
        "NAME is not set",
        "COUNT must be a positive whole number, not '0'",
        "MODE must be one of on, off, not 'most'",
        "COUNT and MODE contradict each other",
    ]


@pytest.mark.parametrize(("environ", "stage"), [({"STAGE": "prod"}, "prod"), ({}, "dev")])
def test_the_error_names_the_commands_that_create_the_resources_of_the_stage(
    environ: dict[str, str], stage: str
) -> None:
    read = EnvironmentReader(environ)
    read.text("IMAGES_BUCKET")
    with pytest.raises(SettingsError) as raised:
        read.raise_problems()
    assert "IMAGES_BUCKET is not set" in raised.value.advice
    assert f"python -m scripts.deployment.resources --stage {stage}`" in raised.value.advice
    assert "chalice local --stage local`" in raised.value.advice
