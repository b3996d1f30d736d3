"""A project to deploy and an embedded AWS to deploy it to: Chalice's own deployer, real zips, no network."""

import json
import os
import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from scripts.deployment import stage_file
from scripts.deployment.target import STAGES, Target
from scripts.embedded import moto_patches
from scripts.embedded.dead_letters import queue_keeper
from scripts.embedded.delivery import DeadLetter, Delivery
from scripts.embedded.deployed.invoker import EveryFunction
from scripts.embedded.deployed.runtime import Runtimes
from scripts.embedded.functions import Functions
from scripts.embedded.server import AwsServer
from tests.scripts.embedded.conftest import reset

ROOT = Path(__file__).resolve().parents[3]
SECONDS = 240.0


class InstalledWheels:
    """Builds the site-packages of a zip from what is installed here, where pip would ask the network."""

    names = ("pillow", "pi_heif", "aws-lambda-powertools", "jmespath", "typing_extensions")

    def build_site_packages(self, _abi: str, _requirements: str, folder: str) -> None:
        for name in self.names:
            for file in metadata.files(name) or ():
                if "__pycache__" not in file.parts and ".." not in file.parts:
                    copy = Path(folder, file)
                    copy.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(str(file.locate()), copy)


def architecture() -> str:
    """Name this machine's architecture as Lambda does."""
    return "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"


def copy_project(folder: Path) -> Path:
    """Copy what is deployed, for this machine's architecture."""
    ignored = shutil.ignore_patterns("__pycache__", "deployments", "deployed", "dev", "staging", "prod")
    for name in ("chalicelib", ".chalice"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for name in ("app.py", "requirements.txt"):
        shutil.copy(ROOT / name, folder / name)
    path = folder / ".chalice" / "config.json"
    config = json.loads(path.read_text())
    # No deployed stage may be led to this machine: the dog API is then nowhere.
    config["stages"]["dev"]["environment_variables"]["DOG_API_URL"] = "http://127.0.0.1:9"
    path.write_text(json.dumps(config | {"lambda_architecture": architecture()}, indent=2))
    for stage in STAGES:
        # Whoever has deployed from this checkout has names in it.
        stage_file.forget(Target(stage, folder, unheard))
    return folder


def unheard(_line: str) -> None:
    """Say it to nobody."""


@dataclass
class Account:
    """The embedded AWS as an empty account, a project, and what was said of it."""

    target: Target
    server: AwsServer
    delivery: Delivery
    said: list[str] = field(default_factory=list)

    def environment(self, **changes: str) -> dict[str, str]:
        """Write the environment of a person's shell: this AWS and nothing of the stage."""
        kept = {key: value for key, value in os.environ.items() if key.startswith(("AWS_", "PATH", "HOME"))}
        return kept | {"AWS_ENDPOINT_URL": self.server.url, **changes}


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    project = copy_project(tmp_path_factory.mktemp("project"))
    said: list[str] = []
    server = AwsServer()
    runtimes = Runtimes(server.url)
    functions = EveryFunction(Functions([]), runtimes)
    with pytest.MonkeyPatch.context() as environ:
        environ.setenv("MOTO_PORT", str(server.port))
        environ.setenv("AWS_ENDPOINT_URL", server.url)
        reset(server)
        target = Target("dev", project, said.append, poll_seconds=0.0)
        delivery = Delivery(functions.invoke, _keeper(target), (0, 0), workers=2)
        with moto_patches.installed(functions, delivery):
            yield Account(target, server, delivery, said)
        delivery.close(SECONDS)
        runtimes.close()
        reset(server)
    server.stop()


def _keeper(target: Target) -> Any:
    def keep(letter: DeadLetter) -> None:
        # The queue is there only once the stage is deployed.
        queue_keeper(target.client("sqs"), f"{target.name}-dead-letters")(letter)

    return keep
