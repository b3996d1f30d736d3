"""The shell blocks of README.md and docs/examples.md run as they are written, against `make run`."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from tests.end_to_end.program import ROOT, SECONDS, Program

#: Blocks for another terminal, for an AWS account, or for the aws command line, which a machine may lack.
ELSEWHERE = re.compile(r"^(make (?!put)|export AWS_|aws |\.venv/bin/chalice local|.* --stage dev )", re.MULTILINE)
#: `set -e` ends the script at the first command that fails; curl fails at an answer from 400 on.
PREFACE = """\
set -eo pipefail
curl() { command curl --fail-with-body "$@"; }
"""


def blocks(page: str) -> list[str]:
    """Read the shell blocks of a page that belong into the second terminal."""
    found = re.findall(r"^```sh\n(.*?)^```", (ROOT / page).read_text(), re.MULTILINE | re.DOTALL)
    return [block for block in found if not ELSEWHERE.search(block)]


def script(page: str, program: Program) -> str:
    """Join the blocks of a page, with this test's ports and interpreter, and fewer dogs."""
    text = PREFACE + "".join(f"echo {shlex.quote('$ ' + block)}\n{block}" for block in blocks(page))
    for written, run in (
        (".venv/bin/python", '"$PYTHON"'),
        ("make put FILE=", f'"$PYTHON" -m scripts.put --port {program.port} '),
        ("http://127.0.0.1:8000", f"http://127.0.0.1:{program.port}"),
        ("--count 200", "--count 20"),
    ):
        text = text.replace(written, run)
    return re.sub(r"-m scripts\.(?!sanitize)(\w+)", rf"-m scripts.\1 --aws-port {program.aws_port}", text)


def paste(page: str, program: Program, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the blocks of a page in a folder that has nothing but docs/ and tests/."""
    for name in ("docs", "tests"):
        (folder / name).symlink_to(ROOT / name)
    return subprocess.run(
        ["bash", "-c", script(page, program)],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHON": sys.executable, "PYTHONPATH": str(ROOT), "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )


@pytest.mark.parametrize("page", ["README.md", "docs/examples.md"])
def test_every_block_runs_as_it_is_written(page: str, program: Program, tmp_path: Path) -> None:
    run = paste(page, program, tmp_path)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    with Image.open(tmp_path / "out.png") as image:
        assert image.width <= 800
    if page == "docs/examples.md":
        check_scrub(tmp_path / "clean.jpg")


def check_scrub(path: Path) -> None:
    """Compare the scrubbed sample with the sample: the same pixels, and no position."""
    with Image.open(ROOT / "docs" / "sample.jpg") as sample, Image.open(path) as clean:
        assert ImageChops.difference(sample, clean).getbbox() is None
        assert sample.getexif().get_ifd(0x8825)
        assert not clean.getexif().get_ifd(0x8825)
