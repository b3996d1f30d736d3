"""Lists the files to scrub and the path of each result, before anything is written. Writes each result."""

import os
import secrets
import shutil
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.terminal.file_names import show


class PlanError(Exception):
    """The files cannot be scrubbed as asked. Nothing was written. The message is for the user."""


@dataclass(frozen=True)
class Job:
    """One file to scrub: its path, the path of the result, and the reason if it cannot be read."""

    source: Path
    target: Path
    error: str = ""


def find(inputs: Sequence[Path], output: Path | None = None) -> Iterator[Job]:
    """Yield a job for each file, and for each file in a folder. A file of a folder keeps its path below `output`."""
    for given in inputs:
        yield from _walk(given, output) if given.is_dir() else [_job(given, _target(output, given.name))]


def plan(inputs: Sequence[Path], output: Path) -> list[Job]:
    """Return the jobs.

    Raises PlanError when two files would have the same output, or an output would replace an input.
    """
    jobs: dict[Path, Job] = {}
    for job in find(inputs, output):
        other = jobs.setdefault(job.target, job)
        if not _same_file(other.source, job.source):
            raise PlanError(f"{show(other.source)} and {show(job.source)} would both be written to {show(job.target)}.")
    found = list(jobs.values())
    _check_no_input_is_replaced(found)
    return found


def write(job: Job, data: bytes) -> None:
    """Write a result whole, or not at all if the write is interrupted. Raises OSError."""
    job.target.parent.mkdir(parents=True, exist_ok=True)
    # The name is known before the file exists, so that an interrupt at any moment can delete the file.
    part = job.target.parent / f".{secrets.token_hex(8)}.part"
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
        shutil.copymode(job.source, part)
        part.replace(job.target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _walk(given: Path, output: Path | None) -> Iterator[Job]:
    errors: list[OSError] = []
    for folder, folders, files in os.walk(given, onerror=errors.append):
        parent = Path(folder)
        links = [name for name in folders if (parent / name).is_symlink()]
        # The output of an earlier run is not an input.
        folders[:] = sorted(name for name in folders if not (output and _same_file(parent / name, output)))
        for name in sorted((*files, *links)):
            yield _job(parent / name, _target(output, (parent / name).relative_to(given)))
    for error in errors:
        source = Path(error.filename)
        yield Job(source, _target(output, source.relative_to(given)), error.strerror or "the folder cannot be read")


def _target(output: Path | None, name: Path | str) -> Path:
    return (output or Path()) / name


def _job(source: Path, target: Path) -> Job:
    if source.is_dir():
        return Job(source, target, "links to folders are not followed")
    if not source.exists():
        return Job(source, target, "the file does not exist")
    # Reading a pipe could block for ever.
    return Job(source, target, "" if source.is_file() else "it is not a regular file")


def _same_file(one: Path, other: Path) -> bool:
    return one == other or (one.exists() and other.exists() and one.samefile(other))


def _check_no_input_is_replaced(jobs: Collection[Job]) -> None:
    """Raise PlanError when an output is an input, under the same name, another name or a link."""
    inputs = {(found.st_dev, found.st_ino) for found in (job.source.stat() for job in jobs if not job.error)}
    for job in jobs:
        if job.target.exists():
            found = job.target.stat()
            if (found.st_dev, found.st_ino) in inputs:
                raise PlanError(f"{show(job.target)} is an input and would be overwritten. Choose another folder.")
