"""Measures the clean-up's calls against the least possible, on a bucket of any size, with a fault in every batch."""

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

from chalicelib import backends
from chalicelib.aws.clients import Clients
from chalicelib.aws.storage import DELETE_BATCH, Storage
from chalicelib.backends import Backends
from chalicelib.flows import cleanup
from chalicelib.records import ImageRecord, Status, Variant, new_id, timestamp
from chalicelib.settings import CleanupMode, Settings
from scripts.embedded import local_stage, version_listing
from scripts.project import read_config, set_environment

#: What one image stores.
VARIANTS = ("processed", "resized")
#: One image in so many has a record: moto takes longer to write one out than the clean-up does for all else.
RECORDED = 50


@dataclass
class Calls:
    """Counts what is asked of S3, and makes it keep one object of every full batch, the first time."""

    made: Counter[str] = field(default_factory=Counter)

    def watch(self, events: Any) -> None:
        """Listen to a client."""
        events.register("before-parameter-build.s3.DeleteObjects", self._spare_one)
        events.register("after-call.s3.DeleteObjects", self._tell_of_it)
        events.register("before-call.s3", lambda model, **_event: self.made.update([model.name]))

    def _spare_one(self, params: Any, context: dict[str, Any], **_event: Any) -> None:
        objects = params["Delete"]["Objects"]
        context["kept"] = objects[:1] if len(objects) == DELETE_BATCH else []
        params["Delete"] = {**params["Delete"], "Objects": objects[len(context["kept"]) :]}

    def _tell_of_it(self, parsed: dict[str, Any], context: dict[str, Any], **_event: Any) -> None:
        if context["kept"]:
            parsed["Errors"] = [{**each, "Code": "InternalError", "Message": "injected"} for each in context["kept"]]


def measure(objects: int) -> bool:
    """Empty a bucket of so many objects and print what it took; True when none is left and no record is wrong."""
    with _stage() as (here, calls):
        ids = _fill(here, objects // len(VARIANTS))
        print(f"{objects:,} objects, {len(ids):,} records", flush=True)
        began, spent = time.monotonic(), time.process_time()
        outcome = cleanup.handle(here, lambda: 900_000)
        print(
            f"cleaned in {time.monotonic() - began:.0f} s, {time.process_time() - spent:.0f} s of CPU with moto's own"
        )
        made = dict(calls.made)
        left = sum(map(len, here.storage.versions(here.settings.images_bucket)))
        wrong = [each.id for each in here.catalog.find_many(ids) if each.status is not Status.EXPIRED or each.variants]
    print(f"deleted {outcome.deleted:,}, failed {outcome.failed}, left {left}, records wrong {len(wrong)}")
    _show(made, -(-objects // DELETE_BATCH))
    return not (left or wrong or outcome.failed)


def _show(made: dict[str, int], least: int) -> None:
    print("\n| call | made | least | times |\n|---|---|---|---|")
    # Beyond the least: a batch of which one object was kept is a second DeleteObjects, and each batch has a journal.
    for name in ("ListObjectVersions", "DeleteObjects", "PutObject"):
        print(f"| {name} | {made[name]} | {least} | {made[name] / least:.2f} |")


@contextmanager
def _stage() -> Iterator[tuple[Backends, Calls]]:
    """Make the stage on moto, in this process, with the clean-up set to empty everything."""
    set_environment(read_config(), 0, os.environ)
    del os.environ["AWS_ENDPOINT_URL"]
    settings = replace(Settings.from_environ(os.environ), stage="bench", endpoint_url=None)
    until = datetime.now(UTC) + timedelta(hours=24)
    emptied = replace(settings.cleanup, mode=CleanupMode.EVERYTHING, until=until, targets=("images",), keep=())
    clients, calls = Clients(None), Calls()
    with mock_aws(), version_listing.installed():
        local_stage.create_all(settings)
        calls.watch(clients.s3.meta.events)
        here = backends.build(replace(settings, cleanup=emptied))
        yield replace(here, storage=Storage(clients)), calls


def _fill(here: Backends, images: int) -> list[str]:
    """Put objects and records where moto keeps them: its API would take longer than all that is measured."""
    s3: Any = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
    table: Any = dynamodb_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].tables[here.settings.images_table]
    ids = [new_id() for _ in range(images)]
    item = _item(here)
    for image_id in ids:
        for name in VARIANTS:
            s3.put_object(here.settings.images_bucket, f"{name}/{image_id}.png", secrets.token_bytes(8))
    for image_id in ids[::RECORDED]:
        table.put_item(_named(item, image_id))
    return ids[::RECORDED]


def _item(here: Backends) -> dict[str, Any]:
    """Let the catalogue write a record, and take it as DynamoDB has it."""
    bucket, template = here.settings.images_bucket, "0" * 32
    variants = {name: Variant(bucket, f"{name}/{template}.png", "PNG", 8, 1, 1) for name in VARIANTS}
    record = ImageRecord(template, "bench", Status.COMPLETED, timestamp(here.now()), variants=variants)
    here.catalog.create(record)
    table, key = here.settings.images_table, {"ID": {"S": template}}
    item = boto3.client("dynamodb").get_item(TableName=table, Key=key)["Item"]
    here.catalog.delete(template)
    return dict(item)


def _named(item: dict[str, Any], image_id: str) -> dict[str, Any]:
    copied = deepcopy(item)
    copied["ID"]["S"] = image_id
    copied["listed_at"]["S"] = copied["listed_at"]["S"].replace("0" * 32, image_id)
    for name in VARIANTS:
        copied["variants"]["M"][name]["M"]["key"]["S"] = f"{name}/{image_id}.png"
    return copied
