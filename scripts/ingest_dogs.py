"""Bulk ingestion of dog pictures: fetch, normalise, store, record; what is there already is skipped."""

import argparse
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path, PurePosixPath
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from chalicelib import backends
from chalicelib.aws.dogs import DogUpload
from chalicelib.backends import Backends
from chalicelib.dog_pictures import MOST, DogPicture, check_picture, random_pictures, read_address
from chalicelib.errors import BackendUnavailable, DarkroomError, DogApiUnavailable
from chalicelib.flows.dogs import file_type
from chalicelib.imaging.codec import Encoding, decode, encode
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.operations import orient
from chalicelib.records import timestamp
from scripts.parallel import at_least_one, run_all
from scripts.stages import StageError, add_stage_options, follow_stand_in, read_stage

#: Tries of what may pass, and the longest pause in seconds before the next one.
TRIES, LONGEST_PAUSE = 5, 8.0
QUALITY = 92
#: Answers of the API without a picture that was not asked for yet, after which there are no more to be had.
BARREN = 20
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Result:
    """What became of one picture: `stored`, `skipped` or `failed`, and why."""

    outcome: str
    name: str
    reason: str = ""


def main() -> int:
    """Ingest; 0 when nothing failed and nothing was left out."""
    options = _read_options()
    try:
        settings = follow_stand_in(read_stage(options.stage, options.aws_port))
        here = backends.build(settings)
        pictures = list(_from_file(options.urls)) if options.urls else list(_from_api(here, options))
    except (StageError, OSError, DarkroomError) as error:
        print(f"darkroom: {error}", file=sys.stderr)
        return 1
    return _ingest(here, pictures, options.concurrency)


def ingest(here: Backends, picture: DogPicture) -> Result:
    """Fetch, normalise, store and record one picture; a fault of the tree becomes its result."""
    try:
        if _is_there(here, picture):
            return Result("skipped", picture.key)
        data = patiently(lambda: here.downloader.get(picture.url))
        key, image_format, normal = normalise(here, picture, data)
        patiently(lambda: here.storage.put(here.settings.dog_bucket, key, normal, image_format.media_type))
        # The row comes last: a crash before it leaves a picture that the next call stores and records again.
        patiently(lambda: here.dogs.record(_row(here, key, image_format), f"ingest-{timestamp(here.now())}"))
    except DarkroomError as error:
        return Result("failed", picture.name, f"{type(error).__name__}: {error.detail}")
    return Result("stored", key)


def normalise(here: Backends, picture: DogPicture, data: bytes) -> tuple[str, ImageFormat, bytes]:
    """Write a picture upright, in sRGB and without metadata, as PNG if it is one or is transparent, else as JPEG."""
    limits = here.settings.limits
    source = check_picture(picture, data, limits.input_pixels)
    decoded = decode(data, limits.input_pixels, lambda _size: Fraction(1))
    is_png = source is ImageFormat.PNG or decoded.image.mode in ("LA", "RGBA")
    image_format = ImageFormat.PNG if is_png else ImageFormat.JPEG
    image = orient(decoded.image, decoded.orientation)
    normal = encode(image, Encoding(image_format, QUALITY), limits.output_pixels)
    # A name that already says the format stays, so that the workflow and this script share their keys.
    key = picture.key if source is image_format else _renamed(picture.key, image_format)
    return key, image_format, normal


def patiently(call: Callable[[], Answer], pause: Callable[[float], object] = time.sleep) -> Answer:
    """Try what may pass again, after pauses that grow and differ; at last its error is raised."""
    for turn in range(1, TRIES):
        try:
            return call()
        except (DogApiUnavailable, BackendUnavailable):
            pause(random.uniform(0.1, min(LONGEST_PAUSE, 0.5 * 2**turn)))  # noqa: S311  # nosec B311 - jitter, no secret
    return call()


def _is_there(here: Backends, picture: DogPicture) -> bool:
    """Tell whether an earlier call stored and recorded it, under whichever name its format gave it."""
    keys = dict.fromkeys([picture.key, *(_renamed(picture.key, each) for each in (ImageFormat.JPEG, ImageFormat.PNG))])
    for key in keys:
        row = patiently(lambda key=key: here.dogs.find(key))  # type: ignore[misc]  # the default binds this turn's key
        if row and not row.expired and here.storage.exists(here.settings.dog_bucket, key):
            return True
    return False


def _renamed(key: str, image_format: ImageFormat) -> str:
    return str(PurePosixPath(key).with_suffix(image_format.suffix))


def _row(here: Backends, key: str, image_format: ImageFormat) -> DogUpload:
    """Write the row; its alert_id stays empty, since bulk ingestion sends no alerts."""
    return DogUpload(
        image_name=key,
        image_url=here.storage.address(here.settings.dog_bucket, key),
        upload_timestamp=timestamp(here.now()),
        file_type=file_type(image_format),
        alert_triggered=image_format is ImageFormat.PNG,
    )


def _from_file(path: Path) -> Iterator[DogPicture]:
    addresses = [line.strip() for line in path.read_text().splitlines()]
    for address in dict.fromkeys(line for line in addresses if line and not line.startswith("#")):
        yield read_address(address)


def _from_api(here: Backends, options: argparse.Namespace) -> Iterator[DogPicture]:
    """Ask the API until there are enough different pictures, or it has no more."""
    seen: set[str] = set()
    barren = 0
    while len(seen) < options.count and barren < BARREN:
        wanted = min(MOST, options.count - len(seen))
        found = patiently(
            lambda wanted=wanted: random_pictures(here.downloader, here.settings.dog_api_url, wanted, options.breed)  # type: ignore[misc]  # a default of a lambda
        )
        fresh = {each.key: each for each in found if each.key not in seen}
        barren = 0 if fresh else barren + 1
        seen.update(fresh)
        yield from fresh.values()


def _ingest(here: Backends, pictures: list[DogPicture], concurrency: int) -> int:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("dogs", total=len(pictures))
        results = run_all(lambda picture: ingest(here, picture), pictures, concurrency, lambda: progress.advance(task))
    _summarise(results, len(pictures))
    return 0 if len(results) == len(pictures) and all(each.outcome != "failed" for each in results) else 1


def _summarise(results: list[Result], total: int) -> None:
    counts = Counter(each.outcome for each in results)
    table = Table("outcome", "pictures")
    for outcome in ("stored", "skipped", "failed"):
        table.add_row(outcome, str(counts[outcome]))
    if total > len(results):
        table.add_row("left", str(total - len(results)))
    console = Console()
    console.print(table)
    for failure in (each for each in results if each.outcome == "failed"):
        console.print(f"{failure.name}: {failure.reason}", style="red", markup=False)


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m scripts.ingest_dogs", description=__doc__)
    add_stage_options(parser)
    parser.add_argument("--count", type=at_least_one, default=200, help="how many to ask the API for")
    parser.add_argument("--concurrency", type=at_least_one, default=8, help="how many at once")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--breed", type=_breed, help="one breed alone: hound, hound/afghan")
    source.add_argument("--urls", type=Path, help="a file of image addresses, one a line")
    return parser.parse_args()


def _breed(text: str) -> str:
    if not re.fullmatch(r"[a-z]+(/[a-z]+)?", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no breed: hound, hound/afghan")
    return text


if __name__ == "__main__":
    sys.exit(main())
