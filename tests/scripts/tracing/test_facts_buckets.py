"""The same key in the images and the landing bucket is two photos, and a key without its bucket may be of either."""

import sys

import pytest

from chalicelib.backends import Backends
from chalicelib.flows import images
from chalicelib.records import Status
from scripts import why
from scripts.tracing.meaning import explain
from tests import stage
from tests.flows.deliveries import put_and_resize, put_and_sanitize
from tests.flows.photos import photo, photo_with_metadata
from tests.scripts.tracing.test_facts import look

KEY = "uploads/same.jpg"


@pytest.fixture(autouse=True)
def queue(backends: Backends) -> str:
    assert backends.settings.stage == "test"
    return str(stage.sqs().create_queue(QueueName="darkroom-test-dead-letters")["QueueUrl"])


def test_each_bucket_has_its_own_record_of_a_key(backends: Backends) -> None:
    put_and_sanitize(backends, KEY, photo_with_metadata())
    put_and_resize(backends, KEY, b"13 bytes text")

    settings = backends.settings
    landed = look(backends, f"s3://{settings.landing_bucket}/{KEY}").record
    rejected = look(backends, f"s3://{settings.images_bucket}/{KEY}").record
    assert landed
    assert rejected
    assert (landed.status, rejected.status) == (Status.COMPLETED, Status.REJECTED)
    assert look(backends, KEY).record == rejected
    assert look(backends, f"s3://elsewhere/{KEY}").record is None


def test_the_api_finds_the_photo_of_the_images_bucket_behind_newer_ones_of_the_landing_bucket(
    backends: Backends,
) -> None:
    resized = put_and_resize(backends, KEY, photo())
    for _ in range(21):
        put_and_sanitize(backends, KEY, photo_with_metadata())

    assert images.show_by_key(backends, "ann", KEY).record.id == resized.id


def test_a_key_that_only_one_bucket_has_is_found_there(backends: Backends) -> None:
    stage.put(backends.settings.images_bucket, "photos/a.jpg", photo())
    facts = look(backends, "photos/a.jpg")
    assert (facts.bucket, facts.size) == (backends.settings.images_bucket, len(photo()))
    assert "only for keys below uploads/" in explain(facts, backends.settings, backends.now())

    landed = put_and_sanitize(backends, "uploads/b.jpg", photo_with_metadata())
    assert look(backends, "uploads/b.jpg").record == landed


@pytest.mark.parametrize("what", ["", "s3://", "s3://bucket", "s3://bucket/"])
def test_a_name_without_a_key_is_a_usage_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    monkeypatch.setattr(sys, "argv", ["why", what])
    with pytest.raises(SystemExit) as ended:
        why.main()
    assert ended.value.code == 2
    assert "s3://bucket/key" in capsys.readouterr().err
