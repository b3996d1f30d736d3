"""Free photos of their metadata on this machine, without AWS; the pixels stay as they are to the last one.

A folder is walked with all below it, and its paths are kept beneath the output folder. Exit status 0: all is clean;
1: something could not be cleaned or read, each told with its reason; 2: nothing was begun; 130: stopped before the end,
as by Ctrl-C.
"""

import argparse
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

if not __package__:  # started as a file: what is imported lies beside scripts, not in it
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from chalicelib.errors import ImageRejected
from chalicelib.imaging import metadata
from chalicelib.imaging.formats import sniff
from chalicelib.imaging.metadata import Finding, Kind, Stripped
from scripts.terminal.photo_files import Job, PlanError, find, plan, show, write

REFUSED, NOT_BEGUN, STOPPED = 1, 2, 130
#: Enough to tell a format by: what is no image is not read to its end, be it a film of gigabytes.
_HEAD = 512

Scrub = Callable[[Job], Stripped]


@dataclass
class Tally:
    """What a run did: files by how they ended, and what was removed by kind."""

    cleaned: int = 0
    refused: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    files: Counter[Kind] = field(default_factory=Counter)
    sizes: Counter[Kind] = field(default_factory=Counter)

    def add(self, job: Job, stripped: Stripped) -> None:
        """Count a file that came out clean."""
        self.cleaned += 1
        self.bytes_in += job.source.stat().st_size
        self.bytes_out += len(stripped.data)
        self.files.update({finding.kind for finding in stripped.removed})
        for finding in stripped.removed:
            self.sizes[finding.kind] += finding.size


def main(arguments: Sequence[str] | None = None) -> int:
    """Scrub or check what the command line names, and return the exit status."""
    options = read_options(arguments)
    try:
        jobs = list(find(options.paths, options.output)) if options.check else plan(options.paths, options.output)
    except PlanError as error:
        print(f"darkroom: {error}", file=sys.stderr)
        return NOT_BEGUN
    return run(jobs, check_file if options.check else clean_file)


def run(jobs: Sequence[Job], scrub: Scrub) -> int:
    """Scrub file by file behind a progress bar, print the sums, and return the exit status."""
    tally = Tally()
    try:
        with _progress() as progress:
            for job in progress.track(jobs, description="photos"):
                _take(job, scrub, tally)
    except KeyboardInterrupt:
        print(f"darkroom: stopped; {tally.cleaned + tally.refused} of {len(jobs)} files are done.", file=sys.stderr)
        return STOPPED
    except BrokenPipeError:
        # Whoever read the list has gone; nothing is left to flush at exit, which would fail again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return STOPPED
    _print_sums(tally)
    return REFUSED if tally.refused else 0


def clean_file(job: Job) -> Stripped:
    """Write the scrubbed photo. Raises ImageRejected and OSError."""
    stripped = metadata.strip(_read(job))
    write(job, stripped.data)
    return stripped


def check_file(job: Job) -> Stripped:
    """Print what a scrub would remove; nothing is written. Raises ImageRejected and OSError."""
    data = _read(job)
    try:
        stripped = metadata.strip(data)
    except ImageRejected:
        _print_findings(job, metadata.inspect(data))
        raise
    _print_findings(job, stripped.removed)
    return stripped


def read_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    first, _, rest = str(__doc__).partition("\n\n")
    parser = argparse.ArgumentParser(prog="sanitize.py", description=first, epilog=rest)
    parser.add_argument("paths", nargs="+", type=Path, metavar="FILE|FOLDER")
    parser.add_argument("--output", type=Path, metavar="DIR", help="where the scrubbed photos go; made when missing")
    parser.add_argument("--check", action="store_true", help="only list what would be removed; nothing is written")
    options = parser.parse_args(arguments)
    if not options.check and not options.output:
        parser.error("--output DIR is needed, or --check")
    return options


def _take(job: Job, scrub: Scrub, tally: Tally) -> None:
    try:
        tally.add(job, scrub(job))
    except BrokenPipeError:
        raise  # of what is printed, not of the photo
    except (ImageRejected, OSError, MemoryError) as error:
        tally.refused += 1
        print(f"rejected {show(job.source)}: {_reason(error)}", file=sys.stderr)


def _reason(error: Exception) -> str:
    if isinstance(error, ImageRejected):
        return f"{error.detail} ({error.code})"
    if isinstance(error, MemoryError):
        return "It is too large for this machine's memory."
    # The system's own words; the file is named already
    return str(error.strerror if isinstance(error, OSError) and error.strerror else error)


def _read(job: Job) -> bytes:
    if job.fault:
        raise OSError(job.fault)
    with job.source.open("rb") as file:
        head = file.read(_HEAD)
        sniff(head)
        return head + file.read()


def _print_findings(job: Job, findings: Iterable[Finding]) -> None:
    """Print a line for each finding that a scrub removes; a clean file has one line."""
    lines = [_describe(finding) for finding in findings if not finding.allowed]
    for line in lines or ["clean"]:
        print(f"{show(job.source)}: {line}")


def _describe(finding: Finding) -> str:
    often = f" (x{finding.count:,})" if finding.count > 1 else ""
    return f"{finding.kind}: {finding.summary}{often}, {finding.size:,} bytes in {finding.where}"


def _progress() -> Progress:
    """Build the bar on stderr, so that what is listed can be piped."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), redirect_stdout=sys.stdout.isatty())


def _print_sums(tally: Tally) -> None:
    table = Table("removed", "files", "bytes", title=f"{tally.cleaned} clean, {tally.refused} rejected")
    for kind, files in tally.files.most_common():
        table.add_row(kind.value, f"{files:,}", f"{tally.sizes[kind]:,}")
    table.add_section()
    table.add_row("whole files", f"{tally.cleaned:,}", f"{tally.bytes_in:,} -> {tally.bytes_out:,}")
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
