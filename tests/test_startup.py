"""app.py without the settings of a stage: one sentence on stderr, and the process ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

CHALICE = str(Path(sys.executable).with_name("chalice"))


@pytest.mark.parametrize(
    ("options", "status"),
    [
        # Imports the app in its main thread.
        (["--no-autoreload"], 1),
        # Starts a worker, which imports the app in a second thread. The worker ends its parent too.
        ([], -signal.SIGTERM),
    ],
    ids=["one process", "parent and worker"],
)
def test_chalice_local_ends_with_one_sentence_if_settings_are_missing(options: list[str], status: int) -> None:
    command = [CHALICE, "local", "--stage", "nowhere", "--port", "0", *options]
    # The deadline only ends a process that hangs.
    ended = subprocess.run(command, cwd=ROOT, env=without_settings(), capture_output=True, timeout=240)

    assert ended.returncode == status
    [sentence] = ended.stderr.decode().splitlines()
    assert sentence.startswith("Darkroom cannot start: STAGE is not set; IMAGES_BUCKET is not set;")


def without_settings() -> dict[str, str]:
    """Return an environment in which a program starts, without any setting of a stage."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return kept | {"PYTHONDONTWRITEBYTECODE": "1"}
