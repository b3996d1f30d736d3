"""Measures what a scrub costs in CPU time, against other tools on the same files in the same run.

`python -m scripts.bench_metadata [PHOTO ...]`; without photos it makes one of twelve megapixels with EXIF, ICC and XMP.
"""

import argparse
import io
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageFilter

from chalicelib.imaging import metadata
from tests.imaging.metadata import factory

#: How often a tool runs; the scrub takes so little that it can run more often.
_RUNS, _OWN_RUNS = 3, 50


def make_photo() -> bytes:
    """Make a JPEG of 4000x3000 pixels with the grain of a photo, and with EXIF, ICC and XMP."""
    grain = Image.effect_noise((4000, 3000), 60).filter(ImageFilter.GaussianBlur(1.2)).convert("RGB")
    exif = factory.segment(0xE1, b"Exif\0\0" + factory.rich_exif(6))
    packet = factory.segment(0xE1, factory.XMP_PREFIX + factory.packet())
    return factory.jpeg(exif, packet, image=grain, icc_profile=factory.srgb_profile())


def spend() -> float:
    """Tell the CPU time that this process and its children took, user and system, in milliseconds."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return 1000 * sum(each.ru_utime + each.ru_stime for each in used)


def measure(work: Callable[[], object], runs: int) -> float:
    """Give the least CPU milliseconds of several runs: what other programs take is no cost of a tool."""
    costs = []
    for _ in range(runs):
        before = spend()
        work()
        costs.append(spend() - before)
    return min(costs)


def run(*command: str) -> int:
    """Run a tool, throw its output away, and give its exit status."""
    return subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode


def save_again(data: bytes) -> bytes:
    """Decode and encode with Pillow, as a program does that does not think of metadata."""
    with Image.open(io.BytesIO(data)) as image:
        buffer = io.BytesIO()
        image.save(buffer, image.format)
        return buffer.getvalue()


def run_each(names: list[str], *command: str) -> None:
    """Run a command for one photo after another."""
    for name in names:
        run(*command, name)


def tools(paths: list[Path], out: Path) -> dict[str, Callable[[], object]]:
    """Name each other way to scrub all photos, by its command line."""
    names, photos = [str(path) for path in paths], [path.read_bytes() for path in paths]
    made = str(out / "made")
    return {
        "exiftool -all= (batch)": lambda: run("exiftool", "-all=", "-o", "-", *names),
        "exiftool -all= (a process a file)": lambda: run_each(names, "exiftool", "-all=", "-o", "-"),
        "jpegtran -copy none": lambda: run_each(names, "jpegtran", "-copy", "none", "-outfile", made),
        "mat2 -L": lambda: run_each(names, "mat2", "-L"),
        "Pillow open and save": lambda: [save_again(data) for data in photos],
    }


def report(paths: list[Path], out: Path) -> None:
    """Measure each tool on the photos and print a table, in CPU milliseconds a file."""
    photos = [path.read_bytes() for path in paths]
    own = measure(lambda: [metadata.strip(data) for data in photos], _OWN_RUNS) / len(paths)
    print(f"{len(paths)} photos, {sum(map(len, photos)):,} bytes; CPU ms a file, user and system, children with it")
    print(f"{'darkroom, with its proof':36} {own:9.2f} {1:8.1f}x")
    for name, work in tools(paths, out).items():
        program = name.split()[0]
        if program != "Pillow" and not shutil.which(program):
            print(f"{name:36} not installed")
            continue
        cost = measure(work, _RUNS) / len(paths)
        print(f"{name:36} {cost:9.2f} {cost / own:8.1f}x")


def main() -> int:
    """Measure the photos of the command line, or one that is made."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", nargs="*", type=Path)
    given = parser.parse_args().photos
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "photo.jpg"
        if not given:
            made.write_bytes(make_photo())
        # tools may write where they read, so that each gets a copy of its own
        copies = [Path(folder) / f"{number}-{path.name}" for number, path in enumerate(given or [made])]
        for copy, path in zip(copies, given or [made], strict=True):
            copy.write_bytes(path.read_bytes())
        report(copies, Path(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
