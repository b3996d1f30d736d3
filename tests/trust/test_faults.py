"""Records and objects stay consistent, at whatever call a flow fails, and however it fails.

A cell is one flow with one fault. `make check` runs a sample of the cells, `make trust` all of them.
"""

from collections.abc import Callable

import pytest

from tests.trust import endings
from tests.trust.acts import Flow
from tests.trust.conftest import ALL_CELLS, MakeWorld
from tests.trust.faults import Fault, Mode, Process
from tests.trust.flows import FLOWS
from tests.trust.invariants import violations

#: `make check` runs one of so many cells, and at least one of each flow.
SAMPLE = 40


def trace_of(make_world: MakeWorld, flow: Flow) -> list[str]:
    """Run a flow without a fault, and return its calls to AWS."""
    world, process = make_world(), Process()
    flow(world, process)
    world.settle()
    assert violations(world) == []
    return process.trace


def run(make_world: MakeWorld, flow: Flow, *faults: Fault) -> list[str]:
    """Run a cell, and return what does not hold afterwards."""
    world = make_world()
    flow(world, Process(faults))
    world.settle()
    return violations(world)


def cells_of(trace: list[str]) -> list[Fault]:
    """Return every fault that a flow with these calls can meet."""
    return [
        Fault(call, mode)
        for call, name in enumerate(trace, 1)
        for mode in Mode
        if mode is not Mode.BROKEN or name == "s3:GetObject"
    ]


@pytest.mark.parametrize("name", FLOWS)
def test_a_flow_survives_one_fault(
    make_world: MakeWorld, name: str, record_property: Callable[[str, object], None]
) -> None:
    trace = trace_of(make_world, FLOWS[name])
    cells = cells_of(trace)
    chosen = cells if ALL_CELLS else cells[_first(name, len(cells)) :: SAMPLE]

    broken = {}
    for fault in chosen:
        if found := run(make_world, FLOWS[name], fault):
            broken[f"{fault.mode} at {fault.call} {trace[fault.call - 1]}"] = found
    record_property("cells", (name, len(trace), len(chosen), len(broken)))
    assert broken == {}


@pytest.mark.parametrize("name", [each for each in FLOWS if "post" in each or "dog" in each])
def test_a_post_and_the_workflow_survive_two_faults(
    make_world: MakeWorld, name: str, record_property: Callable[[str, object], None]
) -> None:
    cells = cells_of(trace_of(make_world, FLOWS[name]))
    pairs = [(one, other) for one in cells for other in cells if other.call > one.call and _goes_on(one)]
    chosen = pairs if ALL_CELLS else pairs[_first(name, len(pairs)) :: len(pairs)]

    broken = {str(pair): found for pair in chosen if (found := run(make_world, FLOWS[name], *pair))}
    record_property("cells", (f"{name}, two faults", 0, len(chosen), len(broken)))
    assert broken == {}


def _first(name: str, cells: int) -> int:
    """Return the first cell of the sample, another one in each flow, so that all kinds of faults are in it."""
    return list(FLOWS).index(name) * 5 % min(cells, SAMPLE)


def _goes_on(fault: Fault) -> bool:
    """Return whether the process makes further calls after the fault."""
    return fault.mode in (Mode.ERROR, Mode.LOST, Mode.RESENT)


def test_the_harness_sees_each_kind_of_violation(make_world: MakeWorld) -> None:
    """A harness that cannot fail proves nothing."""
    world = make_world()
    FLOWS["post"](world, Process())
    (record,) = world.base.catalog.newest(["ann"], 1, None, None)[0]
    processed = record.variants["processed"]
    assert violations(world) == []

    (told,) = endings.messages(world.base.settings)
    endings.messages(world.base.settings).append((*told[:3], {}, None))
    world.base.storage.put(processed.bucket, "processed/stray.png", b"x", "image/png")
    world.base.storage.delete_objects(processed.bucket, [(processed.key, processed.version_id)])
    world.base.catalog.delete(world.base.catalog.get(record.id))

    found = " ".join(violations(world))
    assert "copies of a message differ" in found
    endings.messages(world.base.settings).clear()
    assert "an image that ended as completed was not told" in violations(world)
    assert "no record names a version of processed/" in found
    assert "a photo is lost that was acknowledged as completed" in found
