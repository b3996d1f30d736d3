"""The stage on moto with processes, a clock, and S3 events that are delivered as Lambda delivers them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.aws.catalog import Catalog
from chalicelib.aws.dog_uploads import DogCatalog
from chalicelib.aws.messaging import Messaging
from chalicelib.aws.storage import Storage
from chalicelib.backends import Backends
from chalicelib.errors import BackendUnavailable, Conflict, ImageNotFound
from chalicelib.flows import reconcile, resize, sanitize
from chalicelib.records import ImageRecord
from tests import stage
from tests.flows.deliveries import s3_record
from tests.trust.faults import Crash, FaultyClients, Process

#: How often a client repeats a request that failed, and after how many seconds.
CLIENT_TRIES, CLIENT_PAUSE = 16, 6
#: Deliveries of one event by Lambda.
DELIVERIES = 3


class Clock:
    """A clock that moves only when the harness advances it."""

    def __init__(self) -> None:
        self.instant = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.instant

    def advance(self, seconds: float) -> None:
        self.instant += timedelta(seconds=seconds)


@dataclass
class Event:
    """An S3 event: the bucket, and the record that S3 sends."""

    bucket: str
    record: dict[str, Any]


@dataclass
class World:
    """One cell: the buckets and the table, the processes, and what clients were told."""

    base: Backends
    slots: dict[str, FaultyClients]
    clock: Clock = field(default_factory=Clock)
    events: list[Event] = field(default_factory=list)
    dead_letters: list[Event] = field(default_factory=list)
    #: The images that a client was told to exist, by id.
    acknowledged: dict[str, ImageRecord] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    #: The images that a client has asked to delete, whatever the answer was.
    deletions: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)
    seen: set[tuple[str, str, str]] = field(default_factory=set)
    requests: int = 0
    #: The calls of each first process that a kill may have ended.
    traces: list[list[str]] = field(default_factory=list)

    def backends(self, slot: str = "main") -> Backends:
        """Return the backends of a process."""
        clients, settings = self.slots[slot].clients, self.base.settings
        return replace(
            self.base,
            storage=Storage(clients),
            catalog=Catalog(clients, settings.images_table, settings.list_shards),
            dogs=DogCatalog(clients, settings.dogs_table, settings.list_shards),
            messaging=Messaging(clients),
            now=self.clock,
        )

    @contextmanager
    def running(self, process: Process, slot: str = "main") -> Iterator[Backends]:
        """Run a process in a slot."""
        self.slots[slot].process = process
        try:
            yield self.backends(slot)
        finally:
            self.slots[slot].process = Process()

    def note_objects(self) -> None:
        """Queue the events of the objects that are new under uploads/ and in landing."""
        settings = self.base.settings
        for bucket, prefix in ((settings.images_bucket, "uploads/"), (settings.landing_bucket, "")):
            answer = stage.s3().list_object_versions(Bucket=bucket, Prefix=prefix)
            for each in reversed(answer.get("Versions", [])):
                known = (bucket, each["Key"], each["VersionId"])
                if known not in self.seen:
                    self.seen.add(known)
                    changes = {"versionId": each["VersionId"], "eTag": each["ETag"].strip('"'), "size": each["Size"]}
                    self.events.append(Event(bucket, s3_record(bucket, each["Key"], **changes)))

    def put(self, bucket: str, key: str, data: bytes) -> None:
        """Put an object as a person does."""
        stage.put(bucket, key, data)
        self.note_objects()

    def request(
        self, process: Process, call: Callable[[Backends], Any], *, retries: bool = False, slot: str = "main"
    ) -> Any:
        """Send a request as a client does, and return its result, or None if it failed."""
        for attempt in range(CLIENT_TRIES if retries else 1):
            current = process if attempt == 0 else Process(down=process.down if attempt < DELIVERIES else set())
            try:
                with self.running(current, slot) as backends:
                    return call(backends)
            except (Crash, BackendUnavailable, Conflict):
                self.clock.advance(CLIENT_PAUSE)
            except ImageNotFound:
                return None
        return None

    def deliver(self, event: Event, process: Process | None = None, slot: str = "main") -> bool:
        """Deliver an event as Lambda does, and return False if it becomes a dead letter."""
        self.requests += 1
        request_id, first = f"delivery-{self.requests}", process or Process()
        is_image = event.bucket == self.base.settings.images_bucket
        for attempt in range(DELIVERIES):
            current = first if attempt == 0 else Process(down=first.down)
            try:
                with self.running(current, slot) as backends:
                    (resize if is_image else sanitize).handle(backends, event.record, request_id)
            except (Crash, Exception):  # noqa: BLE001 - Lambda retries after every error
                self.clock.advance(90)
            else:
                return True
        self.dead_letters.append(event)
        return False

    def settle(self) -> None:
        """Deliver what waits, each event twice, replay dead letters, and reconcile after every time is over."""
        handled: list[Event] = []
        while self.events:
            event = self.events.pop(0)
            handled.append(event)
            self.deliver(event)
        self.reconcile()
        for event in [*self.dead_letters, *handled]:
            self.deliver(event)
        self.dead_letters.clear()
        self.reconcile()

    def reconcile(self) -> None:
        """Run the reconciliation after the time of every attempt and upload is over."""
        self.clock.advance(5000)
        with self.running(Process()) as backends:
            outcome = reconcile.handle(backends, lambda: 900_000)
        if outcome.errors or not outcome.finished:
            self.problems.append(f"the reconciliation did not finish: {vars(outcome)}")
