"""Throws damaged pictures at the metadata rooms until time is up; a crash is anything but the agreed two errors.

`make fuzz`, or `python -m scripts.fuzz --seconds 600 [--seeds FOLDER]` where requirements-fuzz.txt is installed.
"""

import argparse
import sys
import tempfile
from contextlib import suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from types import ModuleType

from chalicelib.errors import CorruptImage, UnsupportedFormat
from scripts.measuring import samples


def load_metadata(atheris: ModuleType) -> ModuleType:
    """Import the rooms with counters in them, and nothing else: counters in Pillow would only cost time."""
    with atheris.instrument_imports(include=["chalicelib"]):
        return import_module("chalicelib.imaging.metadata")


def attack(metadata: ModuleType, data: bytes) -> None:
    """Inspect and strip a picture. Raises AssertionError when a result still holds metadata."""
    with suppress(CorruptImage, UnsupportedFormat):
        metadata.inspect(data)
    with suppress(CorruptImage, UnsupportedFormat):
        stripped = metadata.strip(data)
        left = [finding.kind for finding in metadata.inspect(stripped.data) if not finding.allowed]
        if left:
            raise AssertionError(f"left behind: {left}")


def make_seeds() -> list[bytes]:
    """Make small pictures of each format, with metadata in them."""
    exif, profile = samples.rich_exif(6), samples.srgb_profile()
    jpeg = samples.jpeg(samples.segment(0xE1, b"Exif\0\0" + exif), icc_profile=profile, trailer=b"end")
    png = samples.png(samples.chunk(b"eXIf", exif), samples.chunk(b"tEXt", b"Author\0me"), icc_profile=profile)
    webp = samples.webp((b"EXIF", exif), (b"XMP ", samples.packet(6)), flags=0x0C)
    gif = samples.gif(samples.extension(0xFE, b"comment"))
    animations = [samples.animation(name) for name in ("PNG", "WEBP", "GIF")]
    others = [samples.encode(samples.draw(), name, exif=exif, icc_profile=profile) for name in ("TIFF", "AVIF")]
    turned = samples.encode(samples.draw(), "AVIF", xmp=samples.packet(7))
    return [jpeg, png, webp, gif, *animations, *others, turned]


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=600, help="how long to go on")
    parser.add_argument("--seeds", type=Path, help="a folder of pictures to start from, besides those it makes")
    return parser.parse_args()


def main() -> int:
    """Fuzz until a crash or the end of the time; exit status 1 when atheris is missing."""
    arguments = parse_arguments()
    try:
        atheris = import_module("atheris")
    except ImportError:
        print("atheris is not installed: `make fuzz` does that.")
        return 1
    metadata = load_metadata(atheris)
    seeds, findings = (tempfile.mkdtemp(prefix=f"darkroom-{name}-") for name in ("seeds", "findings"))
    for number, seed in enumerate(make_seeds()):
        (Path(seeds) / f"{number}").write_bytes(seed)
    folders = [seeds, *([str(arguments.seeds)] if arguments.seeds else [])]
    limits = ["-max_len=65536", "-timeout=20", "-rss_limit_mb=1024", f"-artifact_prefix={findings}/"]
    options = [f"-max_total_time={arguments.seconds}", "-print_final_stats=1", *limits]
    atheris.Setup([sys.argv[0], *options, *folders], partial(attack, metadata))
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
