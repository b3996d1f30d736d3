"""Events that come three times and in any order give the same images."""

import random
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.records import Status
from tests import stage
from tests.trust import photos
from tests.trust.conftest import ALL_CELLS, MakeWorld
from tests.trust.faults import Fault, Mode, Process
from tests.trust.invariants import all_records, violations

SEEDS = range(60 if ALL_CELLS else 4)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_events_does_not_matter(make_world: MakeWorld, seed: int) -> None:
    world = make_world()
    settings = world.base.settings
    for data in (photos.FIRST, photos.SECOND, photos.FIRST, photos.CORRUPT, photos.SECOND):
        world.put(settings.images_bucket, "uploads/a.jpg", data)
    for data in (photos.PRIVATE, photos.PRIVATE_2, photos.PRIVATE):
        world.put(settings.landing_bucket, "in/a.jpg", data)
    events, world.events = world.events * 3, []
    random.Random(seed).shuffle(events)  # noqa: S311 - a repeatable order, no secret

    for event in events:
        world.deliver(event)
    world.settle()

    assert violations(world) == []
    statuses = sorted(record.status for record in all_records(world))
    assert statuses == [Status.COMPLETED] * 4 + [Status.REJECTED]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_events_does_not_matter_without_originals(make_world: MakeWorld, seed: int) -> None:
    """The handler of one event meets a fault at its last calls, when its output is stored."""
    world, order = make_world(), random.Random(seed)  # noqa: S311 - a repeatable order, no secret
    world.base = replace(world.base, settings=replace(world.base.settings, landing_keep=False))
    settings, puts = world.base.settings, [photos.PRIVATE, photos.PRIVATE_2, photos.FIRST, photos.PRIVATE]
    events: list[Any] = []
    for data in puts:
        world.put(settings.landing_bucket, "in/a.jpg", data)
        events += [world.events[-1]] * 2
        order.shuffle(events)
        world.deliver(events.pop(), Process((Fault(order.randint(7, 9), order.choice(list(Mode))),)))
    for event in events:
        world.deliver(event)
    world.settle()

    assert violations(world) == []
    assert stage.read(settings.destination_bucket, "in/a.jpg") == photos.stripped(puts[-1])
    assert stage.versions(settings.landing_bucket) == []
    overwritten = [record.superseded_at is not None for record in all_records(world)]
    assert sorted(overwritten) == [False, True, True]
