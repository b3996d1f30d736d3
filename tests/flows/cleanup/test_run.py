"""A run deletes only what the settings allow, and reports its outcome."""

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.backends import Backends
from chalicelib.errors import BackendUnavailable, ImageExpired
from chalicelib.flows import cleanup, images
from chalicelib.records import Status
from chalicelib.settings import CleanupMode, Settings
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

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_everything_empties_both_buckets_and_expires_the_records(backends: Backends) -> None:
    backends = with_cleanup(backends)
    records = [post_photo(backends), put_photo(backends, "uploads/a b.jpg")]
    stage.put(backends.settings.landing_bucket, "left.jpg", b"x")

    outcome = cleanup.handle(backends, enough_time)

    assert versions_in(backends) == versions_in(backends, backends.settings.landing_bucket) == []
    assert (outcome.scanned, outcome.deleted, outcome.failed, outcome.finished) == (6, 6, 0, True)
    for image in records:
        assert backends.catalog.get(image.id).status is Status.EXPIRED
        assert backends.catalog.get(image.id).variants == {}
        with pytest.raises(ImageExpired):
            images.content_link(backends, image.owner, image.id, None)


@pytest.mark.parametrize(
    ("stage_name", "until", "failures"),
    [("test", None, 1), ("test", timedelta(seconds=-1), 0), ("prod", timedelta(hours=1), 1)],
)
def test_a_blocked_run_deletes_nothing(
    backends: Backends,
    stage_name: str,
    until: timedelta | None,
    failures: int,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    backends = with_cleanup(backends, until=until and datetime.now(UTC) + until)
    backends = replace(backends, settings=replace(backends.settings, stage=stage_name))
    image = post_photo(backends)

    outcome = cleanup.handle(backends, enough_time)

    assert outcome.blocked_reason
    assert (outcome.scanned, outcome.deleted, len(versions_in(backends))) == (0, 0, 2)
    assert backends.catalog.get(image.id).status is Status.COMPLETED
    # A stage whose day of emptying is over rests: no metric, so no alarm.
    assert capsys.readouterr().out.count('"CleanupRefused":1') == failures
    [line] = [each for each in caplog.records if each.message == "clean-up refused"]
    assert vars(line)["blocked_reason"] == outcome.blocked_reason
    assert line.levelname == ("WARNING" if failures else "INFO")


@pytest.mark.parametrize(
    ("mode", "stage_name", "until", "reason"),
    [
        (CleanupMode.EVERYTHING, "dev", NOON + timedelta(seconds=1), ""),
        (CleanupMode.EVERYTHING, "dev", NOON, "is past"),
        (CleanupMode.EVERYTHING, "dev", None, "needs CLEANUP_UNTIL"),
        (CleanupMode.EVERYTHING, "prod", NOON + timedelta(seconds=1), "not allowed in prod"),
        (CleanupMode.EXPIRED, "prod", None, ""),
        (CleanupMode.OFF, "prod", None, ""),
    ],
)
def test_only_everything_can_be_blocked(
    settings: Settings, mode: CleanupMode, stage_name: str, until: datetime | None, reason: str
) -> None:
    chosen = replace(settings, stage=stage_name, cleanup=replace(settings.cleanup, mode=mode, until=until))

    blocked = cleanup.blocked_reason(chosen, NOON)

    assert bool(blocked) is bool(reason)
    assert reason in blocked


def test_off_does_nothing(backends: Backends) -> None:
    backends = with_cleanup(backends, mode=CleanupMode.OFF)
    post_photo(backends)
    assert cleanup.handle(backends, enough_time).scanned == 0
    assert len(versions_in(backends)) == 2


def test_expired_deletes_only_what_is_older_than_its_age(backends: Backends) -> None:
    backends = with_cleanup(backends, mode=CleanupMode.EXPIRED, max_age_days=2, until=None)
    image = post_photo(backends)

    assert cleanup.handle(days_later(backends, 1.9), enough_time).deleted == 0
    assert backends.catalog.get(image.id).status is Status.COMPLETED
    assert cleanup.handle(days_later(backends, 2.1), enough_time).deleted == 2
    assert backends.catalog.get(image.id).status is Status.EXPIRED


def test_a_dry_run_counts_and_deletes_nothing(backends: Backends) -> None:
    backends = with_cleanup(backends)
    image = post_photo(backends)
    outcome = cleanup.handle(backends, enough_time, dry_run=True)
    sizes = sum(version.size for version in versions_in(backends))
    assert (outcome.deleted, outcome.bytes, outcome.dry_run) == (2, sizes, True)
    assert backends.catalog.get(image.id).status is Status.COMPLETED


def test_a_bucket_that_is_no_target_is_not_cleaned(backends: Backends) -> None:
    backends = with_cleanup(backends, keep=("processed/",), targets=("images",))
    image = post_photo(backends)
    stage.put(backends.settings.landing_bucket, "left.jpg", b"x")

    outcome = cleanup.handle(backends, enough_time)

    kept = backends.catalog.get(image.id)
    assert (outcome.deleted, outcome.kept) == (1, 1)
    assert (kept.status, set(kept.variants)) == (Status.COMPLETED, {"processed"})
    assert stage.keys(backends.settings.landing_bucket) == ["left.jpg"]


def test_a_failed_deletion_is_published_and_its_record_does_not_change(backends: Backends) -> None:
    backends = with_cleanup(backends)
    inbox = stage.Inbox(backends.settings.alarms_topic)
    image = post_photo(backends)
    storage: Any = KeepsFirst(backends.storage, tries=99)

    outcome = cleanup.handle(replace(backends, storage=storage), enough_time)

    assert (outcome.deleted, outcome.failed) == (1, 1)
    assert [version.key for version in versions_in(backends)] == [image.variants["processed"].key]
    kept = backends.catalog.get(image.id)
    assert (kept.status, set(kept.variants)) == (Status.COMPLETED, {"processed"})
    (message,) = inbox.read()
    lines = dict(line.split(": ", 1) for line in message["Message"].splitlines())
    assert lines == {name: str(value) for name, value in asdict(outcome).items()}


def test_an_error_of_aws_is_published_and_raised(backends: Backends) -> None:
    backends = with_cleanup(backends)
    inbox = stage.Inbox(backends.settings.alarms_topic)
    post_photo(backends)

    stage.put(backends.settings.landing_bucket, "a.jpg", b"a")

    with pytest.raises(BackendUnavailable):
        cleanup.handle(stage.with_failures(backends, storage={"put": 1}), enough_time)

    # The next bucket had its turn.
    assert stage.versions(backends.settings.landing_bucket) == []
    (message,) = inbox.read()
    assert "failed: 1\n" in message["Message"]
    assert "finished: False\n" in message["Message"]
    assert "cause: AWS is not available." in message["Message"]


@pytest.mark.parametrize("changes", [{"until": None}, {"mode": CleanupMode.OFF}])
def test_a_run_that_may_delete_nothing_finishes_the_journal_of_another(
    backends: Backends, changes: dict[str, Any]
) -> None:
    backends = with_cleanup(backends)
    stage.Inbox(backends.settings.alarms_topic)
    image = post_photo(backends)
    with pytest.raises(BackendUnavailable):
        cleanup.handle(stage.with_failures(backends, catalog={"find_many": 1}), enough_time)
    later = post_photo(backends)

    outcome = cleanup.handle(with_cleanup(backends, **changes), enough_time)

    assert (outcome.deleted, outcome.failed) == (0, 0)
    assert backends.catalog.get(image.id).status is Status.EXPIRED
    assert backends.catalog.get(later.id).status is Status.COMPLETED
    assert sorted(each.key for each in versions_in(backends)) == sorted(each.key for each in later.variants.values())
