"""Ids and keys have fixed forms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.keys import UPLOADS, derived_id, id_in_key, is_id, new_id

ID = "0123456789abcdef0123456789abcdef"


def test_new_ids_are_valid_and_different() -> None:
    ids = {new_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(is_id(each) for each in ids)


@pytest.mark.parametrize("text", ["", ID[1:], ID + "0", ID.upper(), "g" + ID[1:], " " + ID[1:], "\u0660" + ID[1:]])
def test_other_texts_are_not_ids(text: str) -> None:
    assert is_id(ID)
    assert not is_id(text)


def test_a_derived_id_does_not_change_between_versions() -> None:
    """Records that are stored already must still be found."""
    assert derived_id("landing", "photo.jpg", "v1") == "b415b1353f8dd29121a23f2fed1b7084"


@given(st.lists(st.text(), min_size=1, max_size=4))
def test_a_derived_id_is_an_id_for_any_parts(parts: list[str]) -> None:
    assert is_id(derived_id(*parts))
    assert derived_id(*parts) == derived_id(*parts)


def test_the_border_between_parts_matters() -> None:
    assert len({derived_id("ab", "c"), derived_id("a", "bc"), derived_id("abc"), derived_id("c", "ab")}) == 4


def test_a_derived_id_exists_for_text_that_is_not_valid_unicode() -> None:
    assert is_id(derived_id("\ud800"))


def test_the_id_is_read_from_the_key_of_an_upload() -> None:
    assert id_in_key(f"{UPLOADS}{ID}/photo.jpg") == ID


@pytest.mark.parametrize(
    "key",
    [
        "",
        f"{UPLOADS}photo.jpg",
        f"{UPLOADS}{ID}",
        f"{UPLOADS}{ID}/a/photo.jpg",
        f"{UPLOADS}{ID.upper()}/photo.jpg",
        f"processed/{ID}/photo.jpg",
        f"/{UPLOADS}{ID}/photo.jpg",
    ],
)
def test_a_key_of_another_form_has_no_id(key: str) -> None:
    assert id_in_key(key) is None
