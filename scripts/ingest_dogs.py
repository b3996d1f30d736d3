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
from functools import partial
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from chalicelib import backends
from chalicelib.aws.dog_uploads import DogUpload
from chalicelib.backends import Backends
from chalicelib.dog_api.pictures import MOST, DogPicture, check_picture, random_addresses, read_address
from chalicelib.errors import BackendUnavailable, DarkroomError, DogApiMalformed, DogApiUnavailable, InvalidRequest
from chalicelib.flows.dogs import file_type, follow_picture
from chalicelib.imaging.codec import Encoding, decode, encode
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.operations import orient
from chalicelib.records import timestamp
from scripts.terminal.parallel import at_least_one, run_all
from scripts.terminal.stages import StageError, add_stage_options, follow_stand_in, read_stage

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
        addresses = list(_from_file(options.urls) if options.urls else _from_api(here, options))
    except (StageError, OSError, DarkroomError) as error:
        print(f"darkroom: {error}", file=sys.stderr)
        return 1
    return _ingest(here, addresses, options.concurrency)


def ingest_address(here: Backends, address: object) -> Result:
    """Ingest the picture of an address; one that is none fails as a bad picture does."""
    try:
        picture = read_address(address)
    except DogApiMalformed as error:
        return Result("failed", str(address)[:200], f"{type(error).__name__}: {error.detail}")
    return ingest(here, picture)


def ingest(here: Backends, picture: DogPicture) -> Result:
    """Fetch, normalise, store and record one picture; a fault of the tree becomes its result."""
    try:
        if _is_there(here, picture):
            return Result("skipped", picture.key)
        data = patiently(lambda: here.downloader.get(picture.url))
        key, image_format, normal = normalise(here, picture, data)
        patiently(lambda: here.storage.put(here.settings.dog_bucket, key, normal, image_format.media_type))
        # The row comes last: a crash before it leaves a picture that the next call stores and records again.
        row = patiently(lambda: here.dogs.record(_row(here, key, image_format), f"ingest-{timestamp(here.now())}"))
        patiently(lambda: follow_picture(here, row))
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
    key = picture.key if source is image_format else picture.key + image_format.suffix
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
    suffixes = ("", ImageFormat.JPEG.suffix, ImageFormat.PNG.suffix)
    return any(patiently(partial(_is_ingested, here, picture.key + suffix)) for suffix in suffixes)


def _is_ingested(here: Backends, key: str) -> bool:
    row = here.dogs.find(key)
    return row is not None and not row.expired and here.storage.exists(here.settings.dog_bucket, key)


def _row(here: Backends, key: str, image_format: ImageFormat) -> DogUpload:
    """Write the row; its alert_id stays empty, since bulk ingestion sends no alerts."""
    return DogUpload(
        image_name=key,
        image_url=here.storage.address(here.settings.dog_bucket, key),
        upload_timestamp=timestamp(here.now()),
        file_type=file_type(image_format),
        alert_triggered=image_format is ImageFormat.PNG,
    )


def _from_file(path: Path) -> Iterator[object]:
    """Read the addresses of a file, each picture once; raises OSError, or InvalidRequest when it is no text."""
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except UnicodeDecodeError as error:
        raise InvalidRequest(f"{path} is no UTF-8 text.", code="bad_option") from error
    yield from {_name_of(line): line for line in lines if line and not line.startswith("#")}.values()


def _name_of(address: object) -> str:
    """Name a picture by its key, which addresses of different spelling may share, and what is no address by itself."""
    try:
        return read_address(address).key
    except DogApiMalformed:
        return repr(address)


def _from_api(here: Backends, options: argparse.Namespace) -> Iterator[object]:
    """Ask the API until there are enough different pictures, or it has no more."""
    seen: set[str] = set()
    barren = 0
    while len(seen) < options.count and barren < BARREN:
        wanted = min(MOST, options.count - len(seen))
        found = patiently(partial(random_addresses, here.downloader, here.settings.dog_api_url, wanted, options.breed))
        fresh = {_name_of(each): each for each in found if _name_of(each) not in seen}
        barren = 0 if fresh else barren + 1
        seen.update(fresh)
        yield from fresh.values()


def _ingest(here: Backends, addresses: list[object], concurrency: int) -> int:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("dogs", total=len(addresses))
        results = run_all(partial(ingest_address, here), addresses, concurrency, lambda: progress.advance(task))
    _summarise(results, len(addresses))
    return 0 if len(results) == len(addresses) and all(each.outcome != "failed" for each in results) else 1


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
