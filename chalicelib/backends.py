"""The composition root: what a flow works with, built once a container and handed to it."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from chalicelib.aws.catalog import Catalog
from chalicelib.aws.clients import Clients
from chalicelib.aws.dog_uploads import DogCatalog
from chalicelib.aws.messaging import Messaging
from chalicelib.aws.storage import Storage
from chalicelib.dog_api.download import Downloader
from chalicelib.settings import Settings


@dataclass(frozen=True)
class Backends:
    """Everything outside the process that a flow may touch, the clock included."""

    settings: Settings
    storage: Storage
    catalog: Catalog
    dogs: DogCatalog
    messaging: Messaging
    downloader: Downloader
    now: Callable[[], datetime]


def build(settings: Settings) -> Backends:
    """Wire the backends of a stage; nothing is sent until one is used."""
    clients = Clients(settings.endpoint_url)
    return Backends(
        settings=settings,
        storage=Storage(clients),
        catalog=Catalog(clients, settings.images_table, settings.list_shards),
        dogs=DogCatalog(clients, settings.dogs_table, settings.list_shards),
        messaging=Messaging(clients),
        # The stand-in of the dog API is on loopback; no deployed function may be led there.
        downloader=Downloader(loopback=settings.stage == "local"),
        now=lambda: datetime.now(UTC),
    )


@cache
def current() -> Backends:
    """Return this container's backends, built from its environment at the first call."""
    return build(Settings.from_environ(os.environ))
