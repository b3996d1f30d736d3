"""Make the pictures of a local run in docs/run: python -m scripts.measuring.picture_run [--output FOLDER]

It starts the service as `make run` does, on free ports, and runs the commands that the pictures show.
"""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from PIL import Image, ImageDraw, ImageFont, ImageOps

from scripts.measuring.terminal_svg import PROMPT, draw
from scripts.project import HOST, PROJECT
from scripts.terminal import interrupt

FOLDER = PROJECT / "docs" / "run"
SAMPLE = PROJECT / "docs" / "sample.jpg"
_FONT = PROJECT / "chalicelib" / "imaging" / "fonts" / "OpenSans-Regular.ttf"
#: Seconds until the service must answer. A busy machine is slow.
_START_SECONDS = 300.0
#: Pixels: the height of the pictures side by side, and the space around them.
_HEIGHT, _SPACE = 300, 14
#: How often the workflow runs. The stub of the dog API returns a PNG on every fifth call.
_RUNS = 5


class PictureError(Exception):
    """Raised when the service does not start or a command fails. The message is for the user."""


@dataclass(frozen=True)
class Run:
    """A running service: its ports, and the file with what it prints."""

    port: int
    aws_port: int
    log: IO[bytes]

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment of the commands: `$B` is the address of the API."""
        return os.environ | {
            "B": f"http://{HOST}:{self.port}",
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        }

    def type(self, command: str, *, shown: str = "") -> list[str]:
        """Run a command line, and return it with what it printed. Raises PictureError if it fails."""
        done = subprocess.run(
            ["sh", "-c", command], env=self.environment, cwd=PROJECT, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise PictureError(f"{command} failed: {done.stderr.strip()}")
        return [PROMPT + (shown or command), *done.stdout.splitlines(), ""]

    def printed(self) -> list[str]:
        """Return what the service has printed."""
        self.log.seek(0)
        return self.log.read().decode(errors="replace").splitlines()


def main() -> int:
    """Make the pictures. Return 1, with one sentence on stderr, if that fails."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=FOLDER, help="the folder of the pictures")
    options = parser.parse_args()
    try:
        with running() as run:
            make(run, options.output)
    except (OSError, PictureError) as error:
        print(f"darkroom: {error}", file=sys.stderr)
        return 1
    return 0


def make(run: Run, folder: Path) -> None:
    """Make every picture in a folder, in the order in which a person would see them."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures: dict[str, Callable[[Run], str | bytes]] = {
        "upload.svg": upload,
        "resized.jpg": resized,
        "workflow.svg": workflow,
        "cleanup.svg": clean_up,
        "log.svg": log,
    }
    for name, picture in pictures.items():
        content = picture(run)
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        print(f"{name}: {(folder / name).stat().st_size:,} bytes")


def upload(run: Run) -> str:
    """Draw how a photo is posted, and the record that the API answers."""
    command = """curl -s -H 'Content-Type: image/jpeg' --data-binary @docs/sample.jpg "$B/images?width=640" """
    return draw("A photo is posted", run.type(f"{command}| python -m json.tool"))


def resized(run: Run) -> bytes:
    """Put the posted photo and its two results side by side."""
    with urllib.request.urlopen(f"http://{HOST}:{run.port}/images") as answer:  # nosec B310 # an address of this machine
        links: dict[str, str] = json.load(answer)["items"][0]["links"]
    pictures = {f"posted: {SAMPLE.name}": _upright(SAMPLE.read_bytes())}
    for name in ("processed", "resized"):
        with urllib.request.urlopen(links[name]) as link:  # noqa: S310  # nosec B310 # a link of this run
            pictures[name] = _upright(link.read())
    return _side_by_side(pictures)


def workflow(run: Run) -> str:
    """Draw the execution of the dog workflow that finds a PNG, and the row of it."""
    command = f"python -m scripts.state_machine --run --aws-port {run.aws_port}"
    executions = [run.type(command) for _ in range(_RUNS)]
    alerting = next((each for each in executions if any("PublishPNGAlert" in line for line in each)), executions[-1])
    rows = run.type('curl -s "$B/dogs?limit=1" | python -m json.tool')
    return draw("The workflow finds a PNG, and alerts", [*alerting, *rows])


def clean_up(run: Run) -> str:
    """Draw what the clean-up would delete, and how it is disabled."""
    command = f"python -m scripts.cleanup --aws-port {run.aws_port}"
    return draw(
        "The clean-up, by hand",
        [line for words in ("--status", "--run --dry-run", "--disable") for line in run.type(f"{command} {words}")],
    )


def log(run: Run) -> str:
    """Draw the log of the service."""
    lines = run.printed()
    begin = next((number for number, line in enumerate(lines) if "POST /images" in line), 0)
    return draw("The log of make run", [f"{PROMPT}make run", *lines[begin:]])


@contextmanager
def running() -> Iterator[Run]:
    """Start the service on free ports, yield it when it answers, and stop it. Raises PictureError."""
    port, aws_port = _free_ports()
    command = [sys.executable, "-m", "scripts.local", "--port", str(port), "--aws-port", str(aws_port)]
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, cwd=PROJECT, stdout=output, stderr=subprocess.STDOUT)
        try:
            _wait(process, port)
            yield Run(port, aws_port, output)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}/health"):  # nosec B310 # an address of this machine
                return
        except OSError:
            time.sleep(0.2)
    raise PictureError("the service did not start")


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind((HOST, 0))
        other.bind((HOST, 0))
        return one.getsockname()[1], other.getsockname()[1]


def _upright(data: bytes) -> Image.Image:
    return ImageOps.exif_transpose(Image.open(BytesIO(data))).convert("RGB")


def _side_by_side(pictures: dict[str, Image.Image]) -> bytes:
    """Return a JPEG of pictures with their sizes; a picture that is too high is shown smaller."""
    shown = {
        name: ImageOps.contain(each, (10_000, _HEIGHT)) if each.height > _HEIGHT else each
        for name, each in pictures.items()
    }
    width = sum(each.width for each in shown.values()) + _SPACE * (len(shown) + 1)
    sheet = Image.new("RGB", (width, _HEIGHT + 3 * _SPACE + 12), "white")
    brush, font, x = ImageDraw.Draw(sheet), ImageFont.truetype(_FONT, 13), _SPACE
    for name, picture in shown.items():
        sheet.paste(picture, (x, _SPACE))
        size = pictures[name].size
        brush.text((x, _HEIGHT + 1.5 * _SPACE), f"{name}, {size[0]} x {size[1]}", "black", font)
        x += picture.width + _SPACE
    buffer: Any = BytesIO()
    sheet.save(buffer, "JPEG", quality=80)
    data: bytes = buffer.getvalue()
    return data


if __name__ == "__main__":
    interrupt.run(main)
