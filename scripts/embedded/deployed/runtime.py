"""A deployed zip as Lambda runs it: a clean process with Lambda's own runtime client, fed by a small Runtime API.

The process sees the zip, the standard library and what Lambda brings (boto3), and nothing of this environment, so that
a missing dependency shows.
"""

import importlib.util
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
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from scripts.embedded.functions import ACCOUNT, REGION, Event, Outcome
from scripts.project import HOST

#: What Lambda's Python brings beside the standard library.
BROUGHT = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")
_CLIENT = ("awslambdaric", "runtime_client", "simplejson", "snapshot_restore_py")
_START = "import sys; sys.path[:0] = sys.argv[2:]; from awslambdaric.__main__ import main; main(sys.argv[:2])"
#: Seconds of grace over a function's own time-out; importing is slow on a busy machine.
_GRACE = 120.0


#: This machine, in Lambda's words.
HERE = (
    f"python{sys.version_info[0]}.{sys.version_info[1]}",
    "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64",
)


@dataclass(frozen=True)
class Deployed:
    """A function as it was deployed: its code, and the variables of its own."""

    name: str
    handler: str
    code: bytes
    variables: Mapping[str, str]
    timeout: float
    memory: int = 128
    #: Lambda's names of the Python and the processor that the zip is for.
    built_for: tuple[str, str] = HERE


class _Handler(BaseHTTPRequestHandler):
    """The Runtime API: the next event is asked for, and its outcome is told."""

    protocol_version = "HTTP/1.1"
    server: "_Server"

    def do_GET(self) -> None:
        """Hand over the next event, however long that takes."""
        _, headers, body = self.server.runtime.next_event()
        self._send(200, headers, body)

    def do_POST(self) -> None:
        """Take an outcome."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.runtime.report(self.path, body)
        self._send(202, {}, b'{"status": "OK"}')

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the base's name
        """Write nothing."""

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    """A Runtime API of one function, whose process is killed when it is not needed any more."""

    daemon_threads = True

    def __init__(self, runtime: "Runtime") -> None:
        self.runtime = runtime
        super().__init__((HOST, 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Write nothing of a connection that ended with its process."""


class Runtime:
    """One function's process; it starts with the first event and takes one event at a time."""

    def __init__(self, function: Deployed, endpoint: str, folder: Path) -> None:
        self._function, self._folder = function, folder
        self._events: queue.Queue[tuple[str, Event]] = queue.Queue()
        self._outcomes: queue.Queue[Outcome] = queue.Queue()
        self._turn = threading.Lock()
        self._server = _Server(self)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 -- closed by stop(), with the process that writes it
        self._process = self._start(endpoint)

    def invoke(self, event: Event, request_id: str) -> Outcome:
        """Run the function on an event to its end; a process that dies is an error of the function."""
        with self._turn:
            self._events.put((request_id, event))
            deadline = time.monotonic() + self._function.timeout + _GRACE
            while time.monotonic() < deadline:
                try:
                    return self._outcomes.get(timeout=0.2)
                except queue.Empty:
                    if self._process.poll() is not None:
                        return _failed("Runtime.ExitError", self.words())
            # Its late answer must not be taken for that of the next event.
            self._process.kill()
            self._process.wait()
            return _failed("Sandbox.Timedout", f"no answer after {self._function.timeout:g} s")

    def has_ended(self) -> bool:
        """Tell whether the process is gone; Lambda starts another then."""
        return self._process.poll() is not None

    def words(self) -> str:
        """Read the end of what the process said."""
        self._log.seek(max(0, self._log.seek(0, os.SEEK_END) - 2000))
        return self._log.read().decode(errors="replace")

    def stop(self) -> None:
        """End the process and the Runtime API."""
        self._process.kill()
        self._process.wait()
        self._server.shutdown()
        self._server.server_close()
        self._log.close()

    def next_event(self) -> tuple[str, dict[str, str], bytes]:
        """Wait for the next event; returns its id, its headers and its body."""
        request_id, event = self._events.get()
        headers = {
            "Content-Type": "application/json",
            # Lambda's own client crashes without it.
            "Lambda-Runtime-Trace-Id": "Root=1-00000000-000000000000000000000000;Sampled=0",
            "Lambda-Runtime-Aws-Request-Id": request_id,
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + self._function.timeout) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self._function.name}",
        }
        return request_id, headers, json.dumps(event).encode()

    def report(self, path: str, body: bytes) -> None:
        """Take what the process says of an event, or of its own start."""
        if path.endswith("/response"):
            self._outcomes.put(Outcome(body.decode()))
        elif path.endswith("/error"):
            told = json.loads(body)
            self._outcomes.put(Outcome(body.decode(), told.get("errorType", "Unknown"), told.get("errorMessage", "")))

    def _start(self, endpoint: str) -> subprocess.Popen[bytes]:
        code = self._folder / "task"
        if not code.exists():
            _unpack(self._function.code, code)
        layer = _layer(self._folder / "layer")
        environ = dict(self._function.variables) | self._own_variables(endpoint, code)
        # -I -S: nothing of this environment's own packages. -B: /var/task is read-only.
        command = [sys.executable, "-I", "-S", "-B", "-c", _START, self._function.handler, str(code), str(layer)]
        return subprocess.Popen(command, cwd=code, env=environ, stdout=self._log, stderr=self._log)

    def _own_variables(self, endpoint: str, code: Path) -> dict[str, str]:
        """Write what Lambda sets beside a function's own variables."""
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
            "AWS_ACCESS_KEY_ID": "embedded",
            "AWS_SECRET_ACCESS_KEY": "embedded",  # nosec B105 - the embedded AWS takes any
            "AWS_ENDPOINT_URL": endpoint,
            "NO_PROXY": HOST,
            "PATH": os.defpath,
        }


class Runtimes:
    """The processes of all deployed functions of one embedded AWS, each started by its first event."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._folder = tempfile.TemporaryDirectory()
        self._running: dict[tuple[str, int], Runtime] = {}
        self._lock = threading.Lock()

    def invoke(self, function: Deployed, event: Event, request_id: str) -> Outcome:
        """Run a function; code or variables that were deployed anew get a process of their own."""
        if function.built_for != HERE:
            found, here = (" on ".join(pair) for pair in (function.built_for, HERE))
            return _failed("Runtime.InvalidRuntime", f"the zip is for {found}, and this machine runs {here}")
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
    with tempfile.TemporaryFile() as file:
        file.write(code)
        with zipfile.ZipFile(file) as archive:
            archive.extractall(folder)


def _layer(folder: Path) -> Path:
    """Link what Lambda brings, and nothing else of this environment."""
    folder.mkdir(exist_ok=True)
    for name in (*BROUGHT, *_CLIENT):
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError(f"{name} is not installed here")
        origin = Path(spec.origin)
        source = origin.parent if origin.name == "__init__.py" else origin
        if not (folder / source.name).exists():
            (folder / source.name).symlink_to(source)
    return folder


def _failed(kind: str, message: str) -> Outcome:
    return Outcome(json.dumps({"errorType": kind, "errorMessage": message}), kind, message)
