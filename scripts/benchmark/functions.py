"""Measure each function of the real zip beside a bare handler and a plain Chalice app: `make bench-lambda`.

    python -m scripts.benchmark.functions [--rounds 5] [--zip FILE] [--print]

The functions run in awslambdaric, in clean processes. AWS is moto, in this process: its CPU time is not counted.
"""

import argparse
import itertools
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import boto3

from chalicelib.settings import Settings
from scripts.benchmark import lambda_zips, page, photos, processes
from scripts.benchmark.cold_start import Start, middle, stage, start
from scripts.benchmark.lambda_events import Event, object_created, request, scheduled
from scripts.deployment import package
from scripts.embedded.deployed.runtime import THIS_MACHINE, DeployedFunction
from scripts.project import PROJECT, read_config
from scripts.terminal import interrupt
from scripts.terminal.option_types import at_least_one

BARE, PLAIN, SHIPPED = "bare handler", "plain Chalice, eager clients", "the same without bytecode"
_READ = "API: GET /images/{id}"
_DOG = {"uploaded_image": "dogs/1.png", "image_url": "https://example.com/1.png", "file_type": "png", "alert_id": "1"}
_LOGGED = {"logged_item": {"image_name": "dogs/1.png"}}
#: Warm events of a function, and processes that a request is measured in.
_WARM, _STARTS = 3, 3


def handlers(settings: Settings, photo: bytes) -> dict[str, tuple[str, Iterator[Event]]]:
    """Return each row's handler in app.py and its events."""
    show = request("GET", "/images/{image_id}", path=f"image_id={'0' * 32}")
    post, tick = request("POST", "/images", photo), scheduled()
    same = itertools.repeat
    return {
        _READ: ("app.app", same(show)),
        "API: POST /images": ("app.app", same(post)),
        "resize_image": ("app.resize_image", _uploads(settings.images_bucket, "uploads/", photo)),
        "sanitize_image": ("app.sanitize_image", _uploads(settings.landing_bucket, "", photo)),
        "cleanup": ("app.clean_up", same(tick)),
        "reconcile": ("app.reconcile_records", same(tick)),
        "dog_fetch": ("app.dog_fetch", ({**tick, "time": f"2026-01-01T00:{n:02d}:00Z"} for n in range(60))),
        "LogToDynamoDB": ("app.log_to_dynamodb", same(dict(_DOG))),
        "AlertPNG": ("app.alert_png", same(dict(_LOGGED))),
    }


def _uploads(bucket: str, prefix: str, photo: bytes) -> Iterator[Event]:
    """Put a new object for each event."""
    client = boto3.client("s3")
    for number in itertools.count():
        key = f"{prefix}{number}.jpg"
        yield object_created(bucket, key, dict(client.put_object(Bucket=bucket, Key=key, Body=photo)), len(photo))


def measure_all(archive: Path, rounds: int, photo: bytes) -> dict[str, Start]:
    """Return the medians of each row, over interleaved rounds."""
    with stage() as (settings, endpoint, folder):
        _create_pipeline()
        rows = {name: (archive, *each) for name, each in handlers(settings, photo).items()}
        show = request("GET", "/images/{image_id}", path=f"image_id={'0' * 32}")
        for name, bytecode in ((PLAIN, True), (SHIPPED, False)):
            zipped = lambda_zips.plain(folder, archive, bytecode=bytecode)
            rows[name] = (zipped, "app.app", itertools.repeat(show))
        rows[BARE] = (lambda_zips.bare(folder), "app.handler", itertools.repeat(show))
        found: dict[str, list[Start]] = {name: [] for name in rows}
        for _ in range(rounds):
            for name, (zipped, handler, events) in rows.items():
                sent = list(itertools.islice(events, 1 + _WARM))
                found[name].append(start(deployed(name, zipped, handler), endpoint, folder / zipped.stem, sent))
    return {name: middle(each) for name, each in found.items()}


def deployed(name: str, archive: Path, handler: str) -> DeployedFunction:
    """Return a function with the variables of stage `local`."""
    variables = {key: str(value) for key, value in read_config().environment_variables.items()}
    return DeployedFunction(name, handler, archive.read_bytes(), variables, 60.0, 1769)


def _create_pipeline() -> None:
    definition = {"StartAt": "End", "States": {"End": {"Type": "Pass", "End": True}}}
    role = "arn:aws:iam::123456789012:role/darkroom-local-functions"
    boto3.client("stepfunctions").create_state_machine(
        name="darkroom-local-DogUploaderPipeline", definition=json.dumps(definition), roleArn=role
    )


def function_table(rows: dict[str, Start]) -> str:
    """Return the rows as a Markdown table."""
    bare = rows[BARE].init
    lines = ["| function | init | over bare | first event | warm event | peak MB |", "|---|---|---|---|---|---|"]
    for name, each in rows.items():
        over = each.init - bare
        lines.append(
            f"| {name} | {each.init:.0f} | {over:.0f} | {each.first:.0f} | {each.warm:.1f} | {each.peak:.0f} |"
        )
    return "\n".join(lines)


def mark_table(rows: dict[str, Start], archive: Path) -> str:
    """Return the marks of the issue, and whether they hold."""
    bare, plain = rows[BARE].init, rows[PLAIN].init + rows[PLAIN].first
    tasks = ("resize_image", "sanitize_image", "cleanup", "reconcile", "dog_fetch", "LogToDynamoDB", "AlertPNG")
    share = (rows[_READ].init + rows[_READ].first) / plain
    marks = [
        ("init of the API over a bare handler, ms", rows[_READ].init - bare, 200.0),
        ("init of the slowest task over a bare handler, ms", max(rows[each].init for each in tasks) - bare, 150.0),
        (f"init and first request, share of {PLAIN}", share, 0.5),
        ("zip for the architecture that is deployed, MB", archive.stat().st_size / 1e6, 10.0),
    ]
    return marked(marks)


def marked(marks: list[tuple[str, float, float]]) -> str:
    """Return a table of measured values beside the largest that the project allows."""
    lines = ["| what | measured | mark | |", "|---|---|---|---|"]
    for name, value, most in marks:
        verdict = "holds" if value <= most else "misses"
        lines.append(f"| {name} | {value:.2f} | {most:g} | {verdict} |")
    return "\n".join(lines)


def measure_requests(archive: Path, photo: bytes) -> dict[str, float]:
    """Return the warm CPU milliseconds of requests over what a bare handler needs for the same event."""
    post, inspect = request("POST", "/images", photo), request("POST", "/inspect", photo)
    small, listed = request("POST", "/images", photos.jpeg(0.1)), request("GET", "/images", limit="100")
    with stage() as (_, endpoint, folder):
        bare = lambda_zips.bare(folder)

        def warm(zipped: Path, handler: str, events: list[Event]) -> float:
            function = deployed("measured", zipped, handler)
            results = [start(function, endpoint, folder / zipped.stem, events) for _ in range(_STARTS)]
            if errors := [each.error for each in results if each.error]:
                raise ChildProcessError(errors[0])
            return middle(results).warm

        empty = warm(bare, "app.handler", [post] * 8)
        found = {"post": warm(archive, "app.app", [post] * 8) - empty}
        found["inspect"] = warm(archive, "app.app", [inspect] * 8) - empty
        warm(archive, "app.app", [small] * 40)
        found["list"] = warm(archive, "app.app", [listed] * 8)
    return found


def imaging_milliseconds(photo: Path) -> float:
    """Return the CPU time of the imaging work of a post: one decode and both outputs."""
    worker = processes.python_worker("darkroom")
    try:
        answers = [worker.ask(photo, {"outputs": 2}, []) for _ in range(8)]
    finally:
        worker.close()
    return median(each["cpu_ms"] for each in answers[1:])


def request_table(found: dict[str, float], imaging: float, size: int) -> str:
    """Return the requests beside their marks."""
    megabytes = f"{size / 1e6:.1f} MB"
    marks = [
        (f"`POST /images` of {megabytes} over its imaging work of {imaging:.0f} ms", found["post"] - imaging, 25.0),
        (f"`POST /inspect` of {megabytes}", found["inspect"], 30.0),
        ("`GET /images?limit=100`", found["list"], 45.0),
    ]
    return marked(marks)


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the zip, measure its functions and its requests, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=at_least_one, default=5)
    parser.add_argument("--zip", type=Path, help="measure this zip, and build none")
    parser.add_argument("--print", action="store_true", help="write no page")
    options = parser.parse_args(arguments)
    archive = options.zip or package.build(PROJECT, THIS_MACHINE[1])
    shipped = options.zip or package.build(PROJECT, read_config().lambda_architecture)
    sections = {"functions": _functions(archive, shipped, options.rounds), "requests": _requests(archive)}
    for name, text in sections.items():
        print(f"\n{text}")
        if not options.print:
            page.write(name, text)
    return 0


def _functions(archive: Path, shipped: Path, rounds: int) -> str:
    rows: dict[str, Any] = measure_all(archive, rounds, photos.jpeg(2))
    for name, each in rows.items():
        if each.error:
            print(f"{name} answered with an error: {each.error[:200]}")
    return f"{mark_table(rows, shipped)}\n\n{function_table(rows)}"


def _requests(archive: Path) -> str:
    photo = archive.with_name("measured.jpg")
    photo.write_bytes(photos.jpeg(10.6))
    try:
        found = measure_requests(archive, photo.read_bytes())
        return request_table(found, imaging_milliseconds(photo), photo.stat().st_size)
    finally:
        photo.unlink()


if __name__ == "__main__":
    interrupt.run(main)
