"""Say what happened to one photo: its record, attempts, object, log lines and dead letters, and what to do.

python -m scripts.why uploads/photo.jpg [--stage dev]
"""

import sys
from pathlib import Path

if not __package__:  # Started as a file: Python then searches the folder scripts, not the project's root.
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    __import__("scripts")  # Its import handles a Ctrl-C while the rest is imported.

import argparse
from collections.abc import Iterator
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import backends
from chalicelib.errors import BackendUnavailable
from chalicelib.records import ImageRecord
from chalicelib.settings import SettingsError
from scripts.terminal import interrupt
from scripts.terminal.file_names import printable
from scripts.terminal.stages import LOCAL, StageError, add_stage_options, read_stage
from scripts.tracing.facts import Facts, collect
from scripts.tracing.meaning import explain


def main() -> int:
    """Print what is known. Return 1 if nothing is known of the photo, or AWS did not answer."""
    options = _read_options()
    try:
        services = backends.build(read_stage(options.stage, options.aws_port))
        aws: Any = boto3
        facts = collect(
            services, lambda name: aws.client(name, endpoint_url=services.settings.endpoint_url), options.what
        )
    except (BackendUnavailable, BotoCoreError, ClientError, SettingsError, StageError) as error:
        hint = " Is `make run` running?" if options.stage == LOCAL else ""
        print(f"darkroom: {error}{hint}", file=sys.stderr)
        return 1
    for line in lines(facts):
        print(printable(line))
    print(f"\n{printable(explain(facts, services.settings, services.now()))}")
    return int(facts.record is None and facts.size is None)


def lines(facts: Facts) -> Iterator[str]:
    """Yield the facts, one in each line."""
    if facts.record:
        yield from _lines_of_record(facts.record)
    else:
        yield "record        none"
    if facts.key:
        yield f"place         s3://{facts.bucket}/{facts.key}"
        yield f"object        {'none' if facts.size is None else f'{facts.size} bytes'}"
    for letter in facts.letters:
        yield f"dead letter   {letter.function}: {letter.error}"
    if facts.lines is None:
        yield "log           none here: `make run` prints it in its terminal"
    for each in facts.lines or ():
        yield f"log           {each}"


def _lines_of_record(record: ImageRecord) -> Iterator[str]:
    yield f"record        {record.id}, {record.status}, from {record.timestamp}"
    if record.attempt:
        yield f"attempt       {record.attempt.number}, request {record.attempt.request_id}"
    if record.error:
        yield f"error         {record.error.code}: {record.error.detail}"
    for name, variant in record.variants.items():
        yield f"variant       {name}: s3://{variant.bucket}/{variant.key}, {variant.size} bytes"


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", help="the id of an image, a key of S3, or s3://bucket/key")
    add_stage_options(parser)
    options = parser.parse_args()
    if not options.what.removeprefix("s3://").partition("/")[2 if options.what.startswith("s3://") else 0]:
        parser.error("name the id of an image, a key of S3, or s3://bucket/key")
    return options


if __name__ == "__main__":
    interrupt.run(main)
