"""Measure Darkroom beside other tools, and write docs/benchmarks.md and docs/benchmarks.svg.

    python -m scripts.benchmark.run [images] [scrub] [--rounds 7] [--photos FOLDER] [--peers .venv-bench] [--print]

A row whose mark is missed is written like any other: the page gives the reason. Results of real photos are printed.
"""

import argparse
import platform
import shutil
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import PIL

from scripts.benchmark import page, photos, processes
from scripts.benchmark.cases import CASES, SCRUBBED, Case, real_cases
from scripts.benchmark.page import Row
from scripts.benchmark.rounds import AGAIN, OURS, Peers, measure
from scripts.benchmark.similarity import against_best
from scripts.terminal import interrupt
from scripts.terminal.option_types import at_least_one


def image_peers(folder: Path) -> Peers:
    """Return the tools of the image path that are installed; `folder` is that of `make bench-setup`."""
    ours: dict[str, Callable[[], processes.Peer]] = {
        OURS: lambda: processes.python_worker("darkroom"),
        "pyvips": lambda: processes.python_worker("pyvips"),
    }
    modules = folder / "node_modules"
    if (modules / "sharp").exists() and shutil.which("node"):
        ours["sharp"] = lambda: processes.sharp_worker(modules)
    else:
        print("sharp is left out: run `make bench-setup`.")
    return ours | {AGAIN: ours[OURS]}


def scrub_peers(folder: Path) -> Peers:
    """Return the tools that remove metadata and are installed."""
    ours: dict[str, Callable[[], processes.Peer]] = {OURS: lambda: processes.python_worker("strip")}
    exiftool, jpegtran, mat2 = (_find(name, folder) for name in ("exiftool", "jpegtran", "mat2"))
    if exiftool and shutil.which("perl"):
        ours["exiftool -stay_open"] = lambda: processes.Exiftool(exiftool)
    if jpegtran:
        ours["jpegtran, started each time"] = lambda: processes.Program(
            jpegtran, "-copy", "none", "-outfile", "{output}", "{photo}"
        )
    if mat2:
        ours["mat2, started each time"] = lambda: processes.Program(mat2, "-L", "{photo}")
    return ours | {AGAIN: ours[OURS]}


def _find(name: str, folder: Path) -> str:
    """Return the path of a program, or "" with a word about it."""
    found = shutil.which(name, path=str(folder.resolve() / "bin")) or shutil.which(name) or ""
    if not found:
        print(f"{name} is left out: run `make bench-setup`.")
    return found


def run_case(case: Case, photo: Path, peers: Peers, folder: Path, rounds: int) -> Row | None:
    """Measure a row of the image path. Return None for a photo that Darkroom refuses."""
    results = measure(peers, photo, case.options, folder, rounds)
    if OURS not in results:
        return None
    # A grey PNG of full size keeps every pixel: all are alike.
    similar = {name: against_best(photo, each.outputs[0]) for name, each in results.items()}
    row = Row(case.name, case.most, results, similar)
    print(page.image_table([row]).split("\n", 2)[2], flush=True)
    return row


def bench_images(options: argparse.Namespace, folder: Path) -> None:
    """Measure the image path on made photos, or on those of the folder."""
    real = {path.name: path for path in photos.real(options.photos)}
    cases = real_cases(list(real)) if real else CASES
    peers = image_peers(options.peers)
    measured = [
        run_case(case, real.get(case.photo) or photos.write(folder, case.photo), peers, folder, options.rounds)
        for case in cases
    ]
    rows = [each for each in measured if each]
    if options.print:
        print(page.verdict_table(rows))
    else:
        page.draw(rows)
        page.write("images", f"{_stamp(options)}\n\n{page.verdict_table(rows)}\n\n{page.image_table(rows)}")


def bench_scrub(options: argparse.Namespace, folder: Path) -> None:
    """Measure the removal of metadata, by container."""
    peers, rows = scrub_peers(options.peers), list[Row]()
    for photo in photos.real(options.photos) or [photos.write(folder, name) for name in SCRUBBED]:
        results = measure(peers, photo, {}, folder, options.rounds)
        if OURS not in results:
            continue
        rows.append(Row(f"{photo.name}, {photo.stat().st_size:,} bytes", 1, results, {}))
        print(page.scrub_table(rows[-1:]).split("\n", 2)[2], flush=True)
    if not options.print:
        page.write("scrub", f"{_stamp(options)}\n\n{page.scrub_table(rows)}")


def _stamp(options: argparse.Namespace) -> str:
    versions = f"Python {platform.python_version()}, Pillow {PIL.__version__}"
    system = f"{platform.system()} {platform.machine()}"
    return f"Measured {datetime.now(UTC):%Y-%m-%d} on {system}, {versions}; medians of {options.rounds} rounds."


BENCHES = {"images": bench_images, "scrub": bench_scrub}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks that the command line names, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("benches", nargs="*", choices=[*BENCHES, []], default=[])
    parser.add_argument("--rounds", type=at_least_one, default=7)
    parser.add_argument("--photos", default="", help="a folder of real photos: the results are printed, not written")
    parser.add_argument("--peers", type=Path, default=Path(".venv-bench"))
    parser.add_argument("--print", action="store_true", help="write no page")
    options = parser.parse_args(arguments)
    options.print = options.print or bool(options.photos)  # the page explains the made photos
    for name in options.benches or BENCHES:
        with tempfile.TemporaryDirectory() as folder:
            BENCHES[name](options, Path(folder))
    return 0


if __name__ == "__main__":
    interrupt.run(main)
