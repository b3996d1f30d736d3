"""Ingest many dog pictures: fetch, normalise, store and record each. Skip those that are stored already.

With --on-aws, the state machine of the stage does the work; a second run with the same addresses follows what runs.
"""

import sys
from pathlib import Path

if not __package__:  # Started as a file: Python then searches the folder scripts, not the project's root.
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    __import__("scripts")  # Its import handles a Ctrl-C while the rest is imported.

import argparse
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from chalicelib.backends import Backends, build
from chalicelib.dog_api.pictures import MOST, DogPicture, random_addresses, read_address, read_any_address
from chalicelib.errors import BackendUnavailable, DarkroomError, DogApiMalformed, DogApiUnavailable, InvalidRequest
from chalicelib.flows import dog_ingestion
from chalicelib.records import timestamp
from chalicelib.settings import Settings
from scripts.deployment import ingest_definition
from scripts.terminal import ingest_run, interrupt
from scripts.terminal.option_types import at_least_one
from scripts.terminal.parallel import run_all
from scripts.terminal.stages import StageError, add_stage_options, read_stage, use_stub_dog_api

#: Tries of a call that fails with a transient error, and the longest pause between two of them in seconds.
MAX_TRIES, MAX_PAUSE_SECONDS = 5, 8.0
#: Answers of the API without a new picture, one after another, after which it has no more pictures.
MAX_ANSWERS_WITHOUT_NEW = 20
#: Characters of an address that is sent to the state machine.
MAX_ADDRESS = 2_000
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Result:
    """The result of one picture: `stored`, `skipped` or `failed`, and the reason of a failure."""

    outcome: str
    name: str
    reason: str = ""


def main() -> int:
    """Ingest the pictures. Return 0 if all are stored, 130 after a Ctrl-C, else 1."""
    options = read_options()
    try:
        settings = use_stub_dog_api(read_stage(options.stage, options.aws_port))
        backends = build(settings)
        addresses = chosen_addresses(backends, options)
    except (StageError, OSError, DarkroomError) as error:
        print(f"darkroom: {error}", file=sys.stderr)
        return 1
    if options.on_aws:
        return ingest_on_aws(settings, addresses)
    return ingest_all(backends, addresses, options.concurrency)


def ingest_address(backends: Backends, address: object) -> Result:
    """Ingest the picture of an address. Text that is not an address fails as a bad picture does."""
    try:
        picture = read_any_address(address, backends.settings.ingest_hosts)
    except DarkroomError as error:
        return Result("failed", str(address)[:200], error.detail)
    return ingest(backends, picture)


def ingest(backends: Backends, picture: DogPicture) -> Result:
    """Fetch, normalise, store and record one picture. A DarkroomError becomes a failed result."""
    try:
        run = f"ingest-{timestamp(backends.now())}"
        return Result(*dog_ingestion.ingest(backends, picture, run, retry))
    except DarkroomError as error:
        return Result("failed", picture.name, error.detail)


def retry(call: Callable[[], Answer], pause: Callable[[float], object] = time.sleep) -> Answer:
    """Call again after a transient error, with growing random pauses. Raise the error of the last try."""
    for turn in range(1, MAX_TRIES):
        try:
            return call()
        except (DogApiUnavailable, BackendUnavailable):
            pause(random.uniform(0.1, min(MAX_PAUSE_SECONDS, 0.5 * 2**turn)))  # noqa: S311 - jitter, no secret  # nosec B311
    return call()


def chosen_addresses(backends: Backends, options: argparse.Namespace) -> list[object]:
    """Return the addresses that a person has chosen. Raises InvalidRequest if there are none."""
    found = list(addresses_in_file(options.urls) if options.urls else addresses_from_api(backends, options))
    if not found:
        raise InvalidRequest(f"{options.urls or 'The dog API'} has no addresses of pictures.", code="bad_option")
    return found


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
    with _progress() as progress:
        task = progress.add_task("dogs", total=len(addresses))
        results = run_all(partial(ingest_address, backends), addresses, concurrency, lambda: progress.advance(task))
    return _finish(results, len(addresses))


def ingest_on_aws(settings: Settings, addresses: list[object], pause: Callable[[float], object] = time.sleep) -> int:
    """Ingest the pictures by the stage's state machine and print a summary. Return as ingest_all().

    A Ctrl-C stops watching: what was started goes on.
    """
    sendable = [each for each in addresses if isinstance(each, str) and len(each) <= MAX_ADDRESS]
    results = _unsendable(addresses)

    def take(sent: Sequence[str], outcomes: Sequence[Mapping[str, str]]) -> None:
        pairs = zip(sent, outcomes, strict=True)
        results.extend(Result(each["outcome"], address, each.get("reason", "")) for address, each in pairs)

    try:
        with _progress() as progress:
            task = progress.add_task("dogs", total=len(addresses), completed=len(results))
            _run(settings, sendable, take, lambda number: progress.advance(task, number), pause)
    except (BotoCoreError, ClientError) as error:
        print(f"darkroom: {settings.endpoint_url or 'AWS'}: {error}", file=sys.stderr)
        _print_summary(results, len(addresses), "not ended")
        return 1
    except KeyboardInterrupt:
        print("darkroom: stopped watching. What was started goes on; run the same command again.", file=sys.stderr)
    return _finish(results, len(addresses), "not ended")


def _unsendable(addresses: list[object]) -> list[Result]:
    """Return a result for each address that is not sent to the state machine."""
    found = [each for each in addresses if not isinstance(each, str) or len(each) > MAX_ADDRESS]
    return [
        Result("failed", str(each)[:200], f"It is no text of at most {MAX_ADDRESS:,} characters.") for each in found
    ]


def _run(
    settings: Settings,
    addresses: list[str],
    take: ingest_run.Take,
    advance: Callable[[int], object],
    pause: Callable[[float], object],
) -> None:
    client = boto3.client("stepfunctions", endpoint_url=settings.endpoint_url)
    machine = ingest_definition.arns_of(settings).machine
    batches = list(ingest_run.batches(addresses, ingest_definition.MAX_ITEMS))
    ingest_run.follow_all(client, machine, batches, take, advance, pause)


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True))


def _finish(results: list[Result], total: int, rest: str = "not reached") -> int:
    _print_summary(results, total, rest)
    if len(results) < total:
        return interrupt.INTERRUPTED
    return 0 if all(each.outcome != "failed" for each in results) else 1


def _print_summary(results: list[Result], total: int, rest: str) -> None:
    counts = Counter(each.outcome for each in results)
    table = Table("outcome", "pictures")
    for outcome in ("stored", "skipped", "failed"):
        table.add_row(outcome, str(counts[outcome]))
    if total > len(results):
        table.add_row(rest, str(total - len(results)))
    console = Console()
    console.print(table)
    for failure in (each for each in results if each.outcome == "failed"):
        console.print(f"{failure.name}: {failure.reason}", style="red", markup=False)


def read_options(words: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m scripts.ingest_dogs", description=__doc__)
    add_stage_options(parser)
    parser.add_argument("--count", type=at_least_one, default=200, help="number of pictures to get from the API")
    parser.add_argument("--on-aws", action="store_true", help="by the state machine of the stage")
    parser.add_argument("--concurrency", type=at_least_one, default=8, help="pictures at once, on this machine")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--breed", type=_breed, help="only this breed, such as hound or hound/afghan")
    source.add_argument("--urls", type=Path, help="a file with one image address on each line")
    return parser.parse_args(words)


def _breed(text: str) -> str:
    if not re.fullmatch(r"[a-z]+(/[a-z]+)?", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a breed, such as hound or hound/afghan")
    return text


if __name__ == "__main__":
    interrupt.run(main)
