"""A posted photo keeps what the caller names; the report counts it, and the key of the request names it, too."""

from collections.abc import Mapping

import pytest

from chalicelib.backends import Backends
from chalicelib.errors import InvalidRequest, KeyReused
from chalicelib.flows import sanitize
from chalicelib.flows.accept import Photo
from tests import stage
from tests.flows.photos import opened, photo_with_metadata


def receive(backends: Backends, keep: object, key: str | None = None) -> tuple[bytes, Mapping[str, Mapping[str, int]]]:
    options = {} if keep is None else {"keep": keep}
    record = sanitize.receive(backends, Photo(photo_with_metadata(), "ann", options=options, idempotency_key=key))
    stored = record.variants["sanitized"]
    return stage.read(stored.bucket, stored.key), record.report["kept"]


def test_the_named_values_stay_and_the_report_counts_them(backends: Backends) -> None:
    data, kept = receive(backends, " Copyright, date")
    assert dict(opened(data).getexif()) == {0x0112: 6, 0x013B: "Ann Onym"}
    assert kept["copyright"] == {"count": 1, "bytes": 8}
    assert "date" not in kept
    assert b"Tattletale" not in data


@pytest.mark.parametrize("keep", [None, "", ","])
def test_nothing_stays_unless_it_is_named(backends: Backends, keep: object) -> None:
    data, kept = receive(backends, keep)
    assert dict(opened(data).getexif()) == {0x0112: 6}
    assert "copyright" not in kept


@pytest.mark.parametrize("keep", ["gps", "copyright;date", "copyright,all", True])
def test_an_unknown_word_is_refused(backends: Backends, keep: object) -> None:
    with pytest.raises(InvalidRequest) as raised:
        receive(backends, keep)
    assert raised.value.code == "bad_option"
    assert stage.record_count(backends.settings.images_table) == 0


def test_a_key_of_one_choice_is_not_one_of_another(backends: Backends) -> None:
    receive(backends, "date,copyright", "again")
    receive(backends, "copyright,date", "again")
    for other in (None, "copyright"):
        with pytest.raises(KeyReused):
            receive(backends, other, "again")
