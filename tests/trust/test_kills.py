"""Records and objects stay consistent when SIGKILL ends the process of a deployed function, at whatever call.

A cell is one flow with one kill. `make check` runs a few of the cells, `make trust` all of them.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from tests.trust.conftest import ALL_CELLS, MakeWorld
from tests.trust.deployed import Deployment, Kill, Moment
from tests.trust.invariants import violations
from tests.trust.killed_dogs import KILLED_DOG_FLOWS
from tests.trust.kills import KILLED_FLOWS

FLOWS = KILLED_FLOWS | KILLED_DOG_FLOWS
#: The cells of `make check`, one of each kind of function: a cell starts two processes, which takes seconds.
SAMPLE = {
    "POST /images, asynchronous, with a key": Kill(Moment.AFTER, 2),
    "event of a landing photo, LANDING_KEEP=false": Kill(Moment.BEFORE, 7),
    "DELETE of an asynchronous post": Kill(Moment.AFTER, 3),
    "clean-up, everything": Kill(Moment.AFTER, 5),
    "reconcile": Kill(Moment.BEFORE, 4),
    "LogToDynamoDB, PNG": Kill(Moment.END),
    "IngestDog, PNG": Kill(Moment.AFTER, 5),
}


@pytest.fixture(scope="module")
def deployment() -> Iterator[Deployment]:
    deployment = Deployment()
    yield deployment
    deployment.close()


@pytest.mark.parametrize("name", FLOWS if ALL_CELLS else SAMPLE)
def test_a_flow_survives_a_kill(
    make_world: MakeWorld, deployment: Deployment, name: str, record_property: Callable[[str, object], None]
) -> None:
    def run(kill: Kill | None) -> tuple[list[str], list[str]]:
        world = make_world()
        # As the deployed functions have it: the hash of an owner contains the stage.
        world.base = replace(world.base, settings=replace(world.base.settings, stage="local"))
        FLOWS[name](world, deployment, kill)
        world.settle()
        return world.traces[0], violations(world)

    trace, found = run(None) if ALL_CELLS else ([], [])
    assert found == []
    kills = cells_of(trace) if ALL_CELLS else [SAMPLE[name]]
    broken = {f"{kill.moment} {kill.call}": left for kill in kills if (left := run(kill)[1])}
    record_property("kills", (name, len(trace), len(kills), len(broken)))
    assert broken == {}


def cells_of(trace: list[str]) -> list[Kill]:
    """Return every kill that a flow with these calls can meet."""
    at_calls = [Kill(moment, call) for call in range(1, len(trace) + 1) for moment in (Moment.BEFORE, Moment.AFTER)]
    return [Kill(Moment.START), *at_calls, Kill(Moment.END)]


def test_a_process_that_was_killed_leaves_its_work_undone(make_world: MakeWorld, deployment: Deployment) -> None:
    """A harness whose kill stops nothing proves nothing."""
    world = make_world()
    KILLED_FLOWS["POST /images"](world, deployment, Kill(Moment.AFTER, 2))
    assert [call.split("/")[0] for call in world.traces[0]] == ["POST DynamoDB_20120810.PutItem", "PUT "]
    assert any("nothing will finish it" in each for each in violations(world))
