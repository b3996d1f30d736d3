"""Measure the peak memory over imports of the worst allowed photos, each in a process of its own.

    python -m scripts.measuring.measure_memory [--write docs/memory.md] [words of a case's name]

A case fails over 400 MB, the default recipe on 24 megapixels over 60 MB.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from scripts.measuring.memory_cases import CASES, Case

_PAGE = Path("docs/memory.md")
_STATUS = Path("/proc/self/status")
_MARK = "<!-- measured -->"


def main() -> None:
    """Measure the cases that were asked for and print a table; end with status 1 when one is over its bound."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help=f"put the table into {_PAGE}")
    parser.add_argument("--child", nargs=2, metavar=("CASE", "FILE"), help=argparse.SUPPRESS)
    parser.add_argument("words", nargs="*")
    arguments = parser.parse_args()
    if arguments.child:
        print(json.dumps(measure(_named(arguments.child[0]), Path(arguments.child[1]))))
        return
    chosen = [case for case in CASES if all(word in case.name for word in arguments.words)]
    rows = [_row(case) for case in chosen]
    if arguments.write:
        _write(rows)
    sys.exit(any("OVER" in row for row in rows))


def measure(case: Case, file: Path) -> dict[str, float | str]:
    """Develop one photo in this process and tell what it took above the imports."""
    from chalicelib.errors import ImageRejected  # here: the process that makes the photo does without
    from chalicelib.flows.variants import render_variants
    from chalicelib.imaging.recipe import parse
    from chalicelib.settings import Settings

    settings = Settings.from_environ(_environment())
    recipe = parse(case.options)
    before = _start_peak()
    started = time.process_time()
    data = file.read_bytes()
    try:
        outcome = ", ".join(
            f"{made.size.width}x{made.size.height}" for made in render_variants(data, recipe, settings).outputs.values()
        )
    except ImageRejected as error:
        outcome = f"refused: {error.code}"
    peak = _peak() - before
    return {"mb": peak, "seconds": time.process_time() - started, "outcome": outcome, "input_mb": len(data) / 1e6}


def _row(case: Case) -> str:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "photo"
        _make(case, file)
        told = _child(case, file)
    verdict = "OVER" if told["mb"] > case.bound else "ok"
    row = (
        f"| {case.name} | {told['input_mb']:.1f} | {told['outcome']} | {told['mb']:.0f} | {case.bound} | {verdict} "
        f"| {told['seconds']:.1f} |"
    )
    print(row, flush=True)
    return row


def _make(case: Case, file: Path) -> None:
    pid = os.fork()  # the maker's memory goes with its process
    if pid == 0:
        file.write_bytes(case.make())
        os._exit(0)
    if os.waitpid(pid, 0)[1]:
        sys.exit(f"The photo of {case.name!r} could not be made.")


def _child(case: Case, file: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "scripts.measuring.measure_memory", "--child", case.name, str(file)]
    finished = subprocess.run(command, capture_output=True, text=True, check=True)
    answer: dict[str, float] = json.loads(finished.stdout.splitlines()[-1])
    return answer


def _named(name: str) -> Case:
    return next(case for case in CASES if case.name == name)


def _environment() -> dict[str, str]:
    """Give the names that a stage must set; nothing here talks to AWS."""
    buckets, tables = ("IMAGES_BUCKET", "LANDING_BUCKET", "DESTINATION_BUCKET"), ("IMAGES_TABLE", "DDB_TABLE")
    names = ("STAGE", *buckets, *tables, "ALARMS_TOPIC_ARN", "DOG_PIPELINE_ARN")
    return dict.fromkeys(names, "measured")


def _start_peak() -> float:
    """Let the peak start again from what is held now; where the system cannot, from the peak of the imports."""
    if _STATUS.exists():
        Path("/proc/self/clear_refs").write_text("5")
    return _peak()


def _peak() -> float:
    """Read the peak of resident memory in megabytes; getrusage() would tell the parent's on Linux, where it is more."""
    if not _STATUS.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    lines = _STATUS.read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1000


def _write(rows: list[str]) -> None:
    import PIL

    when = f"{datetime.now(UTC):%Y-%m-%d}"
    where = f"Measured {when} on {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    head = "| case | input MB | outputs | peak MB | bound | | CPU s |\n|---|---|---|---|---|---|---|"
    table = "\n".join([f"{where}, Pillow {PIL.__version__}.", "", head, *rows])
    before = _PAGE.read_text().split(_MARK)[0]
    _PAGE.write_text(f"{before}{_MARK}\n{table}\n")


if __name__ == "__main__":
    main()
