"""Long-lived processes that are measured: a worker that measures itself, exiftool, and a program that starts anew."""

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Any, Protocol

#: One thread for each tool, whatever the machine has.
_ONE_THREAD = {"VIPS_CONCURRENCY": "1", "UV_THREADPOOL_SIZE": "1", "OMP_NUM_THREADS": "1"}
_SHARP = Path(__file__).with_name("sharp_worker.cjs")
_READY = b"{ready}"


class Peer(Protocol):
    """A tool that does a request and returns its CPU milliseconds and its peak of memory in bytes."""

    def ask(self, photo: Path, options: dict[str, Any], outputs: list[Path]) -> dict[str, float]:
        """Do the work once."""

    def close(self) -> None:
        """End the process."""


def cpu_of(pid: int) -> float:
    """Return the CPU milliseconds that a process has used, user and system, of all its threads (Linux)."""
    # The clock of another process has this number: see clock_getcpuclockid(3).
    return time.clock_gettime_ns(~pid << 3 | 2) / 1e6


class Worker:
    """A process that answers JSON lines: worker.py, or sharp_worker.cjs."""

    def __init__(self, *command: str) -> None:
        environ = os.environ | _ONE_THREAD
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environ, text=True, bufsize=1
        )

    def ask(self, photo: Path, options: dict[str, Any], outputs: list[Path]) -> dict[str, float]:
        """Do the work once. Raises ValueError for a photo that it refuses, ChildProcessError if the process ends."""
        request = {"photo": str(photo), "options": options, "outputs": list(map(str, outputs))}
        print(json.dumps(request), file=_pipe(self._process.stdin))
        if not (line := _pipe(self._process.stdout).readline()):
            raise ChildProcessError("The measured process ended; its words are above.")
        answered = dict(json.loads(line))
        if "error" in answered:
            raise ValueError(f"{photo.name} is refused: {str(answered['error']).strip()[:200]}")
        return answered

    def close(self) -> None:
        """End the process."""
        _end(self._process)


class Exiftool:
    """exiftool with -stay_open. It writes a file beside the photo, which Darkroom does not."""

    def __init__(self, program: str) -> None:
        command = ("perl", program, "-stay_open", "True", "-@", "-")
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )

    def ask(self, photo: Path, _options: dict[str, Any], outputs: list[Path]) -> dict[str, float]:
        """Remove the metadata of a photo once. Raises ValueError if exiftool wrote nothing."""
        outputs[0].unlink(missing_ok=True)
        before = cpu_of(self._process.pid)
        commands = _pipe(self._process.stdin)
        commands.write(f"-all=\n-o\n{outputs[0]}\n{photo}\n-execute\n".encode())
        commands.flush()
        while _READY not in _pipe(self._process.stdout).readline():
            pass
        if not outputs[0].exists():
            raise ValueError(f"exiftool cannot write {photo.suffix}")
        return {"cpu_ms": cpu_of(self._process.pid) - before, "peak": peak_of(self._process.pid)}

    def close(self) -> None:
        """End the process."""
        _end(self._process)


class Program:
    """A program that starts for each photo. `{photo}` and `{output}` in its command are replaced."""

    def __init__(self, *command: str) -> None:
        self._command = command

    def ask(self, photo: Path, _options: dict[str, Any], outputs: list[Path]) -> dict[str, float]:
        """Run the program once. Raises ValueError if it fails."""
        command = [each.format(photo=photo, output=outputs[0]) for each in self._command]
        before = _children()
        if subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
            raise ValueError(f"{command[0]} cannot write {photo.suffix}")
        return {"cpu_ms": _children() - before, "peak": 0}

    def close(self) -> None:
        """Leave nothing behind: the program has ended."""


def python_worker(task: str) -> Worker:
    """Start worker.py for a task."""
    return Worker(sys.executable, "-m", "scripts.benchmark.worker", task)


def sharp_worker(modules: Path) -> Worker:
    """Start sharp, from this node_modules folder."""
    return Worker("node", str(_SHARP), str(modules))


def peak_of(pid: int) -> int:
    """Return the peak of a process's resident memory in bytes (Linux)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (used.ru_utime + used.ru_stime)


def _end(process: subprocess.Popen[Any]) -> None:
    _pipe(process.stdin).close()
    process.kill()
    process.wait()
    _pipe(process.stdout).close()


def _pipe(stream: IO[Any] | None) -> IO[Any]:
    if stream is None:
        raise TypeError("The process has no pipe.")
    return stream
