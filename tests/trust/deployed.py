"""The app's functions in the processes that deployed zips get, and a front of the embedded AWS that kills one."""

import base64
import json
import os
import signal
import tempfile
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from scripts.embedded.deployed.chalice_compat import Application, Environ, StartResponse
from scripts.embedded.deployed.runtime import DeployedFunction, Runtime
from scripts.embedded.functions import ACCOUNT, REGION, Event, Outcome
from scripts.embedded.server import AwsServer
from scripts.embedded.stub_dog_api import StubDogApi
from tests.conftest import ROOT

#: What the zip of a deployment holds: the app, and the packages of requirements.txt with Chalice.
_OWN, _PACKAGES = ("app.py", "chalicelib"), ("chalice", "PIL", "pillow.libs", "pi_heif", "pi_heif.libs", "_pi_heif*")
_CONFIG = json.loads((ROOT / ".chalice" / "config.json").read_text())
#: The caller of the harness, with the key that the app checks.
OWNER, KEY = "ann", "0123456789abcdef0123456789abcdef"


class Moment(StrEnum):
    """When a process is killed."""

    #: The process has taken its event, and has sent no call.
    START = "start"
    #: The call is sent, and not applied.
    BEFORE = "before"
    #: The call is applied, and not answered.
    AFTER = "after"
    #: The function has returned, and Lambda does not know it yet.
    END = "end"


@dataclass(frozen=True)
class Kill:
    """A SIGKILL, at one call to AWS if `call` is not 0; calls are counted from 1."""

    moment: Moment
    call: int = 0


class KillableRuntime(Runtime):
    """The process of a function, with the Runtime API that kills it."""

    kill: Kill | None = None
    is_killed = False

    def next_event(self) -> tuple[str, dict[str, str], bytes]:
        """Wait for the next event; kill the process that asked for it."""
        found = super().next_event()
        if self.kill == Kill(Moment.START):
            self.end()
        return found

    def report(self, path: str, body: bytes) -> None:
        """Record the outcome of an event, or kill the process that sends it."""
        if self.kill == Kill(Moment.END):
            self.end()
        else:
            super().report(path, body)

    def end(self) -> None:
        """Kill the process, and wait until it is dead, so that it never reads an answer."""
        self.is_killed = True
        os.kill(self._process.pid, signal.SIGKILL)
        while not self.has_ended():
            time.sleep(0.005)


@dataclass
class Front:
    """A WSGI application before the embedded AWS. It notes the calls of a process, and kills the process at one."""

    moto: Application
    #: The process whose calls come now.
    runtime: KillableRuntime | None = None
    trace: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a call, unless it kills its process or comes from one that was killed."""
        with self._lock:
            self.trace.append(f"{environ['REQUEST_METHOD']} {environ.get('HTTP_X_AMZ_TARGET') or environ['PATH_INFO']}")
            number = len(self.trace)
            if self._is_fatal(Kill(Moment.BEFORE, number)) or (self.runtime and self.runtime.is_killed):
                return _refuse(start_response)
        answer = list(self.moto(environ, start_response))
        self._is_fatal(Kill(Moment.AFTER, number))
        return answer

    def _is_fatal(self, present: Kill) -> bool:
        """Kill the process if this is the moment."""
        if self.runtime is None or self.runtime.kill != present:
            return False
        self.runtime.end()
        return True


def _refuse(start_response: StartResponse) -> Iterable[bytes]:
    start_response("503 Service Unavailable", [("Content-Length", "0")])
    return [b""]


class Deployment:
    """The functions of the app, each in a process that lives until it is killed, and the AWS that they call."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._dog_api = StubDogApi()
        self._server = AwsServer(wrap=self._wrap)
        self._running: dict[tuple[str, str], KillableRuntime] = {}
        link_package(Path(self._folder.name) / "task")

    @property
    def dog_api_url(self) -> str:
        """Return the address of the dog API that the functions ask."""
        return self._dog_api.url

    def invoke(
        self, handler: str, event: Event, request_id: str, kill: Kill | None = None, **variables: str
    ) -> Outcome:
        """Run a function of app.py in its process, which may be killed, and return the outcome."""
        runtime = self._runtime(handler, variables)
        runtime.kill, self.front.runtime, self.front.trace = kill, runtime, []
        try:
            return runtime.invoke(event, request_id)
        finally:
            runtime.kill = None

    def close(self) -> None:
        """End every process and every server."""
        for runtime in self._running.values():
            runtime.stop()
        self._server.stop()
        self._dog_api.stop()
        self._folder.cleanup()

    def _wrap(self, moto: Application) -> Application:
        self.front = Front(moto)
        return self.front

    def _runtime(self, handler: str, variables: Mapping[str, str]) -> KillableRuntime:
        key = (handler, json.dumps(variables, sort_keys=True))
        if key in self._running and self._running[key].has_ended():
            self._running.pop(key).stop()
        if key not in self._running:
            environ = self._environ() | dict(variables)
            function = DeployedFunction(f"darkroom-{handler}", f"app.{handler}", b"", environ, 120.0)
            self._running[key] = KillableRuntime(function, self._server.url, Path(self._folder.name))
        return self._running[key]

    def _environ(self) -> dict[str, str]:
        """Return the variables of stage `local`, because only there a function may fetch from this machine."""
        known = _CONFIG["stages"]["local"]["environment_variables"]
        own = {"DOG_API_URL": self._dog_api.url, "AUTH": "api_key", "API_KEYS": f"{OWNER}:{KEY}"}
        return {name: value for name, value in known.items() if not name.startswith("AWS_")} | own


def link_package(folder: Path) -> None:
    """Make the folder that Lambda unpacks from a deployed zip, of links to what the zip would hold."""
    folder.mkdir()
    for name in _OWN:
        (folder / name).symlink_to(ROOT / name)
    chalice = find_spec("chalice")
    assert chalice
    assert chalice.origin
    site = Path(chalice.origin).parent.parent
    for found in (each for name in _PACKAGES for each in site.glob(name)):
        (folder / found.name).symlink_to(found)


def api_event(
    method: str,
    route: str,
    body: bytes = b"",
    image_id: str = "",
    options: Mapping[str, str] | None = None,
    **headers: str,
) -> dict[str, Any]:
    """Return the event that API Gateway sends for a request of the harness's caller."""
    return {
        "requestContext": {"httpMethod": method, "resourcePath": route, "identity": {}, "requestId": "gateway"},
        "headers": {"x-api-key": KEY} | {name.replace("_", "-"): value for name, value in headers.items()},
        "pathParameters": {"image_id": image_id} if image_id else None,
        "multiValueQueryStringParameters": {name: [value] for name, value in (options or {}).items()} or None,
        "stageVariables": {},
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


def scheduled(time: str = "2026-01-01T00:00:00Z") -> dict[str, Any]:
    """Return the event of a schedule."""
    return {
        "version": "0",
        "id": "1",
        "account": ACCOUNT,
        "region": REGION,
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "time": time,
        "resources": [],
        "detail": {},
    }
