"""A Ctrl-C ends every command with one sentence, also while it imports."""

import signal
import subprocess
import sys

import pytest

import scripts
from tests.conftest import ROOT

COMMANDS = sorted(path.stem for path in (ROOT / "scripts").glob("*.py") if "__main__" in path.read_text())
#: The longest wait for a process that hangs.
SECONDS = 60


@pytest.mark.parametrize(
    ("command", "module"),
    [
        ("state_machine", "boto3"),
        ("deploy", "chalice.config"),
        ("ingest_dogs", "PIL.Image"),
        ("doctor", "botocore.session"),
    ],
)
def test_ctrl_c_during_the_imports_prints_one_sentence(command: str, module: str) -> None:
    assert command in COMMANDS
    arguments = [sys.executable, "-X", "importtime", "-m", f"scripts.{command}", "--help"]
    with subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        lines = iter(process.stderr.readline, "")
        assert any(line.rstrip().endswith(f"| {module}") or f" {module}\n" in line for line in lines)
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
        status = process.wait(SECONDS)
    assert "Traceback" not in rest
    # Shells report the end by SIGINT as status 130.
    assert (status, "darkroom: interrupted." in rest) == (-signal.SIGINT, True)


def test_other_errors_keep_their_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    error = ValueError("broken")

    scripts.hide_interrupt(ValueError, error, None)

    assert "ValueError: broken" in capsys.readouterr().err


def test_the_tests_themselves_have_pythons_own_hook() -> None:
    assert sys.excepthook is not scripts.hide_interrupt
