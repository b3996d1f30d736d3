"""Helpers for the tests of the clean-up: settings, a clock, photos to delete, and storages with faults."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.aws.storage import Storage, StoredVersion
from chalicelib.backends import Backends
from chalicelib.flows import upload
from chalicelib.flows.accept import Photo
from chalicelib.records import ImageRecord
from chalicelib.settings import CleanupMode
from tests.flows.deliveries import put_and_resize
from tests.flows.photos import photo


@dataclass
class OnePerPage:
    """Storage that lists one version on each page."""

    inner: Storage

    def versions(self, bucket: str, prefix: str = "") -> Iterator[list[StoredVersion]]:
        for page in self.inner.versions(bucket, prefix):
            yield from ([each] for each in page)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@dataclass
class KeepsFirst:
    """Storage that fails to delete the first version of each batch, `tries` times for each key."""

    inner: Storage
    tries: int
    seen: dict[str, int] = field(default_factory=dict)

    def delete_versions(self, bucket: str, versions: Sequence[StoredVersion]) -> list[StoredVersion]:
        chosen = versions[0]
        self.seen[chosen.key] = self.seen.get(chosen.key, 0) + 1
        if chosen.key.startswith("cleanup/") or self.seen[chosen.key] > self.tries:
            return self.inner.delete_versions(bucket, versions)
        return [chosen, *self.inner.delete_versions(bucket, versions[1:])] if versions[1:] else [chosen]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def enough_time() -> int:
    """Return more milliseconds than a run of a test needs."""
    return 900_000


def with_cleanup(backends: Backends, **changes: Any) -> Backends:
    """Change the settings of the clean-up. Defaults: mode `everything` for one day, and the clock that moto uses."""
    defaults: dict[str, Any] = {"mode": CleanupMode.EVERYTHING, "until": datetime.now(UTC) + timedelta(hours=24)}
    settings = backends.settings
    changed = replace(settings.cleanup, **(defaults | changes))
    return replace(backends, settings=replace(settings, cleanup=changed), now=lambda: datetime.now(UTC))


def days_later(backends: Backends, days: float) -> Backends:
    """Set the clock some days after the clock that stamps moto's objects."""
    return replace(backends, now=lambda: datetime.now(UTC) + timedelta(days=days))


def post_photo(backends: Backends, owner: str = "ann") -> ImageRecord:
    """Post a photo."""
    return upload.receive(backends, Photo(photo(), owner))


def put_photo(backends: Backends, key: str) -> ImageRecord:
    """Put a photo into the images bucket and handle its event."""
    return put_and_resize(backends, key, photo())


def versions_in(backends: Backends, bucket: str | None = None) -> list[StoredVersion]:
    """List the versions and delete markers of a bucket, by default the images bucket."""
    return [each for page in backends.storage.versions(bucket or backends.settings.images_bucket) for each in page]
