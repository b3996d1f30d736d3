"""Remove the metadata of photos on this machine, without AWS. The pixels do not change.

A folder includes its subfolders. Its files keep their paths below the output folder.
Exit status 0: all files are clean. 1: some files could not be read or cleaned; each is listed with the reason.
2: nothing was started; with --check, some files hold metadata. 130: stopped before the end, for example by Ctrl-C.
"""

import sys
from pathlib import Path

if not __package__:  # Started as a file: Python then searches the folder scripts, not the project's root.
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    __import__("scripts")  # Its import handles a Ctrl-C while the rest is imported.

import argparse
import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from chalicelib.errors import ImageRejected, InvalidRequest
from chalicelib.imaging import metadata
from chalicelib.imaging.formats import sniff
from chalicelib.imaging.keep import Keep, read_keep
from chalicelib.imaging.metadata import Finding, Kind, Sanitized
from chalicelib.imaging.metadata.credit import strip_keeping
from chalicelib.imaging.metadata.details import read_details
from scripts.terminal import interrupt
from scripts.terminal.file_names import printable, show
from scripts.terminal.photo_files import Job, PlanError, find, plan, write

REJECTED, NOT_STARTED, FOUND, STOPPED = 1, 2, 2, interrupt.INTERRUPTED
#: Bytes that show the format, so that a film of gigabytes is rejected without reading it all.
_HEAD = 512

Scrub = Callable[[Job], Sanitized]


@dataclass
class Totals:
    """The sums of a run: files that were read and that were rejected, and what was found or removed, by kind."""

    done: int = 0
    with_findings: int = 0
    rejected: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    files: Counter[Kind] = field(default_factory=Counter)
    sizes: Counter[Kind] = field(default_factory=Counter)
    #: The number of files that kept the values of each word.
    kept: Counter[str] = field(default_factory=Counter)

    def add(self, job: Job, stripped: Sanitized) -> None:
        """Count a file that was scrubbed or checked."""
        self.done += 1
        self.with_findings += bool(stripped.removed)
        self.bytes_in += job.source.stat().st_size
        self.bytes_out += len(stripped.data)
        self.files.update({finding.kind for finding in stripped.removed})
        for finding in stripped.removed:
            self.sizes[finding.kind] += finding.size
        self.kept.update({finding.kind.value for finding in stripped.kept} & set(Keep))


def main(arguments: Sequence[str] | None = None) -> int:
    """Scrub or check the files that the command line names, and return the exit status."""
    options = read_options(arguments)
    try:
        jobs = list(find(options.paths, options.output)) if options.check else plan(options.paths, options.output)
    except PlanError as error:
        print(f"darkroom: {error}", file=sys.stderr)
        return NOT_STARTED
    if options.check:
        return run(jobs, partial(check_file, details=options.details), print_found)
    return run(jobs, partial(clean_file, keep=options.keep), print_removed)


def run(jobs: Sequence[Job], scrub: Scrub, print_totals: Callable[["Totals"], int]) -> int:
    """Call `scrub` on each file, with a progress bar, print the totals, and return the exit status."""
    totals = Totals()
    try:
        with _progress() as progress:
            for job in progress.track(jobs, description="photos"):
                _process(job, scrub, totals)
    except KeyboardInterrupt:
        print(f"darkroom: stopped after {totals.done + totals.rejected} of {len(jobs)} files.", file=sys.stderr)
        return STOPPED
    except BrokenPipeError:
        # The program that read the list has ended. Flushing at exit would fail again, so nothing may be left to flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return STOPPED
    return print_totals(totals)


def clean_file(job: Job, *, keep: Collection[Keep] = ()) -> Sanitized:
    """Write the scrubbed photo, with the values to keep. Raises ImageRejected and OSError."""
    stripped = strip_keeping(_read(job), keep)
    write(job, stripped.data)
    return stripped


def check_file(job: Job, *, details: bool = False) -> Sanitized:
    """Print what a file holds that a scrub removes, and with `details` its values. Write nothing.

    Raises ImageRejected and OSError.
    """
    data = _read(job)
    if details:
        _print_details(job, data)
    try:
        stripped = metadata.strip(data)
    except ImageRejected:
        _print_findings(job, metadata.inspect(data))
        raise
    _print_findings(job, stripped.removed)
    return stripped


def read_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line."""
    first, _, rest = str(__doc__).partition("\n\n")
    parser = argparse.ArgumentParser(prog="sanitize.py", description=first, epilog=rest)
    parser.add_argument("paths", nargs="+", type=Path, metavar="FILE|FOLDER")
    parser.add_argument("--output", type=Path, metavar="DIR", help="folder for the results; created when missing")
    parser.add_argument(
        "--check", action="store_true", help="list the metadata that a scrub removes, and write nothing"
    )
    parser.add_argument("--details", action="store_true", help="with --check: print the values, such as the position")
    parser.add_argument(
        "--keep", type=_keep, default=frozenset(), metavar="WORDS", help=f"what to write anew: {', '.join(Keep)}"
    )
    options = parser.parse_args(arguments)
    if not options.check and not options.output:
        parser.error("give --output DIR or --check")
    if options.details and not options.check:
        parser.error("give --details with --check")
    if options.keep and options.check:
        parser.error("give --keep with --output alone")
    return options


def _keep(text: str) -> frozenset[Keep]:
    try:
        return read_keep({"keep": text})
    except InvalidRequest as error:
        raise argparse.ArgumentTypeError(error.detail) from error


def _process(job: Job, scrub: Scrub, totals: Totals) -> None:
    try:
        totals.add(job, scrub(job))
    except BrokenPipeError:
        raise  # an error of the printed list, not of the photo
    except (ImageRejected, OSError, MemoryError) as error:
        totals.rejected += 1
        print(f"rejected {show(job.source)}: {_reason(error)}", file=sys.stderr)


def _reason(error: Exception) -> str:
    if isinstance(error, ImageRejected):
        return f"{error.detail} ({error.code})"
    if isinstance(error, MemoryError):
        return "The file is too large for the memory of this machine."
    # Only the system's message, since the line names the file already.
    return str(error.strerror if isinstance(error, OSError) and error.strerror else error)


def _read(job: Job) -> bytes:
    if job.error:
        raise OSError(job.error)
    with job.source.open("rb") as file:
        head = file.read(_HEAD)
        sniff(head)
        return head + file.read()


def _print_findings(job: Job, findings: Iterable[Finding]) -> None:
    """Print a line for each finding that a scrub removes, or the line "clean"."""
    lines = [_describe(finding) for finding in findings if not finding.allowed]
    for line in lines or ["clean"]:
        print(f"{show(job.source)}: {line}")


def _print_details(job: Job, data: bytes) -> None:
    """Print a line for each value of the metadata. A value must not control the terminal."""
    try:
        found = metadata.inspect(data)
    except ImageRejected:
        found = ()
    for line in read_details(data, found).lines():
        print(f"{show(job.source)}: {printable(line)}")


def _describe(finding: Finding) -> str:
    times = f" (x{finding.count:,})" if finding.count > 1 else ""
    return f"{finding.kind}: {finding.summary}{times}, {finding.size:,} bytes in {finding.where}"


def _progress() -> Progress:
    """Build the progress bar, on stderr, so that stdout can be piped."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), redirect_stdout=sys.stdout.isatty())


def print_removed(totals: Totals) -> int:
    """Print what a scrub has removed, and return the exit status."""
    title = f"{totals.done} clean, {totals.rejected} rejected"
    _print_table(totals, "removed", title, f"{totals.bytes_in:,} -> {totals.bytes_out:,}")
    return REJECTED if totals.rejected else 0


def print_found(totals: Totals) -> int:
    """Print what a check has found, and return the exit status."""
    clean = totals.done - totals.with_findings
    title = f"{clean} clean, {totals.with_findings} with metadata, {totals.rejected} rejected"
    _print_table(totals, "found", title, f"{totals.bytes_in:,}")
    if totals.with_findings:
        return FOUND
    return REJECTED if totals.rejected else 0


def _print_table(totals: Totals, heading: str, title: str, sizes: str) -> None:
    table = Table(heading, "files", "bytes")
    for kind, files in totals.files.most_common():
        table.add_row(kind.value, f"{files:,}", f"{totals.sizes[kind]:,}")
    table.add_section()
    for word, files in totals.kept.most_common():
        table.add_row(f"kept: {word}", f"{files:,}", "")
    table.add_row("whole files", f"{totals.done:,}", sizes)
    print(title)
    Console().print(table)


if __name__ == "__main__":
    interrupt.run(main)
