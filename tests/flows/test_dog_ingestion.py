"""The task of the ingestion: what it stores, what it reports, and what it raises for a retry."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib import errors
from chalicelib.backends import Backends
from chalicelib.flows import dog_ingestion
from chalicelib.flows.dogs import RETRIES
from tests import stage
from tests.flows.photos import photo
from tests.flows.test_dogs import ADDRESS, KEY, Pages

EVENT = {"address": ADDRESS, "run": "ingest-1"}
STRANGE = "https://pictures.example.org/holidays/dog.png"


def serving(backends: Backends, **answers: bytes) -> Backends:
    """Return backends whose downloader has answers for ADDRESS, as `dog`, and for STRANGE, as `strange`."""
    pages: Any = Pages({{"dog": ADDRESS, "strange": STRANGE}[name]: data for name, data in answers.items()})
    hosts = ("pictures.example.org",)
    return replace(backends, downloader=pages, settings=replace(backends.settings, ingest_hosts=hosts))


def test_a_picture_is_stored_and_counted_and_then_skipped(backends: Backends) -> None:
    served = serving(backends, dog=photo())
    assert dog_ingestion.handle(served, EVENT) == {"outcome": "stored"}
    assert dog_ingestion.handle(served, EVENT) == {"outcome": "skipped"}
    row = backends.dogs.find(KEY)
    assert row
    assert (row.breed, row.file_type, row.alert_triggered, row.alert_id) == ("hound-afghan", "jpeg", False, "")
    [counts] = backends.dogs.counts("2000-01-01").values()
    assert (counts.uploads, counts.alerts, counts.breeds) == (1, 0, {"hound-afghan": 1})


def test_a_picture_of_another_host_has_no_breed(backends: Backends) -> None:
    served = serving(backends, strange=photo(image_format="PNG"))
    assert dog_ingestion.handle(served, EVENT | {"address": STRANGE}) == {"outcome": "stored"}
    [row], _ = backends.dogs.newest(5, None)
    assert row.image_name.startswith("html/")
    assert row.image_name.endswith("-dog.png")
    assert (row.breed, row.file_type, row.alert_id) == ("", "png", "")


@pytest.mark.parametrize(
    ("address", "data", "reason"),
    [
        (ADDRESS, b"", "n02088094_1003.jpg is empty."),
        (ADDRESS, b"<html>", "n02088094_1003.jpg is not an image: "),
        ("https://elsewhere.example/dog.jpg", b"", "The host is not one of INGEST_HOSTS, and the address "),
        ("no address", b"", "It is not an address that begins with https://."),
        (None, b"", "It is not an address that begins with https://."),
        (7, b"", "It is not an address that begins with https://."),
    ],
)
def test_a_permanent_fault_is_the_result_of_the_item(
    backends: Backends, address: object, data: bytes, reason: str
) -> None:
    result = dog_ingestion.handle(serving(backends, dog=data), EVENT | {"address": address})
    assert result["outcome"] == "failed"
    assert result["reason"].startswith(reason)
    assert stage.keys(backends.settings.dog_bucket) == []


def test_a_host_that_is_not_named_is_refused_by_the_downloader(backends: Backends) -> None:
    address = "https://elsewhere.example/breeds/pug/a.jpg"
    result = dog_ingestion.handle(backends, EVENT | {"address": address})
    assert result["reason"] == "The address https://elsewhere.example is not on the allow-list."


def test_a_reason_is_ascii_and_short(backends: Backends) -> None:
    address = "https://" + "\u20ac" * 90 + ".example/breeds/pug/a.jpg"
    reason = dog_ingestion.handle(backends, EVENT | {"address": address})["reason"]
    assert reason.startswith("The address https://\\u20ac")
    assert reason.isascii()
    assert len(reason) == dog_ingestion.MAX_REASON


def test_a_transient_fault_is_raised_and_the_retry_stores(backends: Backends) -> None:
    served = serving(backends, dog=photo())
    with pytest.raises(errors.BackendUnavailable):
        dog_ingestion.handle(stage.with_failures(served, storage={"put": 1}), EVENT)
    assert dog_ingestion.handle(served, EVENT) == {"outcome": "stored"}
    [counts] = backends.dogs.counts("2000-01-01").values()
    assert counts.uploads == 1


@pytest.mark.parametrize("count", [{}, {"retry_count": 0}, {"retry_count": RETRIES - 1}])
def test_an_api_that_is_down_is_raised(backends: Backends, count: dict[str, int]) -> None:
    with pytest.raises(errors.DogApiUnavailable):
        dog_ingestion.handle(serving(backends), EVENT | count)


def test_the_last_retry_returns_the_cause_of_a_transient_fault(backends: Backends) -> None:
    last = EVENT | {"retry_count": RETRIES}
    with pytest.raises(errors.DogApiUnavailable) as raised:
        serving(backends).downloader.get(ADDRESS)
    assert dog_ingestion.handle(serving(backends), last) == {"outcome": "failed", "reason": raised.value.detail}
    failing = stage.with_failures(serving(backends, dog=photo()), storage={"put": 1})
    result = dog_ingestion.handle(failing, last)
    assert result["outcome"] == "failed"
    assert result["reason"]
    assert backends.dogs.find(KEY) is None
