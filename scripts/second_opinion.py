"""Run tests/aws on LocalStack's S3 and on dynalite, which nobody here wrote: make second-opinion

Both start on free ports of this machine, in environments of their own, and stop at the end. If one does not start, or
if fewer tests run than expected, the command fails. SECOND_OPINION_VENV names the environment of LocalStack.
"""

import sys
from pathlib import Path

if not __package__:  # Started as a file: Python then searches the folder scripts, not the project's root.
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    __import__("scripts")  # Its import handles a Ctrl-C while the rest is imported.

import argparse
import http.client
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress

from scripts.deployment.patience import NotReady, Patience
from scripts.deployment.target import DeployError
from scripts.embedded.ports import listen
from scripts.project import HOST, PROJECT
from scripts.terminal import interrupt

LOCALSTACK = PROJECT / os.environ.get("SECOND_OPINION_VENV", ".venv-second-opinion") / "bin" / "python"
DYNALITE = PROJECT / "requirements" / "second-opinion" / "node_modules" / "dynalite" / "cli.js"
#: At least so many tests of tests/aws run; the others are named with their reasons in tests/aws/conftest.py.
MIN_TESTS = 150
_START = Patience(timeout=90.0, pause=0.5)
_STOP_SECONDS = 10.0


def main() -> int:
    """Start both servers, run the tests, and return 0 only if enough of them ran and all passed."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    try:
        with ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            s3 = stack.enter_context(localstack(Path(folder)))
            dynamodb = stack.enter_context(dynalite(Path(folder)))
            return run_tests(s3, dynamodb)
    except DeployError as error:
        print(f"darkroom: {error}", file=sys.stderr)
        return 1


def run_tests(s3: str, dynamodb: str) -> int:
    """Run tests/aws on the two endpoints; return 0 if all passed and at least MIN_TESTS ran."""
    endpoints = {"AWS_ENDPOINT_URL_S3": s3, "AWS_ENDPOINT_URL_DYNAMODB": dynamodb, "SECOND_OPINION": "1"}
    command = [sys.executable, "-m", "pytest", "-n", "0", "tests/aws"]
    environ = os.environ | endpoints
    with subprocess.Popen(command, cwd=PROJECT, env=environ, stdout=subprocess.PIPE, text=True) as tests:
        lines = []
        for line in tests.stdout or ():
            print(line, end="", flush=True)
            lines.append(line)
    return exit_status(tests.returncode, lines[-1] if lines else "")


def exit_status(status: int, summary: str) -> int:
    """Return 0 only if pytest passed and its last line says that enough tests ran."""
    found = re.search(r"(\d+) passed", summary)
    passed = int(found[1]) if found else 0
    if status == 0 and passed < MIN_TESTS:
        print(f"darkroom: only {passed} tests ran; at least {MIN_TESTS} must.", file=sys.stderr)
        return 1
    return status


@contextmanager
def localstack(folder: Path) -> Iterator[str]:
    """Start LocalStack's S3 in host mode, without Docker and without calls to its makers; yield its URL."""
    if not LOCALSTACK.exists():
        raise DeployError(f"{LOCALSTACK.relative_to(PROJECT)} is missing. Run `make second-opinion`.")
    port = _free_port()
    settings = {
        "GATEWAY_LISTEN": f"{HOST}:{port}",
        "SERVICES": "s3",
        "STRICT_SERVICE_LOADING": "1",
        "S3_SKIP_SIGNATURE_VALIDATION": "0",
        "DISABLE_EVENTS": "1",
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        "LOCALSTACK_VOLUME_DIR": str(folder / "volume"),
        "FILESYSTEM_ROOT": str(folder / "root"),
        "HOME": str(folder),
        "PATH": os.defpath,
    }
    command = [str(LOCALSTACK), "-m", "localstack.runtime.main"]
    with _running(command, settings, folder / "localstack.log", port):
        yield f"http://{HOST}:{port}"


@contextmanager
def dynalite(folder: Path) -> Iterator[str]:
    """Start dynalite; yield its URL."""
    node = shutil.which("node")
    if not node or not DYNALITE.exists():
        raise DeployError("node or dynalite is missing. Install Node.js and run `make second-opinion`.")
    port = _free_port()
    times = [f"--{change}TableMs=0" for change in ("create", "update", "delete")]
    command = [node, str(DYNALITE), "--host", HOST, "--port", str(port), *times]
    with _running(command, {"PATH": os.environ["PATH"]}, folder / "dynalite.log", port):
        yield f"http://{HOST}:{port}"


@contextmanager
def _running(command: list[str], environ: dict[str, str], log: Path, port: int) -> Iterator[None]:
    """Run a server until the block ends. Raises DeployError, with the end of its output, if it does not answer."""
    with log.open("w") as output, subprocess.Popen(command, env=environ, stdout=output, stderr=output) as process:

        def check() -> None:
            if process.poll() is not None:
                raise DeployError(f"{log.stem} ended: {log.read_text()[-1000:]}")
            _ask(port, log)

        try:
            _START.wait(log.stem, check, "look at its output")
            yield
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(_STOP_SECONDS)
            process.kill()


def _ask(port: int, log: Path) -> None:
    """Return if a server answers, whatever it says. Raises NotReady with the end of its output otherwise."""
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", "/")
        connection.getresponse()
    except (OSError, http.client.HTTPException) as error:
        raise NotReady(f"{error}; its output: {log.read_text()[-1000:]}") from error
    finally:
        connection.close()


def _free_port() -> int:
    with closing(listen(0)) as listener:
        return int(listener.getsockname()[1])


if __name__ == "__main__":
    interrupt.run(main)
