"""Two processes on one image leave it consistent, at whatever call one of them is overtaken by the other."""

from collections.abc import Callable

import pytest

from tests.trust.conftest import ALL_CELLS, MakeWorld
from tests.trust.faults import Process
from tests.trust.invariants import violations
from tests.trust.pairs import PAIRS

#: `make check` pauses a process before one of so many calls.
SAMPLE = 12


def calls_of(make_world: MakeWorld, name: str, paused: int) -> int:
    """Return how many calls the process makes that will be paused."""
    world, process = make_world(), Process()
    PAIRS[name](world)[paused](world, process, "main")
    return len(process.trace)


def run(make_world: MakeWorld, name: str, paused: int, call: int) -> list[str]:
    """Pause one process before a call while the other runs whole, and return what does not hold afterwards."""
    world = make_world()
    acts = PAIRS[name](world)

    def run_other(number: int) -> None:
        if number == call:
            acts[1 - paused](world, Process(), "other")

    acts[paused](world, Process(pause=run_other), "main")
    world.settle()
    return violations(world)


@pytest.mark.parametrize("paused", [0, 1])
@pytest.mark.parametrize("name", PAIRS)
def test_a_pair_of_processes_leaves_the_image_consistent(
    make_world: MakeWorld, name: str, paused: int, record_property: Callable[[str, object], None]
) -> None:
    calls = range(1, calls_of(make_world, name, paused) + 1)
    chosen = calls if ALL_CELLS else calls[list(PAIRS).index(name) % max(1, min(len(calls), SAMPLE)) :: SAMPLE]

    broken = {call: found for call in chosen if (found := run(make_world, name, paused, call))}
    record_property(
        "cells", (f"{name} ({'first' if paused == 0 else 'second'} paused)", len(calls), len(chosen), len(broken))
    )
    assert broken == {}
