"""Runs a deployed zip as Lambda does: in a clean process, with Lambda's runtime client and a small Runtime API.

The process can import the zip, the standard library and the packages that Lambda provides, such as boto3. It cannot
import anything else of this environment, so a missing dependency fails as it would on AWS.
"""

import importlib.util
import io
import json
import os
import platform
import queue
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from scripts.embedded import log_tail
from scripts.embedded.functions import ACCOUNT, REGION, Event, Outcome
from scripts.project import HOST

#: Packages that Lambda's Python provides besides the standard library.
LAMBDA_PACKAGES = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")
_RUNTIME_CLIENT = ("awslambdaric", "runtime_client", "simplejson", "snapshot_restore_py")
_BOOTSTRAP = "import sys; sys.path[:0] = sys.argv[2:]; from awslambdaric.__main__ import main; main(sys.argv[:2])"
#: Seconds added to a function's own time-out, since imports are slow on a busy machine.
_GRACE = 120.0

#: This machine's Python and processor, by Lambda's names.
THIS_MACHINE = (
    f"python{sys.version_info[0]}.{sys.version_info[1]}",
    "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64",
)


@dataclass(frozen=True)
class DeployedFunction:
    """A function as it was deployed: code, environment variables, time-out in seconds, memory in MB."""

    name: str
    handler: str
    code: bytes
    variables: Mapping[str, str]
    timeout: float
    memory: int = 128
    #: Lambda's names of the Python and the processor that the zip was built for.
    built_for: tuple[str, str] = THIS_MACHINE


class _Handler(BaseHTTPRequestHandler):
    """The HTTP side of the Runtime API."""

    protocol_version = "HTTP/1.1"
    server: "_Server"

    def do_GET(self) -> None:
        """Return the next event; wait until there is one."""
        _, headers, body = self.server.runtime.next_event()
        self._send(200, headers, body)

    def do_POST(self) -> None:
        """Accept the outcome of an event."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.runtime.report(self.path, body)
        self._send(202, {}, b'{"status": "OK"}')

    def log_message(self, *_args: Any, **_named: Any) -> None:
        """Write nothing."""

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    """The Runtime API of one function."""

    daemon_threads = True

    def __init__(self, runtime: "Runtime") -> None:
        self.runtime = runtime
        super().__init__((HOST, 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Write nothing: stop() kills the process, which breaks its connection."""


class Runtime:
    """The process of one function. It handles one event at a time."""

    def __init__(self, function: DeployedFunction, endpoint: str, folder: Path) -> None:
        self._function, self._folder = function, folder
        self._events: queue.Queue[tuple[str, Event]] = queue.Queue()
        self._outcomes: queue.Queue[Outcome] = queue.Queue()
        self._lock = threading.Lock()
        self._server = _Server(self)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 -- closed by stop(), with the process that writes it
        self._process = self._start(endpoint)

    def invoke(self, event: Event, request_id: str) -> Outcome:
        """Run the function on an event and return its outcome. If the process ends, the outcome is an error."""
        with self._lock:
            start = log_tail.size(self._log)
            self._events.put((request_id, event))
            deadline = time.monotonic() + self._function.timeout + _GRACE
            while time.monotonic() < deadline:
                try:
                    outcome = self._outcomes.get(timeout=0.2)
                    return replace(outcome, log=log_tail.printed(self._log, start, log_tail.TAIL))
                except queue.Empty:
                    if self._process.poll() is not None:
                        return _failure("Runtime.ExitError", tail := self.log_tail(), tail)
            # Kill the process, because its late answer would count as the answer to the next event.
            self._process.kill()
            self._process.wait()
            return _failure("Sandbox.Timedout", f"no answer after {self._function.timeout:g} s")

    def has_ended(self) -> bool:
        """Return True if the process has ended, so that a new one is needed."""
        return self._process.poll() is not None

    def log_tail(self) -> str:
        """Return the last 2000 bytes that the process printed, or "" if stop() has closed the log meanwhile."""
        return log_tail.printed(self._log, 0, 2000)

    def stop(self) -> None:
        """End the process and the Runtime API."""
        self._process.kill()
        self._process.wait()
        self._server.shutdown()
        self._server.server_close()
        with self._lock:
            self._log.close()

    def next_event(self) -> tuple[str, dict[str, str], bytes]:
        """Wait for the next event; return its request id, headers and body."""
        request_id, event = self._events.get()
        headers = {
            "Content-Type": "application/json",
            # Lambda's runtime client crashes without this header.
            "Lambda-Runtime-Trace-Id": "Root=1-00000000-000000000000000000000000;Sampled=0",
            "Lambda-Runtime-Aws-Request-Id": request_id,
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + self._function.timeout) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self._function.name}",
        }
        return request_id, headers, json.dumps(event).encode()

    def report(self, path: str, body: bytes) -> None:
        """Record the outcome of an event, or of the start of the process."""
        if path.endswith("/response"):
            self._outcomes.put(Outcome(body.decode()))
        elif path.endswith("/error"):
            error = json.loads(body)
            self._outcomes.put(Outcome(body.decode(), error.get("errorType", "Unknown"), error.get("errorMessage", "")))

    def _start(self, endpoint: str) -> subprocess.Popen[bytes]:
        code = self._folder / "task"
        if not code.exists():
            _unpack(self._function.code, code)
        layer = _layer(self._folder / "layer")
        environ = dict(self._function.variables) | self._lambda_variables(endpoint, code)
        # -I -S hide the packages of this environment. -B writes no bytecode, since /var/task is read-only on AWS.
        command = [sys.executable, "-I", "-S", "-B", "-c", _BOOTSTRAP, self._function.handler, str(code), str(layer)]
        return subprocess.Popen(command, cwd=code, env=environ, stdout=self._log, stderr=self._log)

    def _lambda_variables(self, endpoint: str, code: Path) -> dict[str, str]:
        """Return the environment variables that Lambda adds to the function's own."""
        return {
            "AWS_LAMBDA_RUNTIME_API": f"{HOST}:{self._server.server_address[1]}",
            "AWS_LAMBDA_FUNCTION_NAME": self._function.name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self._function.memory),
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{self._function.name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": "embedded",
            "LAMBDA_TASK_ROOT": str(code),
            "_HANDLER": self._function.handler,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            # The embedded AWS accepts any key.
            **dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "embedded"),
            "AWS_ENDPOINT_URL": endpoint,
            "NO_PROXY": HOST,
            "PATH": os.defpath,
        }


class Runtimes:
    """The processes of all deployed functions of one embedded AWS. The first event of a function starts its process."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._folder = tempfile.TemporaryDirectory()
        self._running: dict[tuple[str, int], Runtime] = {}
        self._lock = threading.Lock()

    def invoke(self, function: DeployedFunction, event: Event, request_id: str) -> Outcome:
        """Run a function. A new version of its code or variables gets a new process."""
        if function.built_for != THIS_MACHINE:
            built_for, machine = (" on ".join(pair) for pair in (function.built_for, THIS_MACHINE))
            return _failure("Runtime.InvalidRuntime", f"the zip is for {built_for}, and this machine runs {machine}")
        code = hash(function.code)
        key = (function.name, hash((code, tuple(sorted(function.variables.items())))))
        with self._lock:
            if key in self._running and self._running[key].has_ended():
                self._running.pop(key).stop()
            if key not in self._running:
                folder = Path(self._folder.name) / f"{code & 0xFFFFFFFF:x}"
                folder.mkdir(exist_ok=True)
                self._running[key] = Runtime(function, self._endpoint, folder)
            runtime = self._running[key]
        return runtime.invoke(event, request_id)

    def close(self) -> None:
        """End every process."""
        for runtime in self._running.values():
            runtime.stop()
        self._folder.cleanup()


def _unpack(code: bytes, folder: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(code)) as archive:
        archive.extractall(folder)


def _layer(folder: Path) -> Path:
    """Make a folder of links to the packages that Lambda provides, and to nothing else of this environment."""
    folder.mkdir(exist_ok=True)
    for name in (*LAMBDA_PACKAGES, *_RUNTIME_CLIENT):
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError(f"{name} is not installed. Run `make venv`.")
        source = origin.parent if (origin := Path(spec.origin)).name == "__init__.py" else origin
        if not (folder / source.name).exists():
            (folder / source.name).symlink_to(source)
    return folder


def _failure(kind: str, message: str, printed: str = "") -> Outcome:
    return Outcome(json.dumps({"errorType": kind, "errorMessage": message}), kind, message, printed)
