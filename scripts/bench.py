"""Measures hostile files and placeholders, and counts the calls of the clean-up. `make bench` measures the rest.

`python -m scripts.bench hostile` measures hostile files of many small parts, and files of four times as many parts.
If the time grows faster than the file, the file is an attack.

`python -m scripts.bench placeholder` measures the placeholders of several kinds of pictures.

`python -m scripts.bench cleanup [--objects 100000]` counts the AWS calls of a clean-up.
"""

import sys
from pathlib import Path

if not __package__:  # Started as a file: Python then searches the folder scripts, not the project's root.
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    __import__("scripts")  # Its import handles a Ctrl-C while the rest is imported.

import argparse
import gc
import resource
from collections.abc import Callable, Sequence
from functools import partial

from chalicelib.imaging import metadata
from scripts.measuring import bench_cleanup, bench_placeholder, hostile_files
from scripts.terminal import interrupt
from scripts.terminal.option_types import at_least_one

#: How many times more parts the larger hostile file has, and how often each file is scrubbed.
_HOSTILE_FACTOR, _HOSTILE_RUNS = 4, 7
_PLACEHOLDER_RUNS = 50


def cpu_milliseconds() -> float:
    """Return the CPU time of this process and its children so far, user and system, in milliseconds."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return 1000 * sum(each.ru_utime + each.ru_stime for each in used)


def measure(work: Callable[[], object], runs: int) -> float:
    """Return the least CPU milliseconds of several runs, since other programs on the machine only add to it."""
    costs = []
    for _ in range(runs):
        before = cpu_milliseconds()
        work()
        costs.append(cpu_milliseconds() - before)
    return min(costs)


def bench_hostile(_arguments: argparse.Namespace) -> None:
    """Measure each kind of hostile file in two sizes. `growth` is the growth of the time by that of the file."""
    # This process has far more modules than a Lambda function, and each full garbage collection would visit them all.
    gc.freeze()
    print("| parts | bytes | CPU ms | bytes | CPU ms | growth |\n|---|---|---|---|---|---|")
    for name, (make, most) in hostile_files.KINDS.items():
        files = make(most // _HOSTILE_FACTOR), make(most)
        less, more = (measure(partial(metadata.strip, data), _HOSTILE_RUNS) for data in files)
        growth = more / less / (len(files[1]) / len(files[0]))
        print(
            f"| {name} | {len(files[0]):,} | {less:.1f} | {len(files[1]):,} | {more:.1f} | {growth:.2f} |", flush=True
        )


def bench_placeholders(_arguments: argparse.Namespace) -> None:
    """Measure each kind of picture."""
    print("| picture | CPU ms |\n|---|---|")
    for name, work in bench_placeholder.works():
        print(f"| {name} | {measure(work, _PLACEHOLDER_RUNS):.2f} |", flush=True)


def bench_cleaning(arguments: argparse.Namespace) -> None:
    """Count the calls of a clean-up. Exit with a message when an object is left or a record is wrong."""
    if not bench_cleanup.measure(arguments.objects):
        sys.exit("bench: the clean-up left an object, or a wrong record.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m scripts.bench", description=__doc__)
    benches = parser.add_subparsers(required=True)
    benches.add_parser("hostile", help="measure the scrub of hostile files").set_defaults(bench=bench_hostile)
    placeholder = benches.add_parser("placeholder", help="measure placeholders")
    placeholder.set_defaults(bench=bench_placeholders)
    cleaning = benches.add_parser("cleanup", help="count the calls of a clean-up, with injected errors")
    cleaning.add_argument("--objects", type=at_least_one, default=100_000)
    cleaning.set_defaults(bench=bench_cleaning)
    options = parser.parse_args(arguments)
    options.bench(options)
    return 0


if __name__ == "__main__":
    interrupt.run(main)
