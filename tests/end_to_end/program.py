"""The program behind `make run`, started as a person starts it, on free ports."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
#: Only a program that hangs takes this long.
SECONDS = 600.0


class Program:
    """A running `make run`; its output goes to two files."""

    def __init__(self, folder: Path, *options: str, **environ: str) -> None:
        self.port, self.aws_port = free_port(), free_port()
        self.aws_url = f"http://127.0.0.1:{self.aws_port}"
        self.out, self.err = folder / "out.log", folder / "err.log"
        with self.out.open("wb") as out, self.err.open("wb") as err:
            start = [*command(self.port, self.aws_port), *options]
            self.process = subprocess.Popen(start, cwd=ROOT, env=os.environ | environ, stdout=out, stderr=err)

    def wait_until_ready(self) -> str:
        """Wait for the line that begins with "ready", and return it."""
        return self.wait_for_line("ready")

    def wait_for_line(self, beginning: str) -> str:
        """Wait until the program has printed a line that begins so, and return it."""
        deadline = time.monotonic() + SECONDS
        while not (found := [line for line in (*self.lines(), *self.err_lines()) if line.startswith(beginning)]):
            assert self.process.poll() is None, self.err.read_text()
            assert time.monotonic() < deadline, self.err.read_text()
            time.sleep(0.05)
        return found[0]

    def lines(self) -> list[str]:
        """Return the whole lines that the program has printed so far."""
        return self.out.read_text().rpartition("\n")[0].splitlines()

    def err_lines(self) -> list[str]:
        """Return the whole lines that the program has printed to stderr so far."""
        return self.err.read_text().rpartition("\n")[0].splitlines()

    def ask(self, method: str, path: str, body: bytes | None = None, media: str = "text/plain") -> tuple[int, Any, Any]:
        """Send one request; return its status, headers and body, decoded if it is JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        connection.request(method, path, body, {"Content-Type": media} if body else {})
        response = connection.getresponse()
        content = response.read()
        connection.close()
        is_json = "json" in response.headers.get("Content-Type", "")
        return response.status, response.headers, json.loads(content) if is_json else content

    def wait_for_record(self, path: str) -> dict[str, Any]:
        """Wait until a record is no longer pending or processing, and return it."""
        deadline = time.monotonic() + SECONDS
        while True:
            status, _, record = self.ask("GET", path)
            if status == 200 and record["status"] not in ("pending", "processing"):
                return dict(record)
            assert time.monotonic() < deadline, (status, record)
            time.sleep(0.1)

    def interrupt(self) -> int:
        """Press Ctrl-C twice, and return the exit status."""
        self.process.send_signal(signal.SIGINT)
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(SECONDS)

    def kill(self) -> None:
        """End the program, however far it got."""
        self.process.kill()
        self.process.wait(SECONDS)


def command(port: int, aws_port: int) -> list[str]:
    """Return the command that `make run` executes."""
    return [sys.executable, "-m", "scripts.local", "--port", str(port), "--aws-port", str(aws_port)]


def free_port() -> int:
    """Return a port that no program uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
