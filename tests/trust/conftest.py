"""The fixture of a cell, and the table at the end of `make trust`."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chalicelib.backends import Backends
from tests.conftest import Moto
from tests.trust import endings
from tests.trust.faults import FaultyClients
from tests.trust.world import World

#: True for `make trust`, which runs every cell.
ALL_CELLS = os.environ.get("TRUST_CELLS") == "all"
#: The processes, built once: clients are slow to build.
SLOTS: dict[str, FaultyClients] = {}
#: The present world, if there is one.
WORLDS: list[World] = []
MakeWorld = Callable[[], World]


@pytest.fixture
def make_world(backends: Backends, empty_stage: tuple[Any, Any]) -> Iterator[MakeWorld]:
    """A function that returns a world with an empty stage."""
    for slot in ("main", "other"):
        if slot not in SLOTS:
            SLOTS[slot] = FaultyClients(note_objects)

    def make() -> World:
        Moto().restore(empty_stage)
        endings.watch(backends.settings)
        WORLDS[:] = [World(backends, SLOTS)]
        return WORLDS[0]

    yield make
    WORLDS.clear()


def note_objects() -> None:
    """Queue the events of new objects in the present world."""
    for world in WORLDS:
        world.note_objects()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the table of all cells, and that of the kills."""
    reports = [report for group in ("passed", "failed") for report in terminalreporter.stats.get(group, [])]
    found = [each for report in reports for each in getattr(report, "user_properties", [])]
    for table in ("cells", "kills") if ALL_CELLS else ():
        _print(terminalreporter, table, sorted(row for name, row in found if name == table))


def _print(terminalreporter: Any, table: str, rows: list[Any]) -> None:
    if not rows:
        return
    terminalreporter.write_line(f"| flow | calls | {table} | violations |")
    terminalreporter.write_line("|---|---|---|---|")
    for flow, calls, cells, violations in rows:
        terminalreporter.write_line(f"| {flow} | {calls} | {cells} | {violations} |")
    total = [sum(row[column] for row in rows) for column in (1, 2, 3)]
    terminalreporter.write_line(f"| all | {total[0]} | {total[1]} | {total[2]} |")
