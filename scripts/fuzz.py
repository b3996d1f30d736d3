"""Tests the metadata packages with damaged pictures until the time is up.

A failure is any error but CorruptImage and UnsupportedFormat, or a result that still holds metadata.
Start it with `make fuzz`, or, where requirements/fuzz.txt is installed, with
`python -m scripts.fuzz --seconds 600 [--seeds FOLDER]`.
"""

import sys
from pathlib import Path

if not __package__:  # Started as a file: Python then searches the folder scripts, not the project's root.
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    __import__("scripts")  # Its import handles a Ctrl-C while the rest is imported.

import argparse
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from importlib import import_module
from types import ModuleType

from chalicelib.errors import CorruptImage, UnsupportedFormat
from scripts.measuring import samples


def load_metadata(atheris: ModuleType) -> ModuleType:
    """Import the metadata packages with coverage counters. Counters in other packages would only cost time."""
    with atheris.instrument_imports(include=["chalicelib"]):
        return import_module("chalicelib.imaging.metadata")


def check_input(metadata: ModuleType, data: bytes) -> None:
    """Inspect and strip a picture. Raises AssertionError when the result still holds metadata."""
    with suppress(CorruptImage, UnsupportedFormat):
        metadata.inspect(data)
    with suppress(CorruptImage, UnsupportedFormat):
        stripped = metadata.strip(data)
        left = [finding.kind for finding in metadata.inspect(stripped.data) if not finding.allowed]
        if left:
            raise AssertionError(f"The result still holds metadata: {left}.")


def make_seeds() -> list[bytes]:
    """Return small pictures of the formats, with metadata in them."""
    exif, profile = samples.rich_exif(6), samples.srgb_profile()
    jpeg = samples.jpeg(samples.segment(0xE1, b"Exif\0\0" + exif), icc_profile=profile, trailer=b"end")
    png = samples.png(samples.chunk(b"eXIf", exif), samples.chunk(b"tEXt", b"Author\0me"), icc_profile=profile)
    webp = samples.webp((b"EXIF", exif), (b"XMP ", samples.packet(6)), flags=0x0C)
    gif = samples.gif(samples.extension(0xFE, b"comment"))
    animations = [samples.animation(name) for name in ("PNG", "WEBP", "GIF")]
    others = [samples.encode(samples.draw(), name, exif=exif, icc_profile=profile) for name in ("TIFF", "AVIF")]
    turned = samples.encode(samples.draw(), "AVIF", xmp=samples.packet(7))
    bmp = samples.encode(samples.draw(), "BMP") + b"end"
    return [jpeg, png, webp, gif, bmp, *animations, *others, turned]


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=600, help="how long to run")
    parser.add_argument("--seeds", type=Path, help="a folder with more pictures to start from")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz until a failure or the end of the time. Returns 1 when atheris is not installed."""
    options = parse_arguments(arguments)
    try:
        atheris = import_module("atheris")
    except ImportError:
        print("atheris is not installed. Run `make fuzz`, which installs it.")
        return 1
    metadata = load_metadata(atheris)
    seeds, findings = (tempfile.mkdtemp(prefix=f"darkroom-{name}-") for name in ("seeds", "findings"))
    for number, seed in enumerate(make_seeds()):
        (Path(seeds) / f"{number}").write_bytes(seed)
    folders = [seeds, *([str(options.seeds)] if options.seeds else [])]
    limits = ["-max_len=65536", "-timeout=20", "-rss_limit_mb=1024", f"-artifact_prefix={findings}/"]
    flags = [f"-max_total_time={options.seconds}", "-print_final_stats=1", *limits]
    atheris.Setup([sys.argv[0], *flags, *folders], partial(check_input, metadata))
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    # Not interrupt.run(): atheris would take the KeyboardInterrupt for a failure of the code.
    sys.exit(main())
