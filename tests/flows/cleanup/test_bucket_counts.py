"""What one run over a bucket deletes at once, in which order, and how it counts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.aws.deletion import DELETE_BATCH
from chalicelib.aws.storage import Storage, StoredVersion
from chalicelib.backends import Backends
from chalicelib.flows.cleanup.bucket import FLUSH_MS, STOP_MS, BucketCleaner, Outcome
from chalicelib.flows.cleanup.delete import RETRY_DELAYS
from tests.flows.cleanup.cleaning import with_cleanup

#: Milliseconds with which a page is deleted at once, and with which the run stops.
SHORT, OVER = STOP_MS + FLUSH_MS - 1, STOP_MS - 1


@dataclass
class Pages:
    """Storage that lists given pages, and notes what is deleted at once. It does not delete what it `keeps`."""

    inner: Storage
    pages: list[list[StoredVersion]]
    keeps: Sequence[StoredVersion] = ()
    batches: list[list[StoredVersion]] = field(default_factory=list)

    def versions(self, _bucket: str, _prefix: str = "") -> Iterator[list[StoredVersion]]:
        yield from self.pages

    def delete_versions(self, _bucket: str, versions: Sequence[StoredVersion]) -> list[StoredVersion]:
        self.batches.append(list(versions))
        return [each for each in versions if each in self.keeps]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def version(key: str, size: int = 1) -> StoredVersion:
    return StoredVersion(key, f"v-{key}", datetime(2026, 1, 1, tzinfo=UTC), latest=True, etag="e", size=size)


def marker(key: str) -> StoredVersion:
    return StoredVersion(key, f"m-{key}", datetime(2026, 1, 1, tzinfo=UTC), latest=True)


def clean(backends: Backends, storage: Pages, *remaining: int) -> Outcome:
    """Clean the images bucket, and return the outcome, to which an earlier bucket had added 10 to each count."""
    # The run looks at the time before it reads a page, and after it.
    times = iter(remaining or [900_000] * 2 * len(storage.pages))
    outcome = Outcome("everything", False, 10, 10, 10, 10, 10, 10)
    changed: Any = storage
    backends = replace(with_cleanup(backends), storage=changed)
    bucket = backends.settings.images_bucket
    BucketCleaner(backends, bucket, "0123456789abcdef", outcome, lambda: next(times), lambda: "").run()
    return outcome


def counts(outcome: Outcome) -> tuple[int, ...]:
    """Return how many versions were scanned, deleted, kept, failed and not reached, and the deleted bytes."""
    found = (outcome.scanned, outcome.deleted, outcome.kept, outcome.failed, outcome.not_reached, outcome.bytes)
    return tuple(each - 10 for each in found)


def test_markers_go_after_the_versions_each_once(backends: Backends) -> None:
    page = [marker("a"), version("a", 5), marker("b"), version("b", 7)]
    storage = Pages(backends.storage, [page])

    outcome = clean(backends, storage)

    assert storage.batches == [[version("a", 5), version("b", 7)], [marker("a"), marker("b")]]
    assert counts(outcome) == (4, 4, 0, 0, 0, 12)


def test_the_marker_of_the_last_key_of_a_page_waits_for_the_next_page(backends: Backends) -> None:
    storage = Pages(backends.storage, [[marker("a"), marker("b")], [version("b")]])

    outcome = clean(backends, storage, *[SHORT] * 4)

    assert storage.batches == [[marker("a")], [version("b")], [marker("b")]]
    assert counts(outcome) == (3, 3, 0, 0, 0, 1)


def test_the_markers_of_every_key_whose_version_stays_stay_too(backends: Backends) -> None:
    pages = [[marker("a"), version("a")], [marker("b"), version("b")], [version("c", 3)]]
    storage = Pages(backends.storage, pages, keeps=[version("a"), version("b")])

    outcome = clean(backends, storage, *[SHORT] * 6)

    tries = 1 + len(RETRY_DELAYS)
    assert storage.batches == [[version("a")]] * tries + [[version("b")]] * tries + [[version("c", 3)]]
    assert counts(outcome) == (5, 1, 0, 2, 2, 3)


def test_what_waits_when_the_run_stops_is_counted_as_not_reached(backends: Backends) -> None:
    storage = Pages(backends.storage, [[marker("a"), version("a"), marker("b")], [version("c")]])

    outcome = clean(backends, storage, STOP_MS, STOP_MS + FLUSH_MS, OVER)

    assert (storage.batches, outcome.finished, outcome.stopped_at) == ([], False, "s3://darkroom-local-images/c")
    assert counts(outcome) == (3, 0, 0, 0, 3, 0)


@pytest.mark.parametrize(("listed", "deleted"), [(DELETE_BATCH - 1, 0), (DELETE_BATCH, DELETE_BATCH)])
def test_a_full_batch_of_versions_does_not_wait_for_the_next_page(
    backends: Backends, listed: int, deleted: int
) -> None:
    storage = Pages(backends.storage, [[version(f"{number:04}") for number in range(listed)], [version("z")]])

    outcome = clean(backends, storage, 900_000, 900_000, OVER)

    assert counts(outcome) == (listed, deleted, 0, 0, listed - deleted, deleted)


@pytest.mark.parametrize(("listed", "deleted"), [(DELETE_BATCH - 1, 0), (DELETE_BATCH, DELETE_BATCH - 1)])
def test_a_full_batch_of_markers_does_not_wait_for_the_next_page(backends: Backends, listed: int, deleted: int) -> None:
    """Only that of the last key waits."""
    storage = Pages(backends.storage, [[marker(f"{number:04}") for number in range(listed)], [version("z")]])

    # With a full batch, the time after the page is not looked at.
    outcome = clean(backends, storage, 900_000, *([] if deleted else [900_000]), OVER)

    assert counts(outcome) == (listed, deleted, 0, 0, listed - deleted, 0)
    assert [len(each) for each in storage.batches] == ([deleted] if deleted else [])
