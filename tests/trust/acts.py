"""What clients, people, Lambda and the schedules do; one process of each flow meets the fault."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from chalicelib.backends import Backends
from chalicelib.flows import cleanup, images, reconcile, sanitize, upload
from chalicelib.flows.accept import Photo, Purpose, UploadRequest
from chalicelib.records import ImageRecord
from chalicelib.settings import CleanupMode
from tests import stage
from tests.trust import photos
from tests.trust.faults import Fault, Mode, Process
from tests.trust.world import World

Flow = Callable[[World, Process], None]
OWNER = "ann"
NO_OPTIONS: Mapping[str, str] = {}


def post(
    world: World,
    process: Process,
    *,
    retries: bool = False,
    key: str | None = None,
    asynchronous: bool = False,
    options: Mapping[str, str] = NO_OPTIONS,
    slot: str = "main",
) -> ImageRecord | None:
    """Post a photo as a client does, and remember what the client was told."""
    photo = Photo(photos.FIRST, OWNER, options=options, idempotency_key=key, asynchronous=asynchronous)

    def call(backends: Backends) -> ImageRecord:
        return upload.receive(backends, photo)

    return _remember(world, world.request(process, call, retries=retries, slot=slot))


def scrub(world: World, process: Process, *, retries: bool = False, key: str | None = None) -> ImageRecord | None:
    """Post a photo to be scrubbed."""
    photo = Photo(photos.PRIVATE, OWNER, idempotency_key=key)
    return _remember(world, world.request(process, lambda backends: sanitize.receive(backends, photo), retries=retries))


def _remember(world: World, record: ImageRecord | None) -> ImageRecord | None:
    if record:
        world.acknowledged[record.id] = record
    return record


def posts(*, retries: bool, key: str | None, asynchronous: bool, options: Mapping[str, str] = NO_OPTIONS) -> Flow:
    def flow(world: World, process: Process) -> None:
        record = post(world, process, retries=retries, key=key, asynchronous=asynchronous, options=options)
        if retries and key and record is None:
            world.problems.append("a client with an Idempotency-Key was never served")

    return flow


def scrubs(*, retries: bool, key: str | None) -> Flow:
    def flow(world: World, process: Process) -> None:
        scrub(world, process, retries=retries, key=key)

    return flow


def handles_an_asynchronous_post(options: Mapping[str, str] = NO_OPTIONS) -> Flow:
    def flow(world: World, process: Process) -> None:
        post(world, Process(), asynchronous=True, options=options)
        world.deliver(world.events.pop(0), process)

    return flow


def creates_a_form(world: World, process: Process) -> None:
    form(world, Purpose.PROCESS, process)


def form(world: World, purpose: Purpose, process: Process, size: int = 9) -> ImageRecord | None:
    """Create a presigned upload."""
    request = UploadRequest(OWNER, "a.jpg", "image/jpeg", size, purpose)
    created = world.request(process, lambda backends: upload.create_upload(backends, request))
    return created[0] if created else None


def uses_a_form(purpose: Purpose, *uploads: bytes) -> Flow:
    """Upload photos one after another with one form; the event of the last one meets the fault."""

    def flow(world: World, process: Process) -> None:
        pending = form(world, purpose, Process())
        assert pending
        bucket = pending.writing["original"].bucket
        for number, data in enumerate(uploads, 1):
            world.put(bucket, pending.source, data)
            world.deliver(world.events.pop(0), process if number == len(uploads) else None)
        if uploads[-1] in photos.ALL:
            world.acknowledged[pending.id] = pending

    return flow


def puts_photos(bucket_of: str, key: str, *uploads: bytes, keep: bool = True, late: int | None = None) -> Flow:
    """Put photos under one key by hand; the event of the last one, or of `late` after all others, meets the fault."""

    def flow(world: World, process: Process) -> None:
        world.base = replace(world.base, settings=replace(world.base.settings, landing_keep=keep))
        bucket = getattr(world.base.settings, f"{bucket_of}_bucket")
        for data in uploads:
            world.put(bucket, key, data)
        events, world.events = world.events, []
        order = [each for each in range(len(events)) if each != late] + ([] if late is None else [late])
        for number, index in enumerate(order, 1):
            world.deliver(events[index], process if number == len(order) else None)
        if not keep and any(bucket == at and key == name for at, name in originals(world)):
            world.problems.append("an original stays in landing although LANDING_KEEP is false")

    return flow


def originals(world: World) -> list[tuple[str, str]]:
    """Return the keys in landing after everything has settled."""

    world.settle()
    return [(world.base.settings.landing_bucket, key) for key, _ in stage.versions(world.base.settings.landing_bucket)]


def deletes(make: Callable[[World], ImageRecord | None], *, retries: bool = False) -> Flow:
    def flow(world: World, process: Process) -> None:
        record = make(world)
        assert record
        delete(world, process, record, retries=retries)

    return flow


def delete(world: World, process: Process, record: ImageRecord, *, retries: bool = False, slot: str = "main") -> None:
    """Delete an image as its owner does."""

    def call(backends: Backends) -> bool:
        images.delete(backends, record.owner, record.id)
        return True

    world.acknowledged.pop(record.id, None)
    world.deletions.add(record.id)
    if world.request(process, call, retries=retries, slot=slot):
        world.deleted.add(record.id)


def asynchronous_post(world: World) -> ImageRecord | None:
    record = post(world, Process(), asynchronous=True)
    world.deliver(world.events.pop(0))
    return record


def hand_put(world: World) -> ImageRecord | None:
    world.put(world.base.settings.images_bucket, "uploads/a.jpg", photos.FIRST)
    world.deliver(world.events.pop(0))
    return world.base.catalog.newest_from(["system"], "uploads/a.jpg")


def landed(world: World) -> ImageRecord | None:
    world.put(world.base.settings.landing_bucket, "in/a.jpg", photos.PRIVATE)
    world.deliver(world.events.pop(0))
    return world.base.catalog.newest_from(["system"], "in/a.jpg")


def older_landed(world: World) -> ImageRecord | None:
    record = landed(world)
    world.put(world.base.settings.landing_bucket, "in/a.jpg", photos.PRIVATE_2)
    world.deliver(world.events.pop(0))
    return record


def cleans(mode: CleanupMode, options: Mapping[str, str] = NO_OPTIONS) -> Flow:
    """Fill the buckets, then run the clean-up; the next day's run finishes it."""

    def flow(world: World, process: Process) -> None:
        post(world, Process(), options=options)
        asynchronous_post(world)
        hand_put(world)
        landed(world)
        world.acknowledged.clear()
        world.clock.advance(32 * 86400)
        for current in (process, Process()):
            clean(world, current, mode)
            world.clock.advance(86400)

    return flow


def clean(world: World, process: Process, mode: CleanupMode = CleanupMode.EVERYTHING, slot: str = "main") -> None:
    """Run the clean-up with Lambda's retries."""
    for attempt in range(3):
        current = process if attempt == 0 else Process(down=process.down)
        until = world.clock() + timedelta(days=1)
        try:
            with world.running(current, slot) as backends:
                allowed = replace(backends.settings.cleanup, mode=mode, until=until)
                settings = replace(backends.settings, cleanup=allowed)
                cleanup.handle(replace(backends, settings=settings), lambda: 900_000)
        except BaseException:  # noqa: BLE001 - Lambda retries after every end
            world.clock.advance(60)
        else:
            return


def reconciles(world: World, process: Process) -> None:
    """Reconcile a post that died, a photo whose event failed, an unused form, and a deletion that broke off."""

    post(world, Process((Fault(3, Mode.BEFORE),)))
    post(world, Process(), asynchronous=True)
    world.deliver(world.events.pop(0), Process((Fault(2, Mode.DOWN),)))
    form(world, Purpose.PROCESS, Process())
    record = post(world, Process())
    assert record
    delete(world, Process((Fault(3, Mode.BEFORE),)), record)
    world.clock.advance(5000)
    try:
        with world.running(process) as backends:
            reconcile.handle(backends, lambda: 900_000)
    except BaseException:  # noqa: BLE001 - the next run continues
        world.clock.advance(900)
