"""S3 keeps objects, a run dies: nothing is lost, nothing is forgotten, and people are told."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from chalicelib.aws.clients import Clients
from chalicelib.aws.storage import Storage, StoredVersion
from chalicelib.backends import Backends
from chalicelib.errors import BackendUnavailable
from chalicelib.flows import cleanup
from chalicelib.records import Status
from chalicelib.settings import CleanupMode
from tests import stage
from tests.flows.cleanup.cleaning import after, everything_left, plenty, posted, put_by_hand, with_cleanup


@dataclass
class Stubborn:
    """Storage that keeps one object of each batch: for the first `tries` calls, or for ever."""

    inner: Storage
    tries: int
    seen: dict[str, int] = field(default_factory=dict)
    calls: int = 0

    def delete_versions(self, bucket: str, versions: Sequence[StoredVersion]) -> list[StoredVersion]:
        self.calls += 1
        chosen = versions[0]
        self.seen[chosen.key] = self.seen.get(chosen.key, 0) + 1
        if chosen.key.startswith("cleanup/") or self.seen[chosen.key] > self.tries:
            return self.inner.delete_versions(bucket, versions)
        return [chosen, *self.inner.delete_versions(bucket, versions[1:])] if versions[1:] else [chosen]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def test_what_s3_keeps_inside_its_200_is_tried_again(backends: Backends) -> None:
    backends = with_cleanup(backends)
    image = posted(backends)
    stubborn: Any = Stubborn(backends.storage, tries=1)
    outcome = cleanup.handle(replace(backends, storage=stubborn), plenty)
    assert (outcome.deleted, outcome.failed, everything_left(backends)) == (2, 0, [])
    assert backends.catalog.get(image.id).status is Status.EXPIRED


def test_what_cannot_be_deleted_is_reported_and_its_record_stays_true(backends: Backends) -> None:
    backends = with_cleanup(backends)
    inbox = stage.Inbox(backends.settings.alarms_topic)
    image = posted(backends)
    stubborn: Any = Stubborn(backends.storage, tries=99)

    outcome = cleanup.handle(replace(backends, storage=stubborn), plenty)

    assert (outcome.deleted, outcome.failed) == (1, 1)
    assert [version.key for version in everything_left(backends)] == [image.variants["processed"].key]
    kept = backends.catalog.get(image.id)
    assert (kept.status, set(kept.variants)) == (Status.COMPLETED, {"processed"})
    (told,) = inbox.read()
    assert "failed: 1" in told["Message"]


def test_a_run_that_dies_between_objects_and_records_is_finished_by_the_next(backends: Backends) -> None:
    backends = with_cleanup(backends)
    stage.Inbox(backends.settings.alarms_topic)
    images = [posted(backends), put_by_hand(backends, "uploads/a.jpg")]
    dying = stage.with_failures(backends, catalog={"find_many": 1})
    with pytest.raises(BackendUnavailable):
        cleanup.handle(dying, plenty)
    assert [backends.catalog.get(image.id).status for image in images] == [Status.COMPLETED] * 2
    assert [version.key.split("/")[0] for version in everything_left(backends)] == ["cleanup"]

    cleanup.handle(backends, plenty)

    assert [backends.catalog.get(image.id).status for image in images] == [Status.EXPIRED] * 2
    assert everything_left(backends) == []


def test_why_s3_keeps_an_object_is_in_the_log(backends: Backends, caplog: pytest.LogCaptureFixture) -> None:
    backends = with_cleanup(backends)
    stage.Inbox(backends.settings.alarms_topic)
    posted(backends)
    clients = Clients(None)

    def refuse(parsed: dict[str, Any], **_: object) -> None:
        parsed["Errors"] = [{"Key": "a", "VersionId": "null", "Code": "AccessDenied", "Message": "locked"}]

    clients.s3.meta.events.register("after-call.s3.DeleteObjects", refuse)
    cleanup.handle(replace(backends, storage=Storage(clients)), plenty)
    [told] = {str(vars(each)["codes"]) for each in caplog.records if each.getMessage() == "S3 kept objects"}
    assert told == "{'AccessDenied': 1}"


@pytest.mark.parametrize("changes", [{"until": None}, {"mode": CleanupMode.OFF}])
def test_a_run_that_may_not_delete_finishes_what_another_left(backends: Backends, changes: dict[str, Any]) -> None:
    backends = with_cleanup(backends)
    stage.Inbox(backends.settings.alarms_topic)
    image = posted(backends)
    with pytest.raises(BackendUnavailable):
        cleanup.handle(stage.with_failures(backends, catalog={"find_many": 1}), plenty)
    later = posted(backends)

    outcome = cleanup.handle(with_cleanup(backends, **changes), plenty)

    assert (outcome.deleted, outcome.failed) == (0, 0)
    assert backends.catalog.get(image.id).status is Status.EXPIRED
    assert backends.catalog.get(later.id).status is Status.COMPLETED
    assert sorted(each.key for each in everything_left(backends)) == sorted(
        each.key for each in later.variants.values()
    )


@pytest.mark.parametrize(
    "text", [b"\xff\xd8", b"{}", b"[]", b'{"bucket": "another", "objects": []}', b"[" * 100_000, b'{"objects": 1}']
)
def test_a_journal_that_cannot_be_read_is_told_and_stops_nothing(backends: Backends, text: bytes) -> None:
    backends = with_cleanup(backends)
    inbox = stage.Inbox(backends.settings.alarms_topic)
    journal = "cleanup/0123456789abcdef.json"
    stage.put(backends.settings.images_bucket, journal, text)
    posted(backends)

    outcome = cleanup.handle(backends, plenty)

    assert (outcome.deleted, outcome.failed) == (2, 1)
    assert [each.key for each in everything_left(backends)] == [journal]
    assert "failed: 1" in inbox.read()[0]["Message"]


def test_the_journal_of_a_run_that_may_be_at_work_stays(backends: Backends) -> None:
    backends = with_cleanup(backends, until=None)
    image = posted(backends)
    lines = [[variant.key, "etag"] for variant in image.variants.values()]
    text = json.dumps({"bucket": backends.settings.images_bucket, "objects": lines}).encode()
    stage.put(backends.settings.images_bucket, "cleanup/0123456789abcdef.json", text)

    cleanup.handle(backends, plenty)
    assert len(everything_left(backends)) == 3
    cleanup.handle(after(backends, 0.02), plenty)
    assert len(everything_left(backends)) == 2
    assert backends.catalog.get(image.id) == image
