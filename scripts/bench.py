"""Measures the CPU time of the scrub, beside other tools on the same files, and the calls of the clean-up.

`python -m scripts.bench scrub [PHOTO ...]` measures the scrub of photos. Without PHOTO it makes three:
one of twelve megapixels with EXIF, ICC and XMP, one with a multi-picture index and further pictures, and a small one.

`python -m scripts.bench hostile` measures hostile files of many small parts, and files of four times as many parts.
If the time grows faster than the file, the file is an attack.

`python -m scripts.bench cleanup [--objects 100000]` counts the AWS calls of a clean-up.
"""

import argparse
import gc
import io
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PIL import Image, ImageFilter

from chalicelib.imaging import metadata
from scripts.measuring import bench_cleanup, hostile_files, samples
from scripts.terminal import interrupt
from scripts.terminal.option_types import at_least_one

#: How often another tool runs. The scrub is so fast that it runs more often, and twice for each measurement.
_RUNS, _SCRUB_RUNS, _SCRUBS_PER_RUN = 3, 60, 2
#: How often a batch names the photo, so that the start of the program costs little for each.
_BATCH = 20
#: How many times more parts the larger hostile file has, and how often each file is scrubbed.
_HOSTILE_FACTOR, _HOSTILE_RUNS = 4, 7


def make_photos() -> dict[str, bytes]:
    """Return the photos that are measured when the command line names none."""
    large, small = make_photo((4000, 3000)), make_photo((800, 600))
    index = samples.segment(0xE2, b"MPF\0" + bytes(80))
    with_trailer = large[:2] + index + large[2:] + small * 8
    return {"12 megapixels": large, "12 megapixels and a trailer": with_trailer, "half a megapixel": small}


def make_photo(size: tuple[int, int]) -> bytes:
    """Return a JPEG with the noise of a photo, and with EXIF, ICC and XMP. `size` is width and height in pixels."""
    grain = Image.effect_noise(size, 60).filter(ImageFilter.GaussianBlur(1.2)).convert("RGB")
    exif = samples.segment(0xE1, b"Exif\0\0" + samples.rich_exif(6))
    packet = samples.segment(0xE1, samples.XMP_PREFIX + samples.packet())
    return samples.jpeg(exif, packet, image=grain, icc_profile=samples.srgb_profile())


def cpu_milliseconds() -> float:
    """Return the CPU time of this process and its children so far, user and system, in milliseconds."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return 1000 * sum(each.ru_utime + each.ru_stime for each in used)


def measure(work: Callable[[], object], runs: int) -> float:
    """Return the least CPU milliseconds of several runs, since other programs on the machine only add to it."""
    costs = []
    for _ in range(runs):
        before = cpu_milliseconds()
        work()
        costs.append(cpu_milliseconds() - before)
    return min(costs)


def run(*command: str) -> int:
    """Run a program without its output, and return its exit status."""
    return subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode


def save_again(data: bytes) -> bytes:
    """Decode and encode a picture with Pillow, as most programs do."""
    with Image.open(io.BytesIO(data)) as image:
        buffer = io.BytesIO()
        image.save(buffer, image.format)
        return buffer.getvalue()


def tools(photo: Path, folder: Path) -> dict[str, Callable[[], object]]:
    """Return the other tools that scrub a photo, by command line. Output goes to `folder`. A batch is _BATCH photos."""
    name, data, output = str(photo), photo.read_bytes(), str(folder / "output")
    return {
        "jpegtran -copy none": lambda: run("jpegtran", "-copy", "none", "-outfile", output, name),
        "exiftool -all=": lambda: run("exiftool", "-all=", "-o", "-", name),
        "exiftool -all= (batch)": lambda: run("exiftool", "-all=", "-o", "-", *[name] * _BATCH),
        "mat2 -L": lambda: run("mat2", "-L", name),
        "Pillow open and save": lambda: save_again(data),
    }


def report(title: str, photo: Path, folder: Path) -> None:
    """Measure each tool on a photo, and print a table of CPU milliseconds."""
    data = photo.read_bytes()
    own = measure(lambda: [metadata.strip(data) for _ in range(_SCRUBS_PER_RUN)], _SCRUB_RUNS) / _SCRUBS_PER_RUN
    print(f"\n{title}: {len(data):,} bytes\n\n| tool | CPU ms | times |\n|---|---|---|")
    print(f"| darkroom, with its proof | {own:.2f} | 1 |")
    for name, work in tools(photo, folder).items():
        program = name.split()[0]
        if program != "Pillow" and not shutil.which(program):
            print(f"| {name} | not installed | |")
            continue
        cost = measure(work, _RUNS) / (_BATCH if name.endswith("(batch)") else 1)
        print(f"| {name} | {cost:.1f} | {cost / own:.0f} |", flush=True)


def bench_scrub(arguments: argparse.Namespace) -> None:
    """Measure the scrub of the photos that the command line names, or of the three that are made here."""
    with tempfile.TemporaryDirectory() as folder:
        photos = {path.name: path.read_bytes() for path in arguments.photos} or make_photos()
        for number, (name, data) in enumerate(photos.items()):
            # Each photo is a copy, since a tool may write next to its input.
            copy = Path(folder) / f"{number}.jpg"
            copy.write_bytes(data)
            report(name, copy, Path(folder))


def bench_hostile(_arguments: argparse.Namespace) -> None:
    """Measure each kind of hostile file in two sizes. `growth` is the growth of the time by that of the file."""
    # This process has far more modules than a Lambda function, and each full garbage collection would visit them all.
    gc.freeze()
    print("| parts | bytes | CPU ms | bytes | CPU ms | growth |\n|---|---|---|---|---|---|")
    for name, (make, most) in hostile_files.KINDS.items():
        files = make(most // _HOSTILE_FACTOR), make(most)
        less, more = (measure(partial(metadata.strip, data), _HOSTILE_RUNS) for data in files)
        growth = more / less / (len(files[1]) / len(files[0]))
        print(
            f"| {name} | {len(files[0]):,} | {less:.1f} | {len(files[1]):,} | {more:.1f} | {growth:.2f} |", flush=True
        )


def bench_cleaning(arguments: argparse.Namespace) -> None:
    """Count the calls of a clean-up. Exit with a message when an object is left or a record is wrong."""
    if not bench_cleanup.measure(arguments.objects):
        sys.exit("bench: the clean-up left an object, or a wrong record.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m scripts.bench", description=__doc__)
    benches = parser.add_subparsers(required=True)
    scrub = benches.add_parser("scrub", help="measure the removal of metadata from photos")
    scrub.add_argument("photos", nargs="*", type=Path, metavar="PHOTO")
    scrub.set_defaults(bench=bench_scrub)
    benches.add_parser("hostile", help="measure the scrub of hostile files").set_defaults(bench=bench_hostile)
    cleaning = benches.add_parser("cleanup", help="count the calls of a clean-up, with injected errors")
    cleaning.add_argument("--objects", type=at_least_one, default=100_000)
    cleaning.set_defaults(bench=bench_cleaning)
    options = parser.parse_args(arguments)
    options.bench(options)
    return 0


if __name__ == "__main__":
    interrupt.run(main)
