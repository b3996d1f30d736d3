"""Count the clean-up's calls to S3, on moto, and compare them with the least possible. Every full batch has a fault."""

import os
import secrets
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.s3.models import s3_backends

from chalicelib.aws.clients import Clients
from chalicelib.aws.deletion import DELETE_BATCH
from chalicelib.aws.storage import Storage
from chalicelib.backends import Backends, build
from chalicelib.flows import cleanup
from chalicelib.keys import new_id
from chalicelib.records import ImageRecord, Status, Variant, timestamp
from chalicelib.settings import CleanupMode, Settings
from scripts.embedded import local_stage, version_listing
from scripts.project import read_config, set_environment

#: The stored variants of each image.
VARIANTS = ("processed", "resized")
#: One image in RECORDED has a record: moto takes longer to write a record than the clean-up takes for an image.
RECORDED = 50


@dataclass
class Calls:
    """Counts the calls to S3. Makes S3 fail to delete one object of every full batch."""

    counts: Counter[str] = field(default_factory=Counter)

    def watch(self, events: Any) -> None:
        """Register with the events of a client."""
        events.register("before-parameter-build.s3.DeleteObjects", self._leave_one_out)
        events.register("after-call.s3.DeleteObjects", self._report_failure)
        events.register("before-call.s3", lambda model, **_event: self.counts.update([model.name]))

    def _leave_one_out(self, params: Any, context: dict[str, Any], **_event: Any) -> None:
        objects = params["Delete"]["Objects"]
        context["failed"] = objects[:1] if len(objects) == DELETE_BATCH else []
        params["Delete"] = {**params["Delete"], "Objects": objects[len(context["failed"]) :]}

    def _report_failure(self, parsed: dict[str, Any], context: dict[str, Any], **_event: Any) -> None:
        if context["failed"]:
            parsed["Errors"] = [{**each, "Code": "InternalError", "Message": "injected"} for each in context["failed"]]


def measure(objects: int) -> bool:
    """Empty a bucket of so many objects and print the calls. Return True if nothing is left and no record is wrong."""
    with _stage() as (backends, calls):
        ids = _fill(backends, objects // len(VARIANTS))
        print(f"{objects:,} objects, {len(ids):,} records", flush=True)
        started, cpu = time.monotonic(), time.process_time()
        outcome = cleanup.handle(backends, lambda: 900_000)
        print(
            f"cleaned in {time.monotonic() - started:.0f} s, {time.process_time() - cpu:.0f} s of CPU with moto's own"
        )
        counts = dict(calls.counts)
        left = sum(map(len, backends.storage.versions(backends.settings.images_bucket)))
        wrong = [
            each.id for each in backends.catalog.find_many(ids) if each.status is not Status.EXPIRED or each.variants
        ]
    print(f"deleted {outcome.deleted:,}, failed {outcome.failed}, left {left}, records wrong {len(wrong)}")
    _show(counts, -(-objects // DELETE_BATCH))
    return not (left or wrong or outcome.failed)


def _show(counts: dict[str, int], least: int) -> None:
    print("\n| call | count | least | times |\n|---|---|---|---|")
    # The clean-up calls DeleteObjects again for an object that failed, and writes a journal for each batch
    for name in ("ListObjectVersions", "DeleteObjects", "PutObject"):
        print(f"| {name} | {counts[name]} | {least} | {counts[name] / least:.2f} |")


@contextmanager
def _stage() -> Iterator[tuple[Backends, Calls]]:
    """Create a stage on moto, in this process, whose clean-up deletes everything."""
    set_environment(read_config(), 0, os.environ)
    del os.environ["AWS_ENDPOINT_URL"]
    settings = replace(Settings.from_environ(os.environ), stage="bench", endpoint_url=None)
    until = datetime.now(UTC) + timedelta(hours=24)
    everything = replace(settings.cleanup, mode=CleanupMode.EVERYTHING, until=until, targets=("images",), keep=())
    clients, calls = Clients(None), Calls()
    with mock_aws(), version_listing.installed():
        local_stage.create_all(settings)
        calls.watch(clients.s3.meta.events)
        built = build(replace(settings, cleanup=everything))
        yield replace(built, storage=Storage(clients)), calls


def _fill(backends: Backends, images: int) -> list[str]:
    """Write objects and records into moto's own tables: its API would take longer than the clean-up."""
    s3: Any = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
    table: Any = dynamodb_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].tables[backends.settings.images_table]
    ids = [new_id() for _ in range(images)]
    item = _item(backends)
    for image_id in ids:
        for name in VARIANTS:
            s3.put_object(backends.settings.images_bucket, f"{name}/{image_id}.png", secrets.token_bytes(8))
    for image_id in ids[::RECORDED]:
        table.put_item(_rename(item, image_id))
    return ids[::RECORDED]


def _item(backends: Backends) -> dict[str, Any]:
    """Let the catalogue write a record. Return the item that DynamoDB holds."""
    bucket, template = backends.settings.images_bucket, "0" * 32
    variants = {name: Variant(bucket, f"{name}/{template}.png", "PNG", 8, 1, 1) for name in VARIANTS}
    record = ImageRecord(template, "bench", Status.COMPLETED, timestamp(backends.now()), variants=variants)
    created = backends.catalog.create(record)
    table, key = backends.settings.images_table, {"ID": {"S": template}}
    item = boto3.client("dynamodb").get_item(TableName=table, Key=key)["Item"]
    backends.catalog.delete(created)
    return dict(item)


def _rename(item: dict[str, Any], image_id: str) -> dict[str, Any]:
    copied = deepcopy(item)
    copied["ID"]["S"] = image_id
    copied["listed_at"]["S"] = copied["listed_at"]["S"].replace("0" * 32, image_id)
    for name in VARIANTS:
        copied["variants"]["M"][name]["M"]["key"]["S"] = f"{name}/{image_id}.png"
    return copied
