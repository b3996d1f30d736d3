"""Throws damaged pictures at the metadata rooms until time is up; a crash is anything but the agreed two errors.

`python -m scripts.fuzz --seconds 600 [--seeds FOLDER]`; needs atheris, which no file of requirements names.
"""

import argparse
import sys
import tempfile
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from chalicelib.errors import CorruptImage, UnsupportedFormat
from chalicelib.imaging import metadata
from tests.imaging.metadata import factory


def attack(data: bytes) -> None:
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
    exif, profile = factory.rich_exif(6), factory.srgb_profile()
    jpeg = factory.jpeg(factory.segment(0xE1, b"Exif\0\0" + exif), icc_profile=profile, trailer=b"end")
    png = factory.png(factory.chunk(b"eXIf", exif), factory.chunk(b"tEXt", b"Author\0me"), icc_profile=profile)
    webp = factory.webp((b"EXIF", exif), (b"XMP ", factory.packet(6)), flags=0x0C)
    gif = factory.gif(factory.extension(0xFE, b"comment"))
    animations = [factory.animation(name) for name in ("PNG", "WEBP", "GIF")]
    others = [factory.encode(factory.draw(), name, exif=exif, icc_profile=profile) for name in ("TIFF", "AVIF")]
    return [jpeg, png, webp, gif, *animations, *others]


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
        print("atheris is not installed: `pip install atheris` in an environment of Python 3.11 to 3.13.")
        return 1
    seeds = Path(tempfile.mkdtemp(prefix="darkroom-fuzz-"))
    for number, seed in enumerate(make_seeds()):
        (seeds / f"{number}").write_bytes(seed)
    atheris.instrument_all()
    folders = [str(seeds), *([str(arguments.seeds)] if arguments.seeds else [])]
    limits = [f"-max_total_time={arguments.seconds}", "-max_len=65536", "-timeout=20", "-rss_limit_mb=1024"]
    atheris.Setup([sys.argv[0], *limits, *folders], attack)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
