"""Pairs of processes that work on one image: one is paused before each of its calls while the other runs whole."""

from collections.abc import Callable
from dataclasses import replace

from chalicelib.flows import reconcile, resize
from chalicelib.flows.accept import Purpose
from chalicelib.records import ImageRecord
from chalicelib.settings import CleanupMode
from tests.trust import acts, photos
from tests.trust.faults import Fault, Mode, Process
from tests.trust.world import Event, World

#: Runs a process in a slot.
Act = Callable[[World, Process, str], None]


def handling(event: Event) -> Act:
    def act(world: World, process: Process, slot: str) -> None:
        world.deliver(event, process, slot)

    return act


def deleting(record: ImageRecord) -> Act:
    return lambda world, process, slot: acts.delete(world, process, record, slot=slot)


def cleaning(world: World, process: Process, slot: str) -> None:
    world.acknowledged.clear()
    acts.clean(world, process, CleanupMode.EVERYTHING, slot)


def reconciling(world: World, process: Process, slot: str) -> None:
    with world.running(process, slot) as backends:
        reconcile.handle(backends, lambda: 900_000)


def posting(*, key: str | None = "k", asynchronous: bool = False) -> Act:
    def act(world: World, process: Process, slot: str) -> None:
        acts.post(world, process, key=key, asynchronous=asynchronous, slot=slot)

    return act


def put(world: World, bucket_of: str, key: str, data: bytes) -> Event:
    """Put a photo by hand, and return its event."""
    world.put(getattr(world.base.settings, f"{bucket_of}_bucket"), key, data)
    return world.events.pop(0)


def pending(world: World) -> tuple[ImageRecord, Event]:
    record = acts.post(world, Process(), asynchronous=True)
    assert record
    return record, world.events.pop(0)


def same_event_twice(world: World) -> tuple[Act, Act]:
    event = put(world, "images", "uploads/a.jpg", photos.FIRST)
    return handling(event), handling(event)


def same_bytes_twice(world: World) -> tuple[Act, Act]:
    events = [put(world, "images", "uploads/a.jpg", photos.FIRST) for _ in range(2)]
    return handling(events[0]), handling(events[1])


def two_photos(world: World) -> tuple[Act, Act]:
    events = [put(world, "images", "uploads/a.jpg", data) for data in (photos.FIRST, photos.SECOND)]
    return handling(events[0]), handling(events[1])


def two_landing_photos(world: World) -> tuple[Act, Act]:
    events = [put(world, "landing", "in/a.jpg", data) for data in (photos.PRIVATE, photos.PRIVATE_2)]
    return handling(events[0]), handling(events[1])


def landing_photo_lands_meanwhile(world: World) -> tuple[Act, Act]:
    event = put(world, "landing", "in/a.jpg", photos.PRIVATE)

    def land(world: World, process: Process, slot: str) -> None:
        world.deliver(put(world, "landing", "in/a.jpg", photos.PRIVATE_2), process, slot)

    return handling(event), land


def unkept_photo_lands_meanwhile(world: World) -> tuple[Act, Act]:
    world.base = replace(world.base, settings=replace(world.base.settings, landing_keep=False))
    return landing_photo_lands_meanwhile(world)


def form_used_meanwhile(world: World) -> tuple[Act, Act]:
    record = acts.form(world, Purpose.PROCESS, Process())
    assert record
    first = put(world, "images", record.source, photos.FIRST)

    def use_again(world: World, process: Process, slot: str) -> None:
        world.deliver(put(world, "images", record.source, photos.SECOND), process, slot)

    return handling(first), use_again


def event_and_deletion(world: World) -> tuple[Act, Act]:
    record, event = pending(world)
    return handling(event), deleting(record)


def upload_and_deletion(world: World) -> tuple[Act, Act]:
    record = acts.form(world, Purpose.PROCESS, Process())
    assert record

    def use(world: World, process: Process, slot: str) -> None:
        world.deliver(put(world, "images", record.source, photos.FIRST), process, slot)

    return deleting(record), use


def event_and_clean_up(world: World) -> tuple[Act, Act]:
    _, event = pending(world)
    return handling(event), cleaning


def landing_event_and_clean_up(world: World) -> tuple[Act, Act]:
    return handling(put(world, "landing", "in/a.jpg", photos.PRIVATE)), cleaning


def post_and_clean_up(_world: World) -> tuple[Act, Act]:
    return posting(key=None), cleaning


def asynchronous_post_and_clean_up(_world: World) -> tuple[Act, Act]:
    return posting(key=None, asynchronous=True), cleaning


def two_posts_of_a_key(_world: World) -> tuple[Act, Act]:
    return posting(), posting()


def two_asynchronous_posts_of_a_key(_world: World) -> tuple[Act, Act]:
    return posting(asynchronous=True), posting(asynchronous=True)


def post_and_its_event(_world: World) -> tuple[Act, Act]:
    def handle_next(world: World, process: Process, slot: str) -> None:
        if world.events:
            world.deliver(world.events.pop(0), process, slot)

    return posting(asynchronous=True), handle_next


def two_deletions(world: World) -> tuple[Act, Act]:
    record = acts.hand_put(world)
    assert record
    return deleting(record), deleting(record)


def deletion_and_clean_up(world: World) -> tuple[Act, Act]:
    record = acts.hand_put(world)
    assert record
    return deleting(record), cleaning


def deletion_of_the_older_photo(world: World) -> tuple[Act, Act]:
    record = acts.landed(world)
    assert record
    return deleting(record), handling(put(world, "landing", "in/a.jpg", photos.PRIVATE_2))


def dead_attempt(world: World) -> tuple[ImageRecord, Event]:
    """Let an event's handler die after it has stored an output, and let its time pass."""
    record, event = pending(world)
    for call in (5, 5, 5):
        try:
            with world.running(Process((Fault(call, Mode.AFTER),))) as backends:
                resize.handle(backends, event.record, "dies")
        except BaseException:  # noqa: BLE001 - the process has died
            world.clock.advance(90)
    world.clock.advance(5000)
    return record, event


def reconciliation_and_replay(world: World) -> tuple[Act, Act]:
    _, event = dead_attempt(world)
    return reconciling, handling(event)


def reconciliation_and_deletion(world: World) -> tuple[Act, Act]:
    record, _ = dead_attempt(world)
    return reconciling, deleting(record)


def two_reconciliations(world: World) -> tuple[Act, Act]:
    dead_attempt(world)
    world.acknowledged.clear()
    return reconciling, reconciling


PAIRS = {
    "an event delivered twice": same_event_twice,
    "the same bytes put twice": same_bytes_twice,
    "two photos under a key": two_photos,
    "two photos under a landing key": two_landing_photos,
    "a photo lands during a scrub": landing_photo_lands_meanwhile,
    "a photo lands during a scrub, LANDING_KEEP=false": unkept_photo_lands_meanwhile,
    "a form used during its event": form_used_meanwhile,
    "event and deletion": event_and_deletion,
    "deletion and upload": upload_and_deletion,
    "event and clean-up": event_and_clean_up,
    "landing event and clean-up": landing_event_and_clean_up,
    "post and clean-up": post_and_clean_up,
    "asynchronous post and clean-up": asynchronous_post_and_clean_up,
    "two posts of a key": two_posts_of_a_key,
    "two asynchronous posts of a key": two_asynchronous_posts_of_a_key,
    "asynchronous post and its event": post_and_its_event,
    "two deletions": two_deletions,
    "deletion and clean-up": deletion_and_clean_up,
    "deletion of the older landing photo and event": deletion_of_the_older_photo,
    "reconciliation and replay": reconciliation_and_replay,
    "reconciliation and deletion": reconciliation_and_deletion,
    "two reconciliations": two_reconciliations,
}
