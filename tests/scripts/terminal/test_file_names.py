"""File names that are not text, in a form that can be printed or be part of an S3 key."""

import os
from pathlib import Path

import pytest

from scripts.terminal.file_names import key_of, printable, show


@pytest.mark.parametrize(
    ("name", "shown"),
    [(b"holiday \xc3\xa4.jpg", "holiday ä.jpg"), (b"\x1b[2J\xff.jpg", "\ufffd[2J\ufffd.jpg"), (b"a\nb", "a\ufffdb")],
)
def test_a_name_is_shown_without_bytes_that_control_a_terminal(name: bytes, shown: str) -> None:
    assert show(Path(os.fsdecode(name))) == shown


def test_an_error_message_with_such_a_name_can_be_printed() -> None:
    name = os.fsdecode(b"latin1-\xe9.jpg")
    assert printable(f"Failed to upload {name}") == "Failed to upload latin1-\ufffd.jpg"


@pytest.mark.parametrize(
    ("name", "key"),
    [
        (b"album/holiday \xc3\xa4 100%.jpg", "album/holiday ä 100%.jpg"),
        (b"latin1-\xe9.jpg", "latin1-%E9.jpg"),
        (b"sjis-\x83\x5c.jpg", "sjis-%83\\.jpg"),
        (b"folder-\xff/a\x01b\n\x7f.jpg", "folder-%FF/a%01b%0A%7F.jpg"),
        (b"c1-\xc2\x85 bom-\xef\xbf\xbe", "c1-%C2%85 bom-%EF%BF%BE"),
        (b"family-\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7.jpg", "family-\U0001f469\u200d\U0001f467.jpg"),
    ],
)
def test_a_key_has_the_name_with_what_cannot_be_in_a_key_percent_encoded(name: bytes, key: str) -> None:
    assert key_of(os.fsdecode(name)) == key
    assert key.encode()


def test_two_names_that_are_not_text_have_two_keys() -> None:
    assert key_of(os.fsdecode(b"\xe8.jpg")) != key_of(os.fsdecode(b"\xe9.jpg"))
