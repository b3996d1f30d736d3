"""The option `keep` is a list of words, whose option has one form."""

import pytest

from chalicelib.errors import InvalidRequest
from chalicelib.imaging.keep import Keep, read_keep, write_keep


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, set()),
        ({"keep": ""}, set()),
        ({"keep": " Date , copyright,"}, {Keep.DATE, Keep.COPYRIGHT}),
        ({"keep": ",".join(Keep)}, set(Keep)),
    ],
)
def test_the_words_are_read(options: dict[str, object], words: set[Keep]) -> None:
    assert read_keep(options) == words


@pytest.mark.parametrize("text", ["gps", "copyright;date", "date,all", True])
def test_an_unknown_word_is_refused(text: object) -> None:
    with pytest.raises(InvalidRequest) as raised:
        read_keep({"keep": text})
    assert raised.value.code == "bad_option"


def test_the_option_of_some_words_has_one_form() -> None:
    assert write_keep(frozenset({Keep.DATE, Keep.CAMERA})) == {"keep": "camera,date"}
    assert write_keep(frozenset()) == {}
