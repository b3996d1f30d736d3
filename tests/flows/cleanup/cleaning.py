"""What the tests of the clean-up share: a stage with something to clean."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.aws.storage import Storage, StoredVersion
from chalicelib.backends import Backends
from chalicelib.flows import resize, upload
from chalicelib.flows.accept import Photo
from chalicelib.records import ImageRecord
from chalicelib.settings import CleanupMode
from tests import stage
from tests.flows.photos import photo


@dataclass
class OnePerPage:
    """Storage that lists one version a page."""

    inner: Storage

    def versions(self, bucket: str, prefix: str = "") -> Iterator[list[StoredVersion]]:
        for page in self.inner.versions(bucket, prefix):
            yield from ([each] for each in page)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def plenty() -> int:
    """Tell that there is time enough, in milliseconds."""
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
    """Post a photo."""
    return upload.receive(backends, Photo(photo(), owner))


def put_by_hand(backends: Backends, key: str) -> ImageRecord:
    """Put a photo into S3 and deliver its event."""
    stage.put(backends.settings.images_bucket, key, photo())
    resize.handle(backends, backends.settings.images_bucket, key, "delivery")
    return backends.catalog.newest_from(["system"], key)


def everything_left(backends: Backends, bucket: str | None = None) -> list[StoredVersion]:
    """List what a bucket holds, by default the one of images."""
    return [each for page in backends.storage.versions(bucket or backends.settings.images_bucket) for each in page]
