"""Measure the rows: the same photo by each tool in turn, round after round, each tool in a long-lived process."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from scripts.benchmark.processes import Peer

#: How the product is called, and its second run, whose distance from the first is the noise.
OURS, AGAIN = "darkroom", "darkroom again"
Peers = Mapping[str, Callable[[], Peer]]


@dataclass
class Result:
    """What one tool needed for one row: CPU milliseconds peak bytes, the bytes of its files, and the files."""

    cpu_ms: float
    peak: float
    size: int = 0
    outputs: list[Path] = field(default_factory=list)


def measure(peers: Peers, photo: Path, options: dict[str, Any], folder: Path, rounds: int) -> dict[str, Result]:
    """Return the result of each tool that can do the row: the medians of all rounds, the peak of the first call."""
    for stale in folder.glob("output-*"):
        stale.unlink()
    running: dict[str, Peer] = {}
    answers: dict[str, list[dict[str, float]]] = {}
    try:
        for name, start in peers.items():
            running[name] = start()
            _first(name, running, answers, photo, options, _outputs(folder, name, photo))
        for number in range(rounds):
            # Every other round begins with the last tool, so that none always follows the same one.
            for name in list(answers)[:: -1 if number % 2 else 1]:
                answers[name].append(running[name].ask(photo, options, _outputs(folder, name, photo)))
    finally:
        for each in running.values():
            each.close()
    return {name: _result(each, _outputs(folder, name, photo)) for name, each in answers.items()}


def _first(
    name: str,
    running: dict[str, Peer],
    answers: dict[str, list[dict[str, float]]],
    photo: Path,
    options: dict[str, Any],
    outputs: list[Path],
) -> None:
    """Do the row once, for the peak of memory: later calls use again what the first has freed."""
    try:
        answers[name] = [running[name].ask(photo, options, outputs)]
    except ValueError as error:
        print(f"  {name} is left out: {error}", flush=True)


def _result(answers: list[dict[str, float]], outputs: list[Path]) -> Result:
    first, *others = answers
    size = sum(path.stat().st_size for path in outputs if path.exists())
    return Result(median(each["cpu_ms"] for each in others or [first]), first["peak"], size, outputs)


def _outputs(folder: Path, name: str, photo: Path) -> list[Path]:
    """Return the paths of up to two outputs. exiftool and jpegtran go by the ending."""
    return [folder / f"output-{number}-{name.replace(' ', '-')}{photo.suffix}" for number in (1, 2)]
