"""Which files are to be scrubbed and where each goes: settled before the first byte is written."""

import os
import secrets
import shutil
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path


class PlanError(Exception):
    """Raised when the files cannot be scrubbed as asked and nothing was written; the message is for the person."""


@dataclass(frozen=True)
class Job:
    """One file to scrub: where it is, where the result goes, and why it cannot be read, where that is known."""

    source: Path
    target: Path
    fault: str = ""


def find(inputs: Sequence[Path], output: Path | None = None) -> Iterator[Job]:
    """Give a job for each file named, and for each file in a folder named, whose paths are kept beneath `output`."""
    for given in inputs:
        yield from _walk(given, output) if given.is_dir() else [_job(given, _target(output, given.name))]


def plan(inputs: Sequence[Path], output: Path) -> list[Job]:
    """List the jobs.

    Raises PlanError when two files would land on one name, or an output on an input.
    """
    jobs: dict[Path, Job] = {}
    for job in find(inputs, output):
        other = jobs.setdefault(job.target, job)
        if not _same_file(other.source, job.source):
            raise PlanError(f"{show(other.source)} and {show(job.source)} would both become {show(job.target)}.")
    found = list(jobs.values())
    _spare_inputs(found)
    return found


def write(job: Job, data: bytes) -> None:
    """Write a result whole or not at all, whatever interrupts it. Raises OSError."""
    job.target.parent.mkdir(parents=True, exist_ok=True)
    # Named before it is there: an interrupt has no moment in which the file stands and nobody knows of it
    part = job.target.parent / f".{secrets.token_hex(8)}.part"
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
        shutil.copymode(job.source, part)
        part.replace(job.target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def show(path: Path) -> str:
    """Make a file's name fit to print: it may be no text, or hold what would steer a terminal."""
    text = os.fsencode(path).decode(errors="replace")
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def _walk(given: Path, output: Path | None) -> Iterator[Job]:
    faults: list[OSError] = []
    for folder, folders, files in os.walk(given, onerror=faults.append):
        here = Path(folder)
        links = [name for name in folders if (here / name).is_symlink()]
        # What an earlier run has written is no input of this one
        folders[:] = sorted(name for name in folders if not (output and _same_file(here / name, output)))
        for name in sorted((*files, *links)):
            yield _job(here / name, _target(output, (here / name).relative_to(given)))
    for fault in faults:
        source = Path(fault.filename)
        yield Job(source, _target(output, source.relative_to(given)), fault.strerror or "it cannot be read")


def _target(output: Path | None, name: Path | str) -> Path:
    return (output or Path()) / name


def _job(source: Path, target: Path) -> Job:
    if source.is_dir():
        return Job(source, target, "a link to a folder is not followed")
    if not source.exists():
        return Job(source, target, "there is no such file")
    # A pipe would be waited for without end
    return Job(source, target, "" if source.is_file() else "it is no regular file")


def _same_file(one: Path, other: Path) -> bool:
    return one == other or (one.exists() and other.exists() and one.samefile(other))


def _spare_inputs(jobs: Collection[Job]) -> None:
    """Raise PlanError when an output would take the place of an input, by whatever name or link."""
    inputs = {(found.st_dev, found.st_ino) for found in (job.source.stat() for job in jobs if not job.fault)}
    for job in jobs:
        if job.target.exists():
            found = job.target.stat()
            if (found.st_dev, found.st_ino) in inputs:
                raise PlanError(f"{show(job.target)} is an input and would be overwritten: choose another folder.")
