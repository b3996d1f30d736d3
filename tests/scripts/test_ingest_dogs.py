"""Bulk ingestion of dog pictures: what is stored and recorded, what is skipped, and what fails."""

import argparse
import io
import json
import os
import re
import signal
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws
from PIL import Image

from chalicelib.aws.storage import Storage
from chalicelib.backends import Backends
from chalicelib.dog_api.pictures import read_address
from chalicelib.errors import BackendUnavailable, DogApiUnavailable, InvalidRequest
from chalicelib.imaging.metadata import inspect
from chalicelib.settings import Settings
from scripts import ingest_dogs
from scripts.terminal import interrupt
from tests import pictures, stage
from tests.flows.photos import opened, photo
from tests.flows.test_dogs import ADDRESS, KEY, Pages

PICTURE = read_address(ADDRESS)


def serving(backends: Backends, data: bytes, address: str = ADDRESS) -> Backends:
    pages: Any = Pages({address: data})
    return replace(backends, downloader=pages)


@dataclass
class Losing:
    """Storage in which every object is deleted right after its put, as by a clean-up."""

    inner: Storage

    def put(self, bucket: str, key: str, data: bytes, media_type: str) -> None:
        written = self.inner.put(bucket, key, data, media_type)
        self.inner.delete_objects(bucket, [(key, written.version_id)])

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def sideways() -> bytes:
    """Make a photo with metadata and an orientation of 90 degrees."""
    exif, buffer = Image.Exif(), io.BytesIO()
    exif[0x0112], exif[0x010F] = 6, "Camera"
    Image.new("RGB", (60, 40), "teal").save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


def test_a_picture_is_stored_upright_clean_and_recorded(backends: Backends) -> None:
    served = serving(backends, sideways())
    assert ingest_dogs.ingest(served, PICTURE) == ingest_dogs.Result("stored", KEY)
    stored = stage.read(backends.settings.dog_bucket, KEY)
    assert opened(stored).size == (40, 60)
    assert all(finding.allowed for finding in inspect(stored))
    [row], _ = backends.dogs.newest(5, None)
    assert (row.image_name, row.file_type, row.alert_triggered, row.alert_id) == (KEY, "jpeg", False, "")


def test_a_picture_that_is_stored_and_recorded_is_skipped_without_a_download(backends: Backends) -> None:
    ingest_dogs.ingest(serving(backends, photo()), PICTURE)
    again = serving(backends, photo())
    assert ingest_dogs.ingest(again, PICTURE).outcome == "skipped"
    assert not again.downloader.asked  # type: ignore[attr-defined]  # it is the test's own


def test_a_picture_without_a_row_is_stored_again(backends: Backends) -> None:
    stage.put(backends.settings.dog_bucket, KEY, photo())
    assert ingest_dogs.ingest(serving(backends, photo()), PICTURE).outcome == "stored"
    assert backends.dogs.find(KEY)


@pytest.mark.parametrize(("image_format", "suffix"), [("WEBP", ".webp.jpg"), ("PNG", ".png")])
def test_a_picture_becomes_jpeg_or_png_with_the_suffix_of_its_format(
    backends: Backends, image_format: str, suffix: str
) -> None:
    address = ADDRESS.replace(".jpg", f".{image_format.lower()}")
    served = serving(backends, photo(image_format=image_format), address)
    result = ingest_dogs.ingest(served, read_address(address))
    assert result.name == KEY.replace(".jpg", suffix)
    assert ingest_dogs.ingest(served, read_address(address)).outcome == "skipped"


def test_transparency_is_kept_as_png(backends: Backends) -> None:
    address = ADDRESS.replace(".jpg", ".webp")
    served = serving(backends, pictures.photo(pillow_name="WEBP", mode="RGBA"), address)
    result = ingest_dogs.ingest(served, read_address(address))
    assert opened(stage.read(backends.settings.dog_bucket, result.name)).mode == "RGBA"


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"", "is empty."), (b"<html>", "is not an image: The bytes"), (photo()[:900], "is not an image: The")],
)
def test_a_bad_picture_fails_by_name_and_leaves_nothing(backends: Backends, data: bytes, reason: str) -> None:
    result = ingest_dogs.ingest(serving(backends, data), PICTURE)
    assert result.outcome == "failed"
    assert result.reason.startswith(f"n02088094_1003.jpg {reason}")
    assert stage.keys(backends.settings.dog_bucket) == []
    assert backends.dogs.find(KEY) is None


def test_a_transient_error_is_retried_after_a_pause() -> None:
    pauses: list[float] = []
    failures = [DogApiUnavailable("It is down."), BackendUnavailable("It is down.")]

    def call() -> str:
        if failures:
            raise failures.pop()
        return "here"

    assert ingest_dogs.retry(call, pauses.append) == "here"
    assert len(pauses) == 2
    assert all(0 < pause <= ingest_dogs.MAX_PAUSE_SECONDS for pause in pauses)


def test_an_error_that_does_not_end_is_raised_after_the_last_try() -> None:
    tries: list[int] = []

    def call() -> None:
        tries.append(1)
        raise DogApiUnavailable("It is down.")

    with pytest.raises(DogApiUnavailable):
        ingest_dogs.retry(call, lambda _pause: None)
    assert len(tries) == ingest_dogs.MAX_TRIES


def test_the_api_is_called_until_it_has_no_new_pictures(backends: Backends) -> None:
    address = f"{backends.settings.dog_api_url}/api/breed/hound/images/random"
    few = json.dumps({"message": [ADDRESS, ADDRESS], "status": "success"}).encode()
    pages: Any = Pages({f"{address}/3": few, f"{address}/2": few})
    options = argparse.Namespace(count=3, breed="hound")
    found = list(ingest_dogs.addresses_from_api(replace(backends, downloader=pages), options))
    assert found == [ADDRESS]
    assert len(pages.asked) == 1 + ingest_dogs.MAX_ANSWERS_WITHOUT_NEW


def test_a_picture_that_a_file_names_twice_is_read_once(tmp_path: Path) -> None:
    spelt = ADDRESS.replace("hound", "%68ound") + "?size=full"
    (tmp_path / "urls").write_text(f"# dogs\n\n{ADDRESS}\n{ADDRESS}\nno address\n{spelt}\n")
    assert list(ingest_dogs.addresses_in_file(tmp_path / "urls")) == [spelt, "no address"]


def test_a_line_that_is_not_an_address_fails_and_the_others_do_not(
    backends: Backends, capsys: pytest.CaptureFixture[str]
) -> None:
    addresses: list[object] = ["https://example.test/a.jpg", None, ADDRESS]
    assert ingest_dogs.ingest_all(serving(backends, photo()), addresses, 2) == 1
    out = " ".join(capsys.readouterr().out.split())
    assert "https://example.test/a.jpg: The host is not one of INGEST_HOSTS, and the address does not end in" in out
    assert "None: It is not an address that begins with https://." in out
    assert "dog API" not in out
    assert stage.keys(backends.settings.dog_bucket) == [KEY]


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "urls").write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidRequest, match="is not UTF-8 text"):
        list(ingest_dogs.addresses_in_file(tmp_path / "urls"))


@pytest.mark.parametrize("way", [[], ["--on-aws"]])
def test_a_file_without_an_address_is_one_sentence(way: list[str], tmp_path: Path, backends: Backends) -> None:
    (tmp_path / "urls").write_text("# none yet\n\n")
    options = ingest_dogs.read_options(["--urls", str(tmp_path / "urls"), *way])
    with pytest.raises(InvalidRequest, match=r"urls has no addresses of pictures\.$"):
        ingest_dogs.chosen_addresses(backends, options)


def test_what_cannot_be_sent_to_the_state_machine_says_why(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    addresses: list[object] = ["x" * (ingest_dogs.MAX_ADDRESS + 1), None]
    with mock_aws():
        assert ingest_dogs.ingest_on_aws(settings, addresses) == 1
    assert " ".join(capsys.readouterr().out.split()).count("It is no text of at most 2,000 characters.") == 2


def test_pictures_with_one_name_and_different_formats_are_stored_separately(backends: Backends) -> None:
    results = []
    for image_format, suffix in (("JPEG", ".jpg"), ("PNG", ".png"), ("WEBP", ".webp")):
        address = ADDRESS.replace(".jpg", suffix)
        served = serving(backends, photo(image_format=image_format), address)
        results.append(ingest_dogs.ingest(served, read_address(address)))
    assert [each.outcome for each in results] == ["stored"] * 3
    names = [KEY.replace(".jpg", suffix) for suffix in (".jpg", ".png", ".webp.jpg")]
    assert stage.keys(backends.settings.dog_bucket) == names


def test_a_picture_that_is_deleted_before_its_row_is_written_gets_an_expired_row(backends: Backends) -> None:
    stored = backends.storage
    losing: Any = Losing(stored)
    ingest_dogs.ingest(replace(serving(backends, photo()), storage=losing), PICTURE)
    row = backends.dogs.find(KEY)
    assert row
    assert row.expired


def test_a_failure_is_printed_and_sets_the_exit_status(backends: Backends, capsys: pytest.CaptureFixture[str]) -> None:
    other = ADDRESS.replace("_1003", "_1004")
    served = serving(backends, photo())
    served.downloader.answers[other] = b"<html>"  # type: ignore[attr-defined]  # it is the test's own
    assert ingest_dogs.ingest_all(served, [ADDRESS, other], 2) == 1
    out = capsys.readouterr().out
    assert "n02088094_1004.jpg: n02088094_1004.jpg is not an image" in out
    assert ingest_dogs.ingest_all(served, [ADDRESS], 2) == 0


def test_a_ctrl_c_leaves_pictures_out_and_sets_the_exit_status(
    backends: Backends, capsys: pytest.CaptureFixture[str]
) -> None:
    class Interrupted:
        def get(self, _url: str) -> bytes:
            os.kill(os.getpid(), signal.SIGINT)
            # The handler runs in the main thread, so wait until it has.
            while signal.getsignal(signal.SIGINT) is not interrupt.end_at_once:
                time.sleep(0.001)
            return photo()

    downloader: Any = Interrupted()
    addresses: list[object] = [ADDRESS, ADDRESS.replace("_1003", "_1004")]
    assert ingest_dogs.ingest_all(replace(backends, downloader=downloader), addresses, 1) == 130
    assert re.search(r"not reached\W+1\b", capsys.readouterr().out)
