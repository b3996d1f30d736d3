"""Records and objects stay consistent when SIGKILL ends the process of a deployed function, at whatever call.

A cell is one flow with one kill. `make check` runs a few of the cells, `make trust` all of them.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.trust.conftest import ALL_CELLS, MakeWorld
from tests.trust.deployed import Deployment, Kill, Moment
from tests.trust.invariants import violations
from tests.trust.kills import KILLED_FLOWS, KilledFlow
"""The cells of `make check`: a process start takes about a second, and a cell needs one or two."""


@pytest.fixture(scope="module")
def deployment() -> Iterator[Deployment]:
    deployment = Deployment()
    yield deployment
    deployment.close()


def run(make_world: MakeWorld, deployment: Deployment, flow: KilledFlow, kill: Kill | None) -> tuple[list[str], list[str]]:
    """Run a cell, and return the calls of its first process and what does not hold afterwards."""
    world = make_world()
    flow(world, deployment, kill)
    world.settle()
    return world.traces[0], violations(world)


@pytest.mark.parametrize("name", KILLED_FLOWS)
def test_a_flow_survives_a_kill(
    make_world: MakeWorld, deployment: Deployment, name: str, record_property: Callable[[str, object], None]
) -> None:
    trace, found = run(make_world, deployment, KILLED_FLOWS[name], None)
    assert found == []
    kills = cells_of(trace)
    broken = {}
    for kill in kills:
        if found := run(make_world, deployment, KILLED_FLOWS[name], kill)[1]:
            broken[f"{kill.moment} {kill.call} {trace[kill.call - 1]}"] = found
    record_property("kills", (name, len(trace), len(kills), len(broken)))
    assert broken == {}


def cells_of(trace: list[str]) -> list[Kill]:
    """Return every kill that a flow with these calls can meet."""
    at_calls = [Kill(moment, call) for call in range(1, len(trace) + 1) for moment in (Moment.BEFORE, Moment.AFTER)]
    return [Kill(Moment.START), *at_calls, Kill(Moment.END)]
