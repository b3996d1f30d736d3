"""Batches are deleted with a journal, so that a run that dies leaves no record wrong."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from chalicelib.aws.storage import Storage, StoredVersion
from chalicelib.backends import Backends
from chalicelib.errors import BackendUnavailable
from chalicelib.flows import cleanup
from chalicelib.flows.cleanup import delete
from chalicelib.records import Status
from tests import stage
from tests.flows.cleanup.cleaning import (
    KeepsFirst,
    days_later,
    enough_time,
    post_photo,
    put_photo,
    versions_in,
    with_cleanup,
)

RUN = "0123456789abcdef"
JOURNAL = f"cleanup/{RUN}.json"


@dataclass
class ReadsJournal:
    """Storage that reads the journal at each deletion of other objects."""

    inner: Storage
    bucket: str
    journal: Any = None

    def delete_versions(self, bucket: str, versions: Sequence[StoredVersion]) -> list[StoredVersion]:
        self.journal = json.loads(stage.read(self.bucket, JOURNAL))
        return self.inner.delete_versions(bucket, versions)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@pytest.mark.parametrize(
    ("key", "is_one"),
    [
        (JOURNAL, True),
        ("cleanup/0123456789ABCDEF.json", False),
        ("cleanup/0123456789abcde.json", False),
        (f"x{JOURNAL}", False),
        (f"{JOURNAL}\n", False),
    ],
)
def test_a_journal_has_a_name_of_16_hex_digits(backends: Backends, key: str, *, is_one: bool) -> None:
    assert delete.is_journal(backends, backends.settings.images_bucket, key) is is_one
    assert not delete.is_journal(backends, backends.settings.landing_bucket, key)


def test_the_journal_names_bucket_keys_and_versions_before_anything_is_deleted(backends: Backends) -> None:
    landing, images = backends.settings.landing_bucket, backends.settings.images_bucket
    stage.put(landing, "a.jpg", b"a")
    storage: Any = ReadsJournal(backends.storage, images)
    batch = versions_in(backends, landing)

    assert delete.delete_batch(replace(backends, storage=storage), landing, RUN, batch) == batch

    assert storage.journal == {"bucket": landing, "objects": [["a.jpg", batch[0].etag, batch[0].version_id, True]]}
    assert stage.keys(landing) == []
    assert stage.keys(images) == [JOURNAL]


def test_each_batch_overwrites_the_journal_and_closing_deletes_all_its_versions(backends: Backends) -> None:
    bucket = backends.settings.images_bucket
    for key in ("a", "b"):
        stage.put(bucket, key, b"x")
        batch = [each for each in versions_in(backends) if each.key == key]
        delete.delete_batch(backends, bucket, RUN, batch)
    assert json.loads(stage.read(bucket, JOURNAL))["objects"] == [["b", batch[0].etag, batch[0].version_id, True]]
    stage.put(bucket, f"{JOURNAL}.txt", b"another object with the same prefix")

    delete.close_journal(backends, RUN)

    assert [each.key for each in versions_in(backends)] == [f"{JOURNAL}.txt"]


def test_a_version_that_no_record_names_expires_no_record(backends: Backends) -> None:
    bucket, image = backends.settings.images_bucket, post_photo(backends)
    newer = stage.put(bucket, image.variants["processed"].key, b"a newer version")
    batch = [each for each in versions_in(backends) if each.version_id == newer.version_id]

    assert delete.delete_batch(backends, bucket, RUN, batch) == batch

    assert backends.catalog.get(image.id) == image


def test_the_record_of_an_overwritten_version_loses_it(backends: Backends) -> None:
    bucket, image = backends.settings.images_bucket, post_photo(backends)
    stage.put(bucket, image.variants["processed"].key, b"a newer version")
    older = [each for each in versions_in(backends) if not each.latest]

    assert delete.delete_batch(backends, bucket, RUN, older) == older

    record = backends.catalog.get(image.id)
    assert (record.status, set(record.variants)) == (Status.EXPIRED, {"resized"})


def test_a_journal_of_an_earlier_release_names_keys_and_etags(backends: Backends) -> None:
    bucket, image = backends.settings.images_bucket, post_photo(backends)
    unversioned = {name: replace(each, version_id="") for name, each in image.variants.items()}
    backends.catalog.update(replace(image, variants=unversioned))
    gone = image.variants["processed"]
    journal = json.dumps({"bucket": bucket, "objects": [[gone.key, gone.etag]]}).encode()
    stage.put(bucket, JOURNAL, journal)
    stage.s3().delete_object(Bucket=bucket, Key=gone.key)

    assert delete.recover(backends) == 0

    assert backends.catalog.get(image.id).status is Status.EXPIRED


def test_a_batch_of_delete_markers_needs_no_journal(backends: Backends) -> None:
    bucket = backends.settings.images_bucket
    stage.put(bucket, "uploads/a.jpg", b"x")
    stage.s3().delete_object(Bucket=bucket, Key="uploads/a.jpg")
    version, marker = versions_in(backends)

    assert delete.delete_batch(backends, bucket, RUN, [marker]) == [marker]

    assert [each.version_id for each in versions_in(backends)] == [version.version_id]


def test_what_s3_does_not_delete_is_retried(backends: Backends) -> None:
    backends = with_cleanup(backends)
    image = post_photo(backends)
    storage: Any = KeepsFirst(backends.storage, tries=1)
    outcome = cleanup.handle(replace(backends, storage=storage), enough_time)
    assert (outcome.deleted, outcome.failed, versions_in(backends)) == (2, 0, [])
    assert backends.catalog.get(image.id).status is Status.EXPIRED


def test_the_next_run_finishes_a_run_that_died_between_objects_and_records(backends: Backends) -> None:
    backends = with_cleanup(backends)
    stage.Inbox(backends.settings.alarms_topic)
    images = [post_photo(backends), put_photo(backends, "uploads/a.jpg")]
    dying = stage.with_failures(backends, catalog={"find_many": 1})
    with pytest.raises(BackendUnavailable):
        cleanup.handle(dying, enough_time)
    assert [backends.catalog.get(image.id).status for image in images] == [Status.COMPLETED] * 2
    assert [version.key.split("/")[0] for version in versions_in(backends)] == ["cleanup"]

    cleanup.handle(backends, enough_time)

    assert [backends.catalog.get(image.id).status for image in images] == [Status.EXPIRED] * 2
    assert versions_in(backends) == []


@pytest.mark.parametrize(
    "text", [b"\xff\xd8", b"{}", b"[]", b'{"bucket": "another", "objects": []}', b"[" * 100_000, b'{"objects": 1}']
)
def test_a_journal_that_cannot_be_read_is_reported_and_stops_nothing(backends: Backends, text: bytes) -> None:
    backends = with_cleanup(backends)
    inbox = stage.Inbox(backends.settings.alarms_topic)
    stage.put(backends.settings.images_bucket, JOURNAL, text)
    post_photo(backends)

    outcome = cleanup.handle(backends, enough_time)

    assert (outcome.deleted, outcome.failed) == (2, 1)
    assert [each.key for each in versions_in(backends)] == [JOURNAL]
    assert "failed: 1" in inbox.read()[0]["Message"]


def test_an_archived_journal_stops_nothing(backends: Backends) -> None:
    backends = with_cleanup(backends)
    stage.Inbox(backends.settings.alarms_topic)
    stage.s3().put_object(Bucket=backends.settings.images_bucket, Key=JOURNAL, Body=b"{}", StorageClass="GLACIER")
    post_photo(backends)

    outcome = cleanup.handle(backends, enough_time)

    assert (outcome.deleted, outcome.failed) == (2, 1)


def test_a_journal_whose_objects_exist_stays_while_its_run_may_be_in_progress(backends: Backends) -> None:
    backends = with_cleanup(backends, until=None)
    image = post_photo(backends)
    lines = [[variant.key, "etag"] for variant in image.variants.values()]
    text = json.dumps({"bucket": backends.settings.images_bucket, "objects": lines}).encode()
    stage.put(backends.settings.images_bucket, JOURNAL, text)

    cleanup.handle(backends, enough_time)
    assert len(versions_in(backends)) == 3
    cleanup.handle(days_later(backends, 0.02), enough_time)
    assert len(versions_in(backends)) == 2
    assert backends.catalog.get(image.id) == image


def test_a_journal_is_finished_by_version_not_by_key(backends: Backends) -> None:
    """The photo of another image is under the key now."""
    bucket, image = backends.settings.images_bucket, post_photo(backends)
    gone = image.variants["processed"]
    journal = json.dumps({"bucket": bucket, "objects": [[gone.key, gone.etag, gone.version_id, True]]}).encode()
    stage.put(bucket, JOURNAL, journal)
    backends.storage.delete_objects(bucket, [(gone.key, gone.version_id)])
    stage.put(bucket, gone.key, b"another")

    assert delete.recover(backends) == 0

    assert set(backends.catalog.get(image.id).variants) == {"resized"}
    assert JOURNAL not in stage.keys(bucket)


def test_a_batch_whose_call_fails_is_counted_and_the_run_goes_on(backends: Backends) -> None:
    backends = with_cleanup(backends)
    post_photo(backends)
    stage.put(backends.settings.landing_bucket, "a.jpg", b"a")
    inbox = stage.Inbox(backends.settings.alarms_topic)
    failing = stage.with_failures(backends, storage={"delete_versions": 3})

    outcome = cleanup.handle(failing, enough_time)

    assert (outcome.failed, outcome.deleted, outcome.finished) == (2, 1, True)
    assert "failed: 2" in inbox.read()[0]["Message"]
    assert stage.versions(backends.settings.landing_bucket) == []
