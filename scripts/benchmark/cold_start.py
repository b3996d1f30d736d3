"""Start a function as Lambda does, and read the CPU time of its init, of its first event and of warm events."""

import itertools
import logging
import os
import tempfile
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from moto.moto_api._internal.models import moto_api_backend
from moto.server import ThreadedMotoServer

from chalicelib.settings import Settings
from scripts.benchmark.lambda_events import Event
from scripts.benchmark.processes import cpu_of, peak_of
from scripts.embedded import local_stage
from scripts.embedded.deployed.runtime import DeployedFunction, Runtime
from scripts.project import HOST, read_config, set_environment


@dataclass(frozen=True)
class Start:
    """CPU milliseconds of a new process: its init, its first event, the median of its warm events; its peak in MB."""

    init: float
    first: float
    warm: float
    peak: float
    error: str = ""


class MeasuredRuntime(Runtime):
    """A function's process that says when its init is over: when it asks for its first event."""

    def __init__(self, function: DeployedFunction, endpoint: str, folder: Path) -> None:
        self.ready = threading.Event()
        super().__init__(function, endpoint, folder)

    @property
    def pid(self) -> int:
        """Return the process id."""
        return self._process.pid

    def next_event(self) -> tuple[str, dict[str, str], bytes]:
        """Wait for the next event. The process is ready for it."""
        self.ready.set()
        return super().next_event()


def start(function: DeployedFunction, endpoint: str, folder: Path, events: list[Event]) -> Start:
    """Start a function and send it events; the first is cold, the others are warm.

    Raises ChildProcessError when the process ends before it is ready.
    """
    folder.mkdir(parents=True, exist_ok=True)
    runtime = MeasuredRuntime(function, endpoint, folder)
    try:
        while not runtime.ready.wait(0.2):
            if runtime.has_ended():
                raise ChildProcessError(runtime.log_tail())
        marks, error = [cpu_of(runtime.pid)], ""
        for event in events:
            outcome = runtime.invoke(event, str(uuid.uuid4()))
            error = error or (outcome.error_message or outcome.error_type or "")
            marks.append(cpu_of(runtime.pid))
        spent = [after - before for before, after in itertools.pairwise(marks)]
        return Start(marks[0], spent[0], median(spent[1:] or spent), peak_of(runtime.pid) / 1e6, error)
    finally:
        runtime.stop()


def middle(starts: list[Start]) -> Start:
    """Return the medians of several starts."""
    values = {name: median(getattr(each, name) for each in starts) for name in ("init", "first", "warm", "peak")}
    return replace(starts[0], **values)


@contextmanager
def stage() -> Iterator[tuple[Settings, str, Path]]:
    """Create stage `local` on a moto server in this process: its CPU time is not that of a function.

    Yields the settings, the address of the server and a folder.
    """
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(HOST, 0, verbose=False)
    server.start()
    port = server.get_host_and_port()[1]
    set_environment(read_config(), port, os.environ)
    settings = Settings.from_environ(os.environ)
    local_stage.create_all(settings)
    try:
        with tempfile.TemporaryDirectory() as folder:
            yield settings, f"http://{HOST}:{port}", Path(folder)
    finally:
        server.stop()
        # moto keeps its state in this process, and the next stage has the same names.
        moto_api_backend.reset()
