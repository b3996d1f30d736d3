"""The embedded AWS as an empty account: Chalice deploys real zips into it, without a network."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from scripts.deployment.target import Target
from scripts.embedded import moto_patches
from scripts.embedded.dead_letters import dead_letter_sender
from scripts.embedded.delivery import DeadLetter, Delivery
from scripts.embedded.deployed.invoker import FunctionRouter
from scripts.embedded.deployed.runtime import Runtimes
from scripts.embedded.functions import Functions
from scripts.embedded.server import AwsServer
from tests.privilege.recorded_calls import Recorder, Request
from tests.scripts.embedded.conftest import reset
from tests.scripts.targets import make_reviewer

#: How long the delivery of events may take to end. A busy machine is slow.
_CLOSE_SECONDS = 240.0


class InstalledWheels:
    """Builds a zip's site-packages from the packages that are installed, because pip would need the network."""

    names = ("pillow", "pi_heif")

    def build_site_packages(self, _abi: str, _requirements: str, folder: str) -> None:
        for name in self.names:
            for file in metadata.files(name) or ():
                if "__pycache__" not in file.parts and ".." not in file.parts:
                    copy = Path(folder, file)
                    copy.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(str(file.locate()), copy)


@dataclass
class Account:
    """The stage `dev` of a project in the embedded AWS, and what the deployment logged."""

    target: Target
    server: AwsServer
    logged: list[str]
    recorder: Recorder

    def environment(self, **changes: str) -> dict[str, str]:
        """Return the environment of a person's shell: it leads to this AWS and has no variable of the stage."""
        kept = {key: value for key, value in os.environ.items() if key.startswith(("AWS_", "PATH", "HOME"))}
        return kept | {"AWS_ENDPOINT_URL": self.server.url, **changes}

    def chalice_deploy(self) -> "subprocess.CompletedProcess[str]":
        """Run plain `chalice deploy` to its end; its output is text."""
        command = [str(Path(sys.executable).with_name("chalice")), "deploy", "--stage", "dev"]
        project = self.target.project
        return subprocess.run(command, cwd=project, env=self.environment(), capture_output=True, text=True)


@dataclass
class Deployment:
    """A stage that was deployed twice, and the resources after each time."""

    account: Account
    #: The finished process of plain `chalice deploy` before the resources.
    refused: Any
    first: dict[str, set[str]]
    second: dict[str, set[str]]
    url: str
    #: The requests of both deployments.
    requests: list[Request]

    def client(self, service: str) -> Any:
        return self.account.target.client(service)

    def invoke(self, function: str, event: dict[str, Any]) -> tuple[str | None, Any]:
        response = self.client("lambda").invoke(FunctionName=f"darkroom-dev{function}", Payload=json.dumps(event))
        return response.get("FunctionError"), json.loads(response["Payload"].read())


@contextmanager
def embedded_account(project: Path) -> Iterator[Account]:
    """Start the embedded AWS for the stage `dev` of a project, and stop it."""
    logged: list[str] = []
    recorders: list[Recorder] = []

    def record(application: Any) -> Recorder:
        recorders.append(Recorder(application))
        return recorders[-1]

    server = AwsServer(wrap=record)
    runtimes = Runtimes(server.url)
    functions = FunctionRouter(Functions([]), runtimes)
    with pytest.MonkeyPatch.context() as environ:
        environ.setenv("MOTO_PORT", str(server.port))
        environ.setenv("AWS_ENDPOINT_URL", server.url)
        reset(server)
        target = Target("dev", project, logged.append, poll_seconds=0.0)
        make_reviewer(target)
        delivery = Delivery(functions.invoke, _dead_letters_of(target), (0, 0), workers=2)
        with moto_patches.installed(functions, delivery):
            yield Account(target, server, logged, recorders[0])
        delivery.close(_CLOSE_SECONDS)
        runtimes.close()
        reset(server)
    server.stop()


def _dead_letters_of(target: Target) -> Any:
    def send(letter: DeadLetter) -> None:
        # The queue exists only after the deployment.
        dead_letter_sender(target.client("sqs"), f"{target.name}-dead-letters")(letter)

    return send
