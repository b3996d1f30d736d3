"""The composition root: build what the flows work with, once for each container."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from chalicelib.aws.catalog import Catalog
from chalicelib.aws.clients import Clients
from chalicelib.aws.dog_uploads import DogCatalog
from chalicelib.aws.messaging import Messaging
from chalicelib.aws.secrets import Secrets
from chalicelib.aws.storage import Storage
from chalicelib.dog_api.download import HOSTS, Downloader
from chalicelib.settings import Settings


@dataclass(frozen=True)
class Backends:
    """Everything outside the process that a flow may use, and the clock."""

    settings: Settings
    storage: Storage
    catalog: Catalog
    dogs: DogCatalog
    messaging: Messaging
    secrets: Secrets
    downloader: Downloader
    now: Callable[[], datetime]


def build(settings: Settings) -> Backends:
    """Build the backends of a stage. Nothing is sent until one is used."""
    clients = Clients(settings.endpoint_url)
    return Backends(
        settings=settings,
        storage=Storage(clients),
        catalog=Catalog(clients, settings.images_table, settings.list_shards),
        dogs=DogCatalog(clients, settings.dogs_table, settings.list_shards),
        messaging=Messaging(clients),
        secrets=Secrets(clients),
        # The stub dog API of `make run` is on a loopback address. A deployed function must not connect to one.
        downloader=Downloader(loopback=settings.stage == "local", hosts=HOSTS | set(settings.ingest_hosts)),
        now=lambda: datetime.now(UTC),
    )


@cache
def current() -> Backends:
    """Return this container's backends. The first call builds them from the environment."""
    return build(Settings.from_environ(os.environ))
