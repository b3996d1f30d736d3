"""Events that come three times and in any order give the same images."""

import random

import pytest

from chalicelib.records import Status
from tests.trust import photos
from tests.trust.conftest import ALL_CELLS, MakeWorld
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
