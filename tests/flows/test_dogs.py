"""The tasks of the dog workflow: what they store, record and raise."""

import json
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import pytest

from chalicelib import errors
from chalicelib.aws.dog_uploads import DogCatalog
from chalicelib.backends import Backends
from chalicelib.dog_records import DogUpload
from chalicelib.flows import dogs
from tests import stage
from tests.flows.photos import photo

ADDRESS = "https://images.dog.ceo/breeds/hound-afghan/n02088094_1003.jpg"
KEY = "html/hound-afghan-n02088094_1003.jpg"
EVENT = {"status": "success", "uploaded_image": KEY, "image_url": "https://example.test/a", "file_type": "jpeg"}


@dataclass
class Pages:
    """A downloader with fixed answers; it notes the URLs that it was asked for."""

    answers: dict[str, bytes]
    asked: list[str] = field(default_factory=list)

    def get(self, url: str, limit: int = 0) -> bytes:  # noqa: ARG002 - the downloader's signature
        self.asked.append(url)
        if url not in self.answers:
            raise errors.DogApiUnavailable("There is no answer.")
        return self.answers[url]


@dataclass
class Starts:
    """A messaging that notes the executions it starts, by name."""

    started: dict[str, tuple[str, object]] = field(default_factory=dict)

    def start(self, machine: str, name: str, state: object) -> bool:
        return self.started.setdefault(name, (machine, state)) is not None and len(self.started) == 1


@dataclass
class LosesAnswers:
    """A catalog that writes a row, and then fails as if the answer was lost; with `answers` it can be read."""

    inner: DogCatalog
    answers: bool

    def find(self, image_name: str) -> DogUpload | None:
        if not self.answers:
            raise errors.BackendUnavailable("no answer")
        return self.inner.find(image_name)

    def record(self, upload: DogUpload, run: str) -> DogUpload:
        self.inner.record(upload, run)
        raise errors.BackendUnavailable("no answer")

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def serving(backends: Backends, data: bytes, address: object = ADDRESS) -> Backends:
    """Return backends whose dog API answers with one picture."""
    pages: Any = Pages(
        {
            f"{backends.settings.dog_api_url}/api/breeds/image/random": json.dumps(
                {"message": address, "status": "success"}
            ).encode(),
            str(address): data,
        }
    )
    return replace(backends, downloader=pages)


def test_a_dog_is_stored_under_its_breed_and_name(backends: Backends) -> None:
    fetched = dogs.fetch(serving(backends, photo()))

    bucket = backends.settings.dog_bucket
    assert fetched == {
        "status": "success",
        "uploaded_image": KEY,
        "image_url": backends.storage.address(bucket, KEY),
        "file_type": "jpeg",
        "breed": "hound-afghan",
    }
    assert stage.read(bucket, KEY) == photo()
    assert stage.s3().head_object(Bucket=bucket, Key=KEY)["ContentType"] == "image/jpeg"


def test_the_url_of_a_name_with_a_space_is_percent_encoded(backends: Backends) -> None:
    fetched = dogs.fetch(serving(backends, photo(), "https://images.dog.ceo/breeds/pug/my%20dog+é.jpg"))

    assert fetched["uploaded_image"] == "html/pug-my dog+é.jpg"
    assert fetched["image_url"].startswith("https://darkroom-local-images.s3.")
    assert fetched["image_url"].endswith(".amazonaws.com/html/pug-my%20dog%2B%C3%A9.jpg")


def test_the_file_type_is_that_of_the_bytes(backends: Backends) -> None:
    address = "https://images.dog.ceo/breeds/pug/a.png"
    assert dogs.fetch(serving(backends, photo(image_format="PNG"), address))["file_type"] == "png"


@pytest.mark.parametrize(
    ("data", "address", "error"),
    [
        (b"<!DOCTYPE html><html>not found</html>", ADDRESS, errors.DogImageNotAnImage),
        (b"", ADDRESS, errors.DogImageEmpty),
        (photo(image_format="PNG"), ADDRESS, errors.DogImageMislabelled),
        (photo(), "https://images.dog.ceo/breeds/pug/a.html", errors.DogImageMislabelled),
        (b"\xff\xd8\xff and no more", ADDRESS, errors.DogImageNotAnImage),
        (photo(), "https://images.dog.ceo/breeds/pug/..%2fx.jpg", errors.DogApiMalformed),
        (photo(), "https://images.dog.ceo/breeds/../x.jpg", errors.DogApiMalformed),
        (photo(), "https://images.dog.ceo/breeds/pug/" + "n" * 201, errors.DogApiMalformed),
        (photo(), "https://images.dog.ceo/x.jpg", errors.DogApiMalformed),
        (photo(), ["a list"], errors.DogApiMalformed),
        (photo(), None, errors.DogApiMalformed),
    ],
)
def test_a_bad_answer_raises_its_own_error_and_stores_nothing(
    backends: Backends, data: bytes, address: object, error: type[Exception]
) -> None:
    with pytest.raises(error):
        dogs.fetch(serving(backends, data, address))
    assert stage.keys(backends.settings.dog_bucket) == []


@pytest.mark.parametrize("answer", [b"<html>", b"[]", b'{"status": "success"}', b"[" * 100_000])
def test_an_answer_without_a_message_is_malformed(backends: Backends, answer: bytes) -> None:
    pages: Any = Pages({"https://dog.ceo/api/breeds/image/random": answer})
    with pytest.raises(errors.DogApiMalformed):
        dogs.fetch(replace(backends, downloader=pages))


def test_the_logged_item_is_the_row_in_the_table(backends: Backends) -> None:
    stage.put(backends.settings.dog_bucket, KEY, photo())
    logged = dogs.log(backends, EVENT | {"alert_id": "run-1"})

    item = logged["logged_item"]
    assert logged["status"] == "success"
    shown = (item["image_name"], item["file_type"], item["alert_triggered"], item["alert_id"])
    assert shown == (KEY, "jpeg", False, "")
    assert backends.dogs.find(KEY) == DogUpload(**item)


def test_a_png_triggers_an_alert_and_its_id_is_in_the_row(backends: Backends) -> None:
    logged = dogs.log(backends, EVENT | {"file_type": "png", "alert_id": "run-1"})

    assert (logged["logged_item"]["alert_triggered"], logged["logged_item"]["alert_id"]) == (True, "run-1")
    assert dogs.alert(logged) == {"status": "alert", "message": "PNG detected", "image": KEY}


def test_a_retry_keeps_the_first_row_and_a_later_run_overwrites_it(backends: Backends, clock: Any) -> None:
    first = dogs.log(backends, EVENT | {"alert_id": "run-1"})
    clock.advance(5)
    assert dogs.log(backends, EVENT | {"alert_id": "run-1"}) == first
    later = dogs.log(backends, EVENT | {"alert_id": "run-2"})
    assert later["logged_item"]["upload_timestamp"] > first["logged_item"]["upload_timestamp"]
    assert stage.dog_row_count(backends.settings.dogs_table) == 1


@pytest.mark.parametrize(("retry", "run", "left"), [(5, "lauf-ü", [KEY]), (6, "lauf-ü", []), (6, "another", [KEY])])
def test_the_last_attempt_deletes_a_picture_without_a_row_that_its_own_run_wrote(
    backends: Backends, retry: int, run: str, left: list[str]
) -> None:
    dogs.fetch(serving(backends, photo()), "lauf-ü")
    stage.dynamodb().delete_table(TableName=backends.settings.dogs_table)

    with pytest.raises(errors.BackendUnavailable):
        dogs.log(backends, EVENT | {"alert_id": run, "retry_count": retry})

    assert stage.keys(backends.settings.dog_bucket) == left


@pytest.mark.parametrize("answers", [True, False])
def test_a_picture_stays_if_its_row_was_written_and_only_the_answer_was_lost(
    backends: Backends, *, answers: bool
) -> None:
    dogs.fetch(serving(backends, photo()), "run-1")
    catalog: Any = LosesAnswers(backends.dogs, answers=answers)

    with pytest.raises(errors.BackendUnavailable):
        dogs.log(replace(backends, dogs=catalog), EVENT | {"alert_id": "run-1"})

    assert stage.keys(backends.settings.dog_bucket) == [KEY]
    row = backends.dogs.find(KEY)
    assert row
    assert not row.expired


def test_an_alert_does_not_wait_for_s3_once_its_row_is_written(backends: Backends) -> None:
    failing = stage.with_failures(backends, storage={"exists": 9})
    logged = dogs.log(failing, EVENT | {"file_type": "png", "alert_id": "run-1"})
    assert logged["logged_item"]["alert_id"] == "run-1"


def test_a_picture_that_exists_is_not_overwritten(backends: Backends) -> None:
    stage.put(backends.settings.dog_bucket, KEY, b"normalised before")
    dogs.fetch(serving(backends, photo()), "run-1")
    assert stage.read(backends.settings.dog_bucket, KEY) == b"normalised before"
    assert backends.storage.head(backends.settings.dog_bucket, KEY).metadata == {}


def test_the_row_of_a_picture_that_was_deleted_meanwhile_is_expired(backends: Backends) -> None:
    assert dogs.log(backends, EVENT | {"alert_id": "run-1"})["logged_item"]["expired"]
    row = backends.dogs.find(KEY)
    assert row
    assert row.expired


def test_a_duplicate_event_of_the_schedule_starts_one_execution(backends: Backends) -> None:
    starts: Any = Starts()
    backends = replace(backends, messaging=starts)
    for time in ("2026-11-21T13:00:00Z", "2026-11-21T14:00:00+01:00"):
        dogs.start(backends, time)
    assert starts.started == {
        "scheduled-2026-11-21T13-00-00Z": (backends.settings.dog_pipeline, {"scheduled_time": "2026-11-21T13:00:00Z"})
    }


def test_a_schedule_that_is_off_starts_nothing(backends: Backends) -> None:
    starts: Any = Starts()
    off = replace(backends, messaging=starts, settings=replace(backends.settings, dog_schedule="off"))
    assert not dogs.start(off, "2026-11-21T13:00:00Z")
    assert not starts.started


@pytest.mark.parametrize("text", ["", "noon", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+01:00"])
def test_a_scheduled_time_that_is_malformed_is_refused(backends: Backends, text: str) -> None:
    with pytest.raises(errors.InvalidRequest, match="is not an ISO 8601 time") as caught:
        dogs.start(backends, text)
    assert caught.value.code == "bad_option"


def test_uploads_are_listed_newest_first_page_by_page(backends: Backends, clock: Any) -> None:
    for number in range(5):
        clock.advance(1)
        dogs.log(backends, EVENT | {"uploaded_image": f"html/pug-{number}.jpg", "alert_id": str(number)})

    first, position = dogs.list_newest(backends, 3, None)
    second, end = dogs.list_newest(backends, 3, position)

    assert [asdict(each)["image_name"][9] for each in (*first, *second)] == ["4", "3", "2", "1", "0"]
    assert end is None
