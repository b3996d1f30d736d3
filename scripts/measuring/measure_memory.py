"""Measure the peak memory, over imports, of the worst photos that the limits accept, each in a forked child.

    python -m scripts.measuring.measure_memory [--write] [--photo FILE] [words of a case's name]

--write puts the table into docs/memory.md. --photo measures a file instead of the case's own photo.
A case fails over 400 MB, and the default recipe on 24 megapixels over 60 MB. Then the exit status is 1.
"""

import argparse
import platform
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import PIL

from chalicelib.errors import ImageRejected
from chalicelib.flows.variants import render_variants
from chalicelib.imaging.recipe import parse
from chalicelib.settings import Settings
from scripts.measuring.memory_cases import CASES, Case
from scripts.measuring.peak_memory import measure_peak, run_in_child
from scripts.terminal import interrupt

_PAGE = Path("docs/memory.md")
_MARK = "<!-- measured -->"


def main() -> None:
    """Measure the cases that the command line names and print a table. Exit with 1 when one is over its bound."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help=f"put the table into {_PAGE}")
    parser.add_argument("--photo", type=Path, metavar="FILE", help="measure this file")
    parser.add_argument("words", nargs="*")
    arguments = parser.parse_args()
    chosen = [case for case in CASES if all(word in case.name for word in arguments.words)]
    rows = [measure(case, arguments.photo) for case in chosen]
    if arguments.write:
        _write(rows)
    sys.exit(not rows or any("OVER" in row for row in rows))


def measure(case: Case, photo: Path | None = None) -> str:
    """Measure a case with its own photo or another one. Print and return its row of the table."""
    with tempfile.TemporaryDirectory() as folder:
        file = photo or Path(folder) / "photo"
        if not photo:
            run_in_child(lambda: file.write_bytes(case.make()))
        result = run_in_child(lambda: _render(case, file))
    verdict = "OVER" if result["mb"] > case.bound else "ok"
    row = (
        f"| {case.name} | {result['input_mb']:.1f} | {result['outcome']} | {result['mb']:.0f} | {case.bound} "
        f"| {verdict} | {result['seconds']:.1f} |"
    )
    print(row, flush=True)
    return row


def _render(case: Case, file: Path) -> dict[str, Any]:
    settings, recipe, outcome = Settings.from_environ(_environment()), parse(case.options), ""
    size = file.stat().st_size

    def render() -> None:
        nonlocal outcome
        try:
            outputs = render_variants(file.read_bytes(), recipe, settings).outputs.values()
            outcome = ", ".join(f"{each.size.width}x{each.size.height}" for each in outputs)
        except ImageRejected as error:
            outcome = f"refused: {error.code}"

    started = time.process_time()
    peak = measure_peak(render)
    return {"mb": peak / 1e6, "seconds": time.process_time() - started, "outcome": outcome, "input_mb": size / 1e6}


def _environment() -> dict[str, str]:
    """Return the variables that a stage must set; nothing here calls AWS."""
    buckets, tables = ("IMAGES_BUCKET", "LANDING_BUCKET", "DESTINATION_BUCKET"), ("IMAGES_TABLE", "DDB_TABLE")
    topics = ("ALARMS_TOPIC_ARN", "IMAGES_TOPIC_ARN")
    names = ("STAGE", *buckets, *tables, *topics, "DOG_PIPELINE_ARN")
    return dict.fromkeys(names, "measured")


def _write(rows: list[str]) -> None:
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, Pillow {PIL.__version__}"
    head = "| case | input MB | outputs | peak MB | bound | | CPU s |\n|---|---|---|---|---|---|---|"
    table = "\n".join([f"Measured {datetime.now(UTC):%Y-%m-%d} on {system}.", "", head, *rows])
    before = _PAGE.read_text().split(_MARK)[0]
    _PAGE.write_text(f"{before}{_MARK}\n{table}\n")


if __name__ == "__main__":
    interrupt.run(main)
