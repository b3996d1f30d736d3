"""Upload photos, and folders of photos, to a stage in parallel. With --watch, wait until each is processed."""

import sys
from pathlib import Path

if not __package__:  # Started as a file: Python then searches the folder scripts, not the project's root.
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    __import__("scripts")  # Its import handles a Ctrl-C while the rest is imported.

import argparse
import mimetypes
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn
from rich.table import Table

from chalicelib.backends import Backends, build
from chalicelib.errors import DarkroomError, ImageNotFound
from chalicelib.imaging.formats import ImageFormat
from chalicelib.keys import UPLOADS, derived_id
from chalicelib.records import SYSTEM, ImageRecord, Status
from scripts.terminal import interrupt
from scripts.terminal.file_names import key_of, printable, show
from scripts.terminal.option_types import at_least_one
from scripts.terminal.parallel import run_all
from scripts.terminal.stages import StageError, add_stage_options, read_stage, use_stub_dog_api

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SUFFIXES = {known.suffix for known in ImageFormat} | {".jpeg", ".tif", ".heif"}
#: A record with one of these does not change any more.
FINAL_STATUSES = (Status.COMPLETED, Status.FAILED, Status.REJECTED, Status.EXPIRED)
#: Seconds between two reads of the records.
POLL_SECONDS = 1.0
#: Seconds without a newly finished record after which --watch gives up.
MAX_QUIET_SECONDS = 300.0
_UNLIMITED_COLUMNS = 100_000


@dataclass(frozen=True)
class Upload:
    """A file and the S3 key that it gets."""

    path: Path
    key: str


@dataclass(frozen=True)
class Sent:
    """The result of an upload. `image_id` is empty if the ETag of the object could not be read."""

    upload: Upload
    image_id: str = ""
    error: str = ""


def main() -> int:
    """Upload the files. Return 0 if all were uploaded and, with --watch, completed; 130 after a Ctrl-C; else 1."""
    options = _read_options()
    try:
        settings = use_stub_dog_api(read_stage(options.stage, options.aws_port))
        client = client_of(options.profile, settings.endpoint_url)
        uploads = plan(options.paths, f"{options.prefix}/" if options.prefix else "" if options.landing else UPLOADS)
    except (StageError, BotoCoreError) as error:
        print(f"darkroom: {error}", file=sys.stderr)
        return 1
    bucket = settings.landing_bucket if options.landing else settings.images_bucket
    sent = _send_all(client, bucket, uploads, options.concurrency)
    records: dict[str, ImageRecord] = {}
    try:
        if options.watch:
            watch(build(settings), sent, records)
    finally:
        print_table(sent, records, watched=options.watch)
    if len(sent) < len(uploads):
        return interrupt.INTERRUPTED
    done = [key for key, record in records.items() if record.status is Status.COMPLETED]
    failed = any(each.error for each in sent)
    return 0 if not failed and (not options.watch or len(done) == len(sent)) else 1


def client_of(profile: str, endpoint_url: str | None) -> "S3Client":
    """Return the S3 client of a profile of AWS's tools, or of the shell without one. Raises BotoCoreError."""
    return boto3.Session(profile_name=profile or None).client("s3", endpoint_url=endpoint_url)


def plan(paths: Sequence[Path], prefix: str) -> list[Upload]:
    """Return the files of `paths` with their keys. Files of a folder keep their paths below it.

    Raises StageError if a path does not exist, or if two files would have the same key.
    """
    uploads: dict[str, Upload] = {}
    for path in paths:
        for upload in _files_of(path, prefix):
            if upload.key in uploads and uploads[upload.key].path.resolve() != upload.path.resolve():
                names = f"{show(uploads[upload.key].path)} and {show(upload.path)}"
                raise StageError(f"{names} would both get the key {upload.key}.")
            uploads[upload.key] = upload
    if not uploads:
        raise StageError("there are no images to upload.")
    return list(uploads.values())


def send(client: "S3Client", bucket: str, upload: Upload, on_progress: Callable[[int], object]) -> Sent:
    """Upload one file, a large one in parts. `on_progress` gets the number of bytes of each part."""
    media_type = mimetypes.guess_type(upload.path.name)[0] or "application/octet-stream"
    try:
        client.upload_file(
            str(upload.path), bucket, upload.key, ExtraArgs={"ContentType": media_type}, Callback=on_progress
        )
        return Sent(upload, _record_id(client, bucket, upload.key))
    except (Boto3Error, BotoCoreError, ClientError, OSError) as error:
        return Sent(upload, error=printable(str(error)))


def watch(
    backends: Backends,
    sent: Sequence[Sent],
    records: dict[str, ImageRecord],
    pause: Callable[[float], object] = time.sleep,
) -> None:
    """Wait until every record is final, or for MAX_QUIET_SECONDS. Keep what was read in `records`, by key."""
    waiting = [each for each in sent if not each.error]
    last_change = backends.now()
    try:
        while waiting and (backends.now() - last_change).total_seconds() < MAX_QUIET_SECONDS:
            records.update(_read_records(backends, waiting))
            final = {key for key, record in records.items() if record.status in FINAL_STATUSES}
            remaining = [each for each in waiting if each.upload.key not in final]
            last_change = backends.now() if len(remaining) < len(waiting) else last_change
            waiting = remaining
            if waiting:
                pause(POLL_SECONDS)
    except DarkroomError as error:
        print(f"darkroom: stopped watching. {error}", file=sys.stderr)


def _record_id(client: "S3Client", bucket: str, key: str) -> str:
    try:
        etag = client.head_object(Bucket=bucket, Key=key)["ETag"]
    except ClientError as error:
        # 404: already scrubbed, in a stage that keeps no originals. 403: an uploader may put, but not read.
        if error.response["ResponseMetadata"]["HTTPStatusCode"] in (403, 404):
            return ""
        raise
    return derived_id(bucket, key, etag.strip('"'))


def _read_records(backends: Backends, sent: Sequence[Sent]) -> dict[str, ImageRecord]:
    keys = {each.image_id: each.upload.key for each in sent if each.image_id}
    found = {keys[record.id]: record for record in backends.catalog.find_many(keys)}
    for key in (each.upload.key for each in sent if not each.image_id):
        try:
            found[key] = backends.catalog.newest_from([SYSTEM], key)
        except ImageNotFound:
            continue  # the index is updated some time after the table
    return found


def _files_of(path: Path, prefix: str) -> Iterator[Upload]:
    if path.is_file():
        yield Upload(path, prefix + key_of(path.name))
    elif path.is_dir():
        base = path.resolve()
        for file in sorted(each for each in base.rglob("*") if each.is_file() and each.suffix.lower() in SUFFIXES):
            yield Upload(file, prefix + key_of(f"{base.name}/{file.relative_to(base).as_posix()}"))
    else:
        raise StageError(f"there is no file or folder {show(path)}.")


def _send_all(client: "S3Client", bucket: str, uploads: list[Upload], concurrency: int) -> list[Sent]:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("photos", total=sum(each.path.stat().st_size for each in uploads))

        def advance(size: int) -> None:
            progress.advance(task, size)

        return run_all(lambda upload: send(client, bucket, upload, advance), uploads, concurrency, lambda: None)


def print_table(sent: Sequence[Sent], records: dict[str, ImageRecord], *, watched: bool) -> None:
    """Print a line for each file: its key, its id and its status."""
    table = Table("file", "key", "id", "status")
    for each in sorted(sent, key=lambda one: one.upload.key):
        record = records.get(each.upload.key)
        name = record.id if record else each.image_id
        table.add_row(show(each.upload.path), each.upload.key, name, _status(each, records, watched=watched))
    # Without a terminal, rich would cut the keys at 80 columns. A name such as `[/b].jpg` is no markup.
    width = None if sys.stdout.isatty() else _UNLIMITED_COLUMNS
    Console(width=width, markup=False, emoji=False, highlight=False).print(table)


def _status(sent: Sent, records: dict[str, ImageRecord], *, watched: bool) -> str:
    record = records.get(sent.upload.key)
    if record is None:
        return sent.error or ("no record yet" if watched else "uploaded")
    return f"{record.status}: {record.error.code}" if record.error else str(record.status)


def _prefix(text: str) -> str:
    if not (prefix := text.strip("/")):
        raise argparse.ArgumentTypeError(f"{text!r} is not a prefix")
    return prefix


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m scripts.upload_images", description=__doc__)
    add_stage_options(parser)
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="photos, or folders with photos")
    parser.add_argument("--landing", action="store_true", help="use the landing bucket, where metadata is removed")
    parser.add_argument("--profile", default="", help="upload with this profile of AWS's tools, such as an uploader's")
    parser.add_argument("--prefix", type=_prefix, help="put below this prefix, such as an uploader's name")
    parser.add_argument("--watch", action="store_true", help="wait until each photo is processed")
    parser.add_argument("--concurrency", type=at_least_one, default=4, help="number of uploads at once")
    return parser.parse_args()


if __name__ == "__main__":
    interrupt.run(main)
