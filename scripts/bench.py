"""Measures what Darkroom costs, in CPU time, beside other tools on the same files in the same run; and in calls.

`python -m scripts.bench scrub [PHOTO ...]`; without photos it makes three: one of twelve megapixels with EXIF, ICC and
XMP, one with a multi-picture index and the pictures that it tells of after its end, and a small one.

`python -m scripts.bench hostile` measures files of many small parts, and of four times as many: what grows faster than
the file is an attack.

`python -m scripts.bench cleanup [--objects 100000]` counts the clean-up's calls instead.
"""

import argparse
import gc
import io
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PIL import Image, ImageFilter

from chalicelib.imaging import metadata
from scripts.measuring import bench_cleanup, hostile_files, samples
from scripts.terminal.parallel import at_least_one

#: How often a tool runs; the scrub takes so little that it runs more often, and many times between two readings.
_RUNS, _OWN_RUNS, _OWN_ROUND = 3, 60, 2
#: How many times the photo is in a batch, over which one start of a program is spread.
_BATCH = 20
#: A hostile file and the same kind of file of so many times its parts, and how often each is read.
_HOSTILE_FACTOR, _HOSTILE_RUNS = 4, 7


def make_photos() -> dict[str, bytes]:
    """Make the photos that are measured when none is named."""
    large, small = make_photo((4000, 3000)), make_photo((800, 600))
    index = samples.segment(0xE2, b"MPF\0" + bytes(80))
    several = large[:2] + index + large[2:] + small * 8
    return {"12 megapixels": large, "12 megapixels and a trailer": several, "half a megapixel": small}


def make_photo(size: tuple[int, int]) -> bytes:
    """Make a JPEG with the grain of a photo, and with EXIF, ICC and XMP."""
    grain = Image.effect_noise(size, 60).filter(ImageFilter.GaussianBlur(1.2)).convert("RGB")
    exif = samples.segment(0xE1, b"Exif\0\0" + samples.rich_exif(6))
    packet = samples.segment(0xE1, samples.XMP_PREFIX + samples.packet())
    return samples.jpeg(exif, packet, image=grain, icc_profile=samples.srgb_profile())


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


def tools(photo: Path, out: Path) -> dict[str, Callable[[], object]]:
    """Name each other way to scrub a photo, by its command line; a batch is the photo as often as _BATCH says."""
    name, data, made = str(photo), photo.read_bytes(), str(out / "made")
    return {
        "jpegtran -copy none": lambda: run("jpegtran", "-copy", "none", "-outfile", made, name),
        "exiftool -all=": lambda: run("exiftool", "-all=", "-o", "-", name),
        "exiftool -all= (batch)": lambda: run("exiftool", "-all=", "-o", "-", *[name] * _BATCH),
        "mat2 -L": lambda: run("mat2", "-L", name),
        "Pillow open and save": lambda: save_again(data),
    }


def report(title: str, photo: Path, out: Path) -> None:
    """Measure each tool on a photo and print a table, in CPU milliseconds."""
    data = photo.read_bytes()
    own = measure(lambda: [metadata.strip(data) for _ in range(_OWN_ROUND)], _OWN_RUNS) / _OWN_ROUND
    print(f"\n{title}: {len(data):,} bytes\n\n| tool | CPU ms | times |\n|---|---|---|")
    print(f"| darkroom, with its proof | {own:.2f} | 1 |")
    for name, work in tools(photo, out).items():
        program = name.split()[0]
        if program != "Pillow" and not shutil.which(program):
            print(f"| {name} | not installed | |")
            continue
        cost = measure(work, _RUNS) / (_BATCH if name.endswith("(batch)") else 1)
        print(f"| {name} | {cost:.1f} | {cost / own:.0f} |", flush=True)


def bench_scrub(arguments: argparse.Namespace) -> None:
    """Measure the scrub, photo by photo: those of the command line, or made ones."""
    with tempfile.TemporaryDirectory() as folder:
        photos = {path.name: path.read_bytes() for path in arguments.photos} or make_photos()
        for number, (name, data) in enumerate(photos.items()):
            # Tools may write where they read, so that each photo is a copy
            copy = Path(folder) / f"{number}.jpg"
            copy.write_bytes(data)
            report(name, copy, Path(folder))


def bench_hostile(_arguments: argparse.Namespace) -> None:
    """Measure each kind of hostile file in two sizes and print how much the cost grew for each time that it grew."""
    # What is imported here is far more than in a Lambda, and each full collection of garbage would walk through it.
    gc.freeze()
    print("| parts | bytes | CPU ms | bytes | CPU ms | growth |\n|---|---|---|---|---|---|")
    for name, (make, most) in hostile_files.KINDS.items():
        files = make(most // _HOSTILE_FACTOR), make(most)
        few, many = (measure(partial(metadata.strip, data), _HOSTILE_RUNS) for data in files)
        growth = many / few / (len(files[1]) / len(files[0]))
        print(f"| {name} | {len(files[0]):,} | {few:.1f} | {len(files[1]):,} | {many:.1f} | {growth:.2f} |", flush=True)


def bench_cleaning(arguments: argparse.Namespace) -> None:
    """Count the clean-up's calls; ends with a sentence when anything is left or wrong."""
    if not bench_cleanup.measure(arguments.objects):
        sys.exit("bench: the clean-up left something, or left a record wrong.")


def main() -> int:
    """Run the bench that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m scripts.bench", description=__doc__)
    benches = parser.add_subparsers(required=True)
    scrub = benches.add_parser("scrub", help="taking the metadata out of photos")
    scrub.add_argument("photos", nargs="*", type=Path, metavar="PHOTO")
    scrub.set_defaults(bench=bench_scrub)
    benches.add_parser("hostile", help="how the cost grows with a hostile file").set_defaults(bench=bench_hostile)
    cleaning = benches.add_parser("cleanup", help="the calls of a clean-up of a full bucket, with faults")
    cleaning.add_argument("--objects", type=at_least_one, default=100_000)
    cleaning.set_defaults(bench=bench_cleaning)
    arguments = parser.parse_args()
    arguments.bench(arguments)
    return 0


if __name__ == "__main__":
    sys.exit(main())
