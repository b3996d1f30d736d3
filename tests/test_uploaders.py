"""The names of uploaders: which are refused, and what is made of them."""

import pytest

from chalicelib import uploaders
from chalicelib.environment import EnvironmentReader, SettingsError
from chalicelib.settings import Settings
from tests.test_settings import NEEDED


def names_of(text: str, stage: str = "dev") -> tuple[str, ...]:
    return Settings.from_environ(NEEDED | {"STAGE": stage, "UPLOADERS": text}).uploaders


def test_a_list_with_commas_is_read_in_its_order() -> None:
    assert names_of("partner, backend,a-1") == ("partner", "backend", "a-1")
    assert names_of("") == names_of(",") == ()


@pytest.mark.parametrize("name", ["Backend", "back_end", "a b", "a/b", "a*", "ü", "a" * 33, "${stage}"])
def test_a_name_of_other_characters_or_of_another_length_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="must be 1 to 32 characters"):
        names_of(f"backend,{name}")


def test_a_name_of_32_characters_is_accepted_unless_the_user_s_name_is_too_long() -> None:
    assert names_of("a" * 32, "staging") == ("a" * 32,)
    assert len(uploaders.resource_name("s" * 13, "a" * 32)) == 64
    assert names_of("a" * 32, "s" * 13)
    with pytest.raises(SettingsError, match="is too long"):
        names_of("a" * 32, "s" * 14)


def test_a_name_that_is_there_twice_is_refused_once() -> None:
    with pytest.raises(SettingsError) as raised:
        names_of("backend,partner,backend")
    assert raised.value.problems == ["UPLOADERS: 'backend' is there twice"]


def test_no_uploader_may_write_where_forms_write() -> None:
    with pytest.raises(SettingsError, match="'uploads' is taken"):
        names_of("uploads")
    assert names_of("uploads-2") == ("uploads-2",)


def test_the_stage_local_has_no_uploaders() -> None:
    with pytest.raises(SettingsError, match="the stage local is never deployed"):
        names_of("backend", "local")
    assert names_of("", "local") == ()


def test_every_fault_is_reported() -> None:
    read = EnvironmentReader({})
    uploaders.check_names(read, ["A", "B"], "dev")
    with pytest.raises(SettingsError) as raised:
        read.raise_problems()
    assert len(raised.value.problems) == 2
