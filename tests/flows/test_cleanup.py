"""The clean-up deletes what its settings name, nothing else, and leaves no record that names what is gone."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.aws.dogs import DogUpload
from chalicelib.aws.storage import Storage, StoredVersion
from chalicelib.backends import Backends
from chalicelib.errors import BackendUnavailable, ImageExpired, ImageNotFound
from chalicelib.flows import browse, cleanup, expiry, resize, upload
from chalicelib.flows.admission import Photo
from chalicelib.records import ImageRecord, Status
from chalicelib.settings import CleanupMode
from tests import stage
from tests.flows.photos import photo

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def plenty() -> int:
    return 900_000


def with_cleanup(backends: Backends, **changes: Any) -> Backends:
    """Give the stage other settings of the clean-up; by default it empties everything, now as AWS counts."""
    defaults: dict[str, Any] = {"mode": CleanupMode.EVERYTHING, "until": datetime.now(UTC) + timedelta(hours=24)}
    settings = backends.settings
    changed = replace(settings.cleanup, **(defaults | changes))
    return replace(backends, settings=replace(settings, cleanup=changed), now=lambda: datetime.now(UTC))


def after(backends: Backends, days: float) -> Backends:
    """Let the clock stand days after AWS's own, which stamps the objects."""
    return replace(backends, now=lambda: datetime.now(UTC) + timedelta(days=days))


def posted(backends: Backends, owner: str = "ann") -> ImageRecord:
    return upload.receive(backends, Photo(photo(), owner))


def put_by_hand(backends: Backends, key: str) -> ImageRecord:
    stage.put(backends.settings.images_bucket, key, photo())
    resize.handle(backends, backends.settings.images_bucket, key, "delivery")
    return backends.catalog.newest_from(["system"], key)


def everything_left(backends: Backends, bucket: str | None = None) -> list[StoredVersion]:
    return [each for page in backends.storage.versions(bucket or backends.settings.images_bucket) for each in page]


def test_everything_empties_the_bucket_and_expires_the_records(backends: Backends) -> None:
    here = with_cleanup(backends)
    images = [posted(here), put_by_hand(here, "uploads/a b.jpg")]
    stage.put(here.settings.landing_bucket, "left.jpg", b"x")

    outcome = cleanup.handle(here, plenty)

    assert everything_left(here) == everything_left(here, here.settings.landing_bucket) == []
    assert (outcome.scanned, outcome.deleted, outcome.failed, outcome.finished) == (6, 6, 0, True)
    for image in images:
        assert here.catalog.get(image.id).status is Status.EXPIRED
        assert here.catalog.get(image.id).variants == {}
        with pytest.raises(ImageExpired):
            browse.content_link(here, image.id, None)


@pytest.mark.parametrize(
    ("stage_name", "until"),
    [("test", None), ("test", timedelta(seconds=-1)), ("prod", timedelta(hours=1))],
)
def test_a_guard_keeps_everything_when_emptying_is_not_allowed(
    backends: Backends,
    stage_name: str,
    until: timedelta | None,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    here = with_cleanup(backends, until=until and datetime.now(UTC) + until)
    here = replace(here, settings=replace(here.settings, stage=stage_name))
    image = posted(here)

    outcome = cleanup.handle(here, plenty)

    assert outcome.refused
    assert (outcome.scanned, outcome.deleted, len(everything_left(here))) == (0, 0, 2)
    assert here.catalog.get(image.id).status is Status.COMPLETED
    assert '"CleanupRefused":[1.0]' in capsys.readouterr().out.replace(" ", "")
    assert [vars(line).get("refused") for line in caplog.records][-1] == outcome.refused


def test_off_does_nothing(backends: Backends) -> None:
    here = with_cleanup(backends, mode=CleanupMode.OFF)
    posted(here)
    assert cleanup.handle(here, plenty).scanned == 0
    assert len(everything_left(here)) == 2


def test_expired_takes_what_is_older_than_its_age_and_nothing_else(backends: Backends) -> None:
    here = with_cleanup(backends, mode=CleanupMode.EXPIRED, max_age_days=2, until=None)
    image = posted(here)

    assert cleanup.handle(after(here, 1.9), plenty).deleted == 0
    assert here.catalog.get(image.id).status is Status.COMPLETED
    assert cleanup.handle(after(here, 2.1), plenty).deleted == 2
    assert here.catalog.get(image.id).status is Status.EXPIRED


def test_a_dry_run_counts_and_deletes_nothing(backends: Backends) -> None:
    here = with_cleanup(backends)
    image = posted(here)
    outcome = cleanup.handle(here, plenty, dry_run=True)
    sizes = sum(version.size for version in everything_left(here))
    assert (outcome.deleted, outcome.bytes, outcome.dry_run) == (2, sizes, True)
    assert here.catalog.get(image.id).status is Status.COMPLETED


def test_spared_prefixes_and_buckets_that_are_no_target_stay(backends: Backends) -> None:
    here = with_cleanup(backends, keep=("processed/",), targets=("images",))
    image = posted(here)
    stage.put(here.settings.landing_bucket, "left.jpg", b"x")

    outcome = cleanup.handle(here, plenty)

    kept = here.catalog.get(image.id)
    assert (outcome.deleted, outcome.spared) == (1, 1)
    assert (kept.status, set(kept.variants)) == (Status.COMPLETED, {"processed"})
    assert stage.keys(here.settings.landing_bucket) == ["left.jpg"]


def test_versions_and_delete_markers_go_as_well(backends: Backends) -> None:
    here = with_cleanup(backends)
    bucket = here.settings.images_bucket
    stage.s3().put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    put_by_hand(here, "uploads/a.jpg")
    stage.put(bucket, "uploads/a.jpg", b"another")
    stage.s3().delete_object(Bucket=bucket, Key="uploads/a.jpg")
    assert len(everything_left(here)) == 5

    assert cleanup.handle(here, plenty).deleted == 5
    assert everything_left(here) == []


def test_it_stops_before_lambda_would_end_it_and_the_next_run_goes_on(backends: Backends) -> None:
    here = with_cleanup(backends)
    posted(here)
    assert cleanup.handle(here, lambda: 29_999).finished is False
    assert len(everything_left(here)) == 2
    assert cleanup.handle(here, lambda: 30_000).finished is True
    assert everything_left(here) == []


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
    here = with_cleanup(backends)
    image = posted(here)
    stubborn: Any = Stubborn(here.storage, tries=1)
    outcome = cleanup.handle(replace(here, storage=stubborn), plenty)
    assert (outcome.deleted, outcome.failed, everything_left(here)) == (2, 0, [])
    assert here.catalog.get(image.id).status is Status.EXPIRED


def test_what_cannot_be_deleted_is_reported_and_its_record_stays_true(backends: Backends) -> None:
    here = with_cleanup(backends)
    inbox = stage.Inbox(here.settings.alarms_topic)
    image = posted(here)
    stubborn: Any = Stubborn(here.storage, tries=99)

    outcome = cleanup.handle(replace(here, storage=stubborn), plenty)

    assert (outcome.deleted, outcome.failed) == (1, 1)
    assert [version.key for version in everything_left(here)] == [image.variants["processed"].key]
    kept = here.catalog.get(image.id)
    assert (kept.status, set(kept.variants)) == (Status.COMPLETED, {"processed"})
    (told,) = inbox.read()
    assert "failed: 1" in told["Message"]


def test_a_run_that_dies_between_objects_and_records_is_finished_by_the_next(backends: Backends) -> None:
    here = with_cleanup(backends)
    stage.Inbox(here.settings.alarms_topic)
    images = [posted(here), put_by_hand(here, "uploads/a.jpg")]
    dying = stage.with_failures(here, catalog={"find_many": 1})
    with pytest.raises(BackendUnavailable):
        cleanup.handle(dying, plenty)
    assert [here.catalog.get(image.id).status for image in images] == [Status.COMPLETED] * 2
    assert [version.key.split("/")[0] for version in everything_left(here)] == ["cleanup"]

    cleanup.handle(here, plenty)

    assert [here.catalog.get(image.id).status for image in images] == [Status.EXPIRED] * 2
    assert everything_left(here) == []


def test_a_photo_that_is_dropped_again_after_its_time_is_made_anew(backends: Backends) -> None:
    here = with_cleanup(backends)
    first = put_by_hand(here, "uploads/a.jpg")
    cleanup.handle(here, plenty)
    again = put_by_hand(here, "uploads/a.jpg")
    assert (again.id, again.status) == (first.id, Status.COMPLETED)


def test_an_image_that_is_finished_while_its_objects_go_does_not_come_back(backends: Backends) -> None:
    image = posted(backends)
    under_way = replace(image, status=Status.PROCESSING)
    backends.catalog.replace(under_way)
    keys = [(variant.key, "etag") for variant in image.variants.values()]
    expiry.follow(backends, backends.settings.images_bucket, keys)
    with pytest.raises(ImageNotFound):
        backends.catalog.replace(image)
    assert backends.catalog.get(image.id).status is Status.EXPIRED


def test_a_rejected_image_stays_rejected(backends: Backends) -> None:
    here = with_cleanup(backends)
    stage.put(here.settings.images_bucket, "uploads/a.txt", b"no photo")
    resize.handle(here, here.settings.images_bucket, "uploads/a.txt", "delivery")
    rejected = here.catalog.newest_from(["system"], "uploads/a.txt")
    cleanup.handle(here, plenty)
    assert here.catalog.get(rejected.id) == replace(rejected, variants={})


def test_the_row_of_a_dog_that_is_gone_says_so(backends: Backends) -> None:
    here = with_cleanup(backends)
    key = "html/pug-1.jpg"
    stage.put(here.settings.dog_bucket, key, photo())
    here.dogs.record(DogUpload(key, "https://example.org/1", "2026-03-01T12:00:00.000Z", "jpeg", False), "run")
    cleanup.handle(here, plenty)
    row = here.dogs.find(key)
    assert row is not None
    assert row.expired


def test_a_dog_without_a_row_gets_none(backends: Backends) -> None:
    here = with_cleanup(backends)
    stage.put(here.settings.dog_bucket, "html/pug-1.jpg", photo())
    cleanup.handle(here, plenty)
    assert here.dogs.find("html/pug-1.jpg") is None
