"""Every command of the folder scripts starts as a file, too, from any folder."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

COMMANDS = [path for path in sorted((ROOT / "scripts").glob("*.py")) if '__name__ == "__main__"' in path.read_text()]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda path: path.stem)
def test_a_command_starts_as_a_file_from_another_folder(command: Path, tmp_path: Path) -> None:
    ended = subprocess.run([sys.executable, command, "--help"], cwd=tmp_path, capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("usage: ")
