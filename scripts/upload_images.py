"""Upload photos and folders of them into a stage, in parallel; with --watch, follow each until it is done."""

import argparse
import mimetypes
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn
from rich.table import Table

from chalicelib import backends
from chalicelib.backends import Backends
from chalicelib.errors import DarkroomError, ImageNotFound
from chalicelib.imaging.formats import ImageFormat
from chalicelib.records import SYSTEM, UPLOADS, ImageRecord, Status, derived_id
from scripts.terminal.parallel import at_least_one, run_all
from scripts.terminal.stages import StageError, add_stage_options, follow_stand_in, read_stage

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SUFFIXES = {known.suffix for known in ImageFormat} | {".jpeg", ".tif", ".heif"}
#: Where a record's story ends.
ENDS = (Status.COMPLETED, Status.FAILED, Status.REJECTED, Status.EXPIRED)
#: Seconds between two looks at the records, and that --watch waits without any end coming.
POLL, PATIENCE = 1.0, 300.0


@dataclass(frozen=True)
class Upload:
    """A file and the key that it goes under."""

    path: Path
    key: str


@dataclass(frozen=True)
class Sent:
    """What became of an upload: the id of its record, empty where the object was taken away before it was asked for."""

    upload: Upload
    image_id: str = ""
    fault: str = ""


def main() -> int:
    """Upload; 0 when all arrived and, with --watch, all were completed."""
    options = _read_options()
    try:
        settings = follow_stand_in(read_stage(options.stage, options.aws_port))
        uploads = plan(options.paths, "" if options.landing else UPLOADS)
    except StageError as error:
        print(f"darkroom: {error}", file=sys.stderr)
        return 1
    bucket = settings.landing_bucket if options.landing else settings.images_bucket
    client = boto3.client("s3", endpoint_url=settings.endpoint_url)
    sent = _send_all(client, bucket, uploads, options.concurrency)
    records = watch(backends.build(settings), sent) if options.watch else {}
    _show(sent, records, watched=options.watch)
    arrived = len(sent) == len(uploads) and not any(each.fault for each in sent)
    done = [key for key, record in records.items() if record.status is Status.COMPLETED]
    return 0 if arrived and (not options.watch or len(done) == len(sent)) else 1


def plan(paths: Sequence[Path], prefix: str) -> list[Upload]:
    """Find the files of `paths` and give each its key; folders keep their shape.

    Raises StageError for what is not there, and for two files that would have one key.
    """
    uploads: dict[str, Upload] = {}
    for path in paths:
        for upload in _found(path, prefix):
            if upload.key in uploads and uploads[upload.key].path.resolve() != upload.path.resolve():
                raise StageError(f"{uploads[upload.key].path} and {upload.path} would both be {upload.key}.")
            uploads[upload.key] = upload
    if not uploads:
        raise StageError("there is no image to upload.")
    return list(uploads.values())


def send(client: "S3Client", bucket: str, upload: Upload, progressed: Callable[[int], object]) -> Sent:
    """Put one file, in parts when it is large; `progressed` hears of each part's bytes."""
    media_type = mimetypes.guess_type(upload.path.name)[0] or "application/octet-stream"
    try:
        client.upload_file(
            str(upload.path), bucket, upload.key, ExtraArgs={"ContentType": media_type}, Callback=progressed
        )
        return Sent(upload, _record_id(client, bucket, upload.key))
    except (Boto3Error, BotoCoreError, ClientError, OSError) as error:
        return Sent(upload, fault=str(error))


def watch(
    here: Backends, sent: Sequence[Sent], pause: Callable[[float], object] = time.sleep
) -> dict[str, ImageRecord]:
    """Follow the records, by key, until each has ended, none ends any more, or a person presses Ctrl-C."""
    records: dict[str, ImageRecord] = {}
    waiting = [each for each in sent if not each.fault]
    quiet_since = here.now()
    try:
        while waiting and (here.now() - quiet_since).total_seconds() < PATIENCE:
            records |= _look(here, waiting)
            ended = {key for key, record in records.items() if record.status in ENDS}
            left = [each for each in waiting if each.upload.key not in ended]
            quiet_since = here.now() if len(left) < len(waiting) else quiet_since
            waiting = left
            if waiting:
                pause(POLL)
    except (KeyboardInterrupt, DarkroomError) as error:
        print(f"darkroom: stopped watching. {error}", file=sys.stderr)
    return records


def _record_id(client: "S3Client", bucket: str, key: str) -> str:
    try:
        etag = client.head_object(Bucket=bucket, Key=key)["ETag"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "404":  # scrubbed by now, in a stage that keeps no originals
            return ""
        raise
    return derived_id(bucket, key, etag.strip('"'))


def _look(here: Backends, sent: Sequence[Sent]) -> dict[str, ImageRecord]:
    keys = {each.image_id: each.upload.key for each in sent if each.image_id}
    found = {keys[record.id]: record for record in here.catalog.find_many(keys)}
    for key in (each.upload.key for each in sent if not each.image_id):
        try:
            found[key] = here.catalog.newest_from([SYSTEM], key)
        except ImageNotFound:
            continue  # the index follows the table after a moment
    return found


def _found(path: Path, prefix: str) -> Iterator[Upload]:
    if path.is_file():
        yield Upload(path, f"{prefix}{path.name}")
    elif path.is_dir():
        base = path.resolve()
        for file in sorted(each for each in base.rglob("*") if each.is_file() and each.suffix.lower() in SUFFIXES):
            yield Upload(file, f"{prefix}{base.name}/{file.relative_to(base).as_posix()}")
    else:
        raise StageError(f"there is no file or folder {path}.")


def _send_all(client: "S3Client", bucket: str, uploads: list[Upload], concurrency: int) -> list[Sent]:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("photos", total=sum(each.path.stat().st_size for each in uploads))

        def advance(size: int) -> None:
            progress.advance(task, size)

        return run_all(lambda upload: send(client, bucket, upload, advance), uploads, concurrency, lambda: None)


def _show(sent: Sequence[Sent], records: dict[str, ImageRecord], *, watched: bool) -> None:
    table = Table("file", "key", "id", "status")
    for each in sorted(sent, key=lambda one: one.upload.key):
        record = records.get(each.upload.key)
        name = record.id if record else each.image_id
        table.add_row(str(each.upload.path), each.upload.key, name, _status(each, records, watched=watched))
    Console().print(table)


def _status(sent: Sent, records: dict[str, ImageRecord], *, watched: bool) -> str:
    record = records.get(sent.upload.key)
    if record is None:
        return sent.fault or ("no record yet" if watched else "uploaded")
    return f"{record.status}: {record.error.code}" if record.error else str(record.status)


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m scripts.upload_images", description=__doc__)
    add_stage_options(parser)
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="photos, and folders of photos")
    parser.add_argument("--landing", action="store_true", help="into landing, to be scrubbed of their metadata")
    parser.add_argument("--watch", action="store_true", help="follow the records until each has ended")
    parser.add_argument("--concurrency", type=at_least_one, default=4, help="how many at once")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
