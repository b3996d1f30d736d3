"""Ingest many dog pictures: fetch, normalise, store and record each. Skip those that are stored already."""

import argparse
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from chalicelib.backends import Backends, build
from chalicelib.dog_api.pictures import MOST, DogPicture, check_picture, random_addresses, read_address
from chalicelib.dog_records import DogUpload
from chalicelib.errors import BackendUnavailable, DarkroomError, DogApiMalformed, DogApiUnavailable, InvalidRequest
from chalicelib.flows.dogs import expire_if_missing, file_type
from chalicelib.imaging.codec import decode
from chalicelib.imaging.encoding import Encoding, encode
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.operations import orient
from chalicelib.imaging.views import whole_view
from chalicelib.records import timestamp
from scripts.terminal import interrupt
from scripts.terminal.option_types import at_least_one
from scripts.terminal.parallel import run_all
from scripts.terminal.stages import StageError, add_stage_options, read_stage, use_stub_dog_api

#: Tries of a call that fails with a transient error, and the longest pause between two of them in seconds.
MAX_TRIES, MAX_PAUSE_SECONDS = 5, 8.0
QUALITY = 92
#: Answers of the API without a new picture, one after another, after which it has no more pictures.
MAX_ANSWERS_WITHOUT_NEW = 20
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Result:
    """The result of one picture: `stored`, `skipped` or `failed`, and the reason of a failure."""

    outcome: str
    name: str
    reason: str = ""


def main() -> int:
    """Ingest the pictures. Return 0 if all are stored, 130 after a Ctrl-C, else 1."""
    options = _read_options()
    try:
        settings = use_stub_dog_api(read_stage(options.stage, options.aws_port))
        backends = build(settings)
        addresses = list(addresses_in_file(options.urls) if options.urls else addresses_from_api(backends, options))
    except (StageError, OSError, DarkroomError) as error:
        print(f"darkroom: {error}", file=sys.stderr)
        return 1
    return ingest_all(backends, addresses, options.concurrency)


def ingest_address(backends: Backends, address: object) -> Result:
    """Ingest the picture of an address. Text that is not an address fails as a bad picture does."""
    try:
        picture = read_address(address)
    except DogApiMalformed as error:
        return Result("failed", str(address)[:200], f"{type(error).__name__}: {error.detail}")
    return ingest(backends, picture)


def ingest(backends: Backends, picture: DogPicture) -> Result:
    """Fetch, normalise, store and record one picture. A DarkroomError becomes a failed result."""
    try:
        if _is_stored(backends, picture):
            return Result("skipped", picture.key)
        data = retry(lambda: backends.downloader.get(picture.url))
        key, image_format, normal = normalise(backends, picture, data)
        retry(lambda: backends.storage.put(backends.settings.dog_bucket, key, normal, image_format.media_type))
        # The row comes last. After a crash before it, the next run stores and records the picture again.
        row, run = _build_row(backends, picture, key, image_format), f"ingest-{timestamp(backends.now())}"
        row = retry(lambda: backends.dogs.record(row, run))
        retry(lambda: expire_if_missing(backends, row))
    except DarkroomError as error:
        return Result("failed", picture.name, f"{type(error).__name__}: {error.detail}")
    return Result("stored", key)


def normalise(backends: Backends, picture: DogPicture, data: bytes) -> tuple[str, ImageFormat, bytes]:
    """Return key, format and bytes of a picture that is upright, in sRGB and without metadata.

    The format is PNG if the source is PNG or has transparency, else JPEG.
    """
    limits = backends.settings.limits
    source = check_picture(picture, data, limits.input_pixels)
    decoded = decode(data, limits.input_pixels, whole_view)
    is_png = source is ImageFormat.PNG or decoded.image.mode in ("LA", "RGBA")
    image_format = ImageFormat.PNG if is_png else ImageFormat.JPEG
    image = orient(decoded.image, decoded.orientation)
    normal = encode(image, Encoding(image_format, QUALITY), limits.output_pixels)
    # A picture that keeps its format keeps its key, so that the workflow and this script use the same keys.
    key = picture.key if source is image_format else picture.key + image_format.suffix
    return key, image_format, normal


def retry(call: Callable[[], Answer], pause: Callable[[float], object] = time.sleep) -> Answer:
    """Call again after a transient error, with growing random pauses. Raise the error of the last try."""
    for turn in range(1, MAX_TRIES):
        try:
            return call()
        except (DogApiUnavailable, BackendUnavailable):
            pause(random.uniform(0.1, min(MAX_PAUSE_SECONDS, 0.5 * 2**turn)))  # noqa: S311  # nosec B311 # jitter, no secret
    return call()


def _is_stored(backends: Backends, picture: DogPicture) -> bool:
    """Return True if an earlier run stored and recorded the picture, with its own suffix or another."""
    suffixes = ("", ImageFormat.JPEG.suffix, ImageFormat.PNG.suffix)
    return any(retry(partial(_is_ingested, backends, picture.key + suffix)) for suffix in suffixes)


def _is_ingested(backends: Backends, key: str) -> bool:
    row = backends.dogs.find(key)
    return row is not None and not row.expired and backends.storage.exists(backends.settings.dog_bucket, key)


def _build_row(backends: Backends, picture: DogPicture, key: str, image_format: ImageFormat) -> DogUpload:
    """Return the row of a picture. Its alert_id is empty, since bulk ingestion sends no alerts."""
    return DogUpload(
        image_name=key,
        image_url=backends.storage.address(backends.settings.dog_bucket, key),
        upload_timestamp=timestamp(backends.now()),
        file_type=file_type(image_format),
        alert_triggered=image_format is ImageFormat.PNG,
        breed=picture.breed,
    )


def addresses_in_file(path: Path) -> Iterator[object]:
    """Yield the addresses of a file, one for each picture. Raises OSError, or InvalidRequest if it is not UTF-8."""
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except UnicodeDecodeError as error:
        raise InvalidRequest(f"{path} is not UTF-8 text.", code="bad_option") from error
    yield from {_name_of(line): line for line in lines if line and not line.startswith("#")}.values()


def _name_of(address: object) -> str:
    """Return the key of an address, so that two spellings of one address are equal, or the text if it is none."""
    try:
        return read_address(address).key
    except DogApiMalformed:
        return repr(address)


def addresses_from_api(backends: Backends, options: argparse.Namespace) -> Iterator[object]:
    """Yield addresses from the API until there are enough different pictures, or it has no more."""
    seen: set[str] = set()
    answers_without_new = 0
    while len(seen) < options.count and answers_without_new < MAX_ANSWERS_WITHOUT_NEW:
        wanted = min(MOST, options.count - len(seen))
        found = retry(
            partial(random_addresses, backends.downloader, backends.settings.dog_api_url, wanted, options.breed)
        )
        new = {_name_of(each): each for each in found if _name_of(each) not in seen}
        answers_without_new = 0 if new else answers_without_new + 1
        seen.update(new)
        yield from new.values()


def ingest_all(backends: Backends, addresses: list[object], concurrency: int) -> int:
    """Ingest the pictures and print a summary. Return 0 if none failed, 130 if a Ctrl-C left some out, else 1."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("dogs", total=len(addresses))
        results = run_all(partial(ingest_address, backends), addresses, concurrency, lambda: progress.advance(task))
    _print_summary(results, len(addresses))
    if len(results) < len(addresses):
        return interrupt.INTERRUPTED
    return 0 if all(each.outcome != "failed" for each in results) else 1


def _print_summary(results: list[Result], total: int) -> None:
    counts = Counter(each.outcome for each in results)
    table = Table("outcome", "pictures")
    for outcome in ("stored", "skipped", "failed"):
        table.add_row(outcome, str(counts[outcome]))
    if total > len(results):
        table.add_row("not reached", str(total - len(results)))
    console = Console()
    console.print(table)
    for failure in (each for each in results if each.outcome == "failed"):
        console.print(f"{failure.name}: {failure.reason}", style="red", markup=False)


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m scripts.ingest_dogs", description=__doc__)
    add_stage_options(parser)
    parser.add_argument("--count", type=at_least_one, default=200, help="number of pictures to get from the API")
    parser.add_argument("--concurrency", type=at_least_one, default=8, help="number of pictures at once")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--breed", type=_breed, help="only this breed, such as hound or hound/afghan")
    source.add_argument("--urls", type=Path, help="a file with one image address on each line")
    return parser.parse_args()


def _breed(text: str) -> str:
    if not re.fullmatch(r"[a-z]+(/[a-z]+)?", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a breed, such as hound or hound/afghan")
    return text


if __name__ == "__main__":
    interrupt.run(main)
