"""Refuse a wheel for the Lambda zip whose hash is not in requirements.txt.

pip checks the hashes of what it downloads for this machine.
Chalice then downloads the wheels of Lambda's platform one by one, without hashes.
"""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from chalice.deploy.packager import DependencyBuilder, Package

from scripts.deployment.target import DeployError

_REQUIREMENT = re.compile(r"^([\w.-]+)==((?:.*\\\n)*.*)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


class LockedDependencyBuilder(DependencyBuilder):
    """Chalice's builder of site-packages, which installs locked wheels only."""

    def __init__(self, requirements: Path, **parts: Any) -> None:
        super().__init__(**parts)
        self._requirements = requirements

    def _install_wheels(self, src_dir: str, dst_dir: str, wheels: set[Package]) -> None:
        # This method is private in Chalice. It is the last step that still has the wheel files.
        check_wheels(self._requirements.read_text(), (Path(src_dir, wheel.filename) for wheel in wheels))
        super()._install_wheels(src_dir, dst_dir, wheels)


def check_wheels(requirements: str, wheels: Iterable[Path]) -> None:
    """Raise DeployError for the first wheel file whose hash is not locked for its project."""
    locked = {_normalise(name): set(_HASH.findall(hashes)) for name, hashes in _REQUIREMENT.findall(requirements)}
    for wheel in wheels:
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        if digest not in locked.get(_normalise(wheel.name.split("-")[0]), ()):
            raise DeployError(
                f"{wheel.name} has a hash that requirements.txt does not list. It was built on this machine, or it was "
                "changed. Package on Python 3.12 or later, and run `make lock` if requirements.txt is out of date."
            )


def _normalise(name: str) -> str:
    """Normalise a project's name as PEP 503 says, but with underscores."""
    return re.sub(r"[-_.]+", "_", name).lower()
