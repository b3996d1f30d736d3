"""Send many photos at once to a stage on the embedded AWS, kill its functions on the way, and count what is left.

    python -m scripts.measuring.load_stage [--stage dev --kill] [--photos 1000] [--at-once 50]

It ends with status 1 if an acknowledged photo is lost, a record is stuck, or a version has no record.
"""

import argparse
import os
import random
import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from requests.auth import AuthBase
from rich.progress import track

from chalicelib import backends
from chalicelib.aws.record_items import from_item
from chalicelib.flows import reconcile
from chalicelib.records import ImageRecord, Status
from chalicelib.settings import Auth, Settings
from scripts.measuring import samples
from scripts.terminal import interrupt
from scripts.terminal.stages import read_stage

#: Functions whose process may be killed, by the handler in its command line.
HANDLERS = ("app.resize_image", "app.sanitize_image", "app.app")
_WAIT_SECONDS = 240
_UNFINISHED = (Status.PENDING, Status.PROCESSING, Status.DELETED)


class Signed(AuthBase):
    """Signs requests to API Gateway with the credentials of the environment (AUTH=iam)."""

    def __init__(self) -> None:
        session = boto3.Session()
        credentials = session.get_credentials()
        if credentials is None:
            raise SystemExit("darkroom: the environment has no AWS credentials.")
        self._signer = SigV4Auth(credentials, "execute-api", session.region_name)

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the signature to a request."""
        request = AWSRequest(str(prepared.method), str(prepared.url), data=prepared.body)
        self._signer.add_auth(request)
        prepared.headers.update(dict(request.headers))
        return prepared


def main() -> int:
    """Run the load, wait for the events, reconcile, and print the counts. Return 1 if something is wrong."""
    options = _read_options()
    settings = read_stage(options.stage, options.aws_port)
    stopping, kills = threading.Event(), Counter[str]()
    if options.kill:
        threading.Thread(target=_kill, args=(stopping, kills), daemon=True).start()
    sent = _send_all(settings, options)
    stopping.set()
    _wait(settings)
    run = replace(backends.build(settings), now=lambda: datetime.now(UTC) + timedelta(hours=3))
    outcome = reconcile.handle(run, lambda: 900_000)
    faults = report(settings, sent, kills)
    print(f"reconciled: {vars(outcome)}")
    return 1 if faults or outcome.errors else 0


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stage", default="local", help="local, or a stage that is deployed into make run")
    parser.add_argument("--api", default="http://127.0.0.1:8000", help="the address of the API")
    parser.add_argument("--aws-port", type=int, default=4566)
    parser.add_argument("--photos", type=int, default=1000)
    parser.add_argument("--at-once", type=int, default=50)
    parser.add_argument("--kill", action="store_true", help="kill the processes of deployed functions at random")
    return parser.parse_args()


def _send_all(settings: Settings, options: argparse.Namespace) -> dict[str, str]:
    """Send the photos in four ways, and return what was acknowledged: the way of each image id or S3 key."""
    api, client = options.api.rstrip("/"), boto3.client("s3", endpoint_url=settings.endpoint_url)
    session = requests.Session()
    session.auth = Signed() if settings.auth is Auth.IAM else None
    ways = {
        "post": lambda number: _post(session, api, number),
        "asynchronous post": lambda number: _post(session, api, number, Prefer="respond-async"),
        "form": lambda number: _use_form(session, api, number),
        "landing": lambda number: _put(client, settings.landing_bucket, f"load/{number}.jpg", number),
    }

    def send(number: int) -> tuple[str, str] | None:
        way = list(ways)[number % len(ways)]
        try:
            return ways[way](number), way
        except (requests.RequestException, KeyError):
            return None

    with ThreadPoolExecutor(options.at_once) as clients:
        sent = clients.map(send, range(options.photos))
        return dict(each for each in track(sent, "Sending", options.photos, transient=True) if each)


def _photo(number: int) -> bytes:
    return samples.encode(samples.draw((40 + number % 400, 30 + number // 400)), "JPEG")


def _post(session: requests.Session, api: str, number: int, **headers: str) -> str:
    """Post a photo with a key, and repeat the request as a client does."""
    headers |= {"Content-Type": "image/jpeg", "Idempotency-Key": f"load-{number}-{os.getpid()}"}
    for pause in (1, 2, 4, 8, 16, 32, 0):
        answer = session.post(f"{api}/images", _photo(number), headers=headers, timeout=120)
        if answer.status_code < 300:
            break
        time.sleep(pause)
    return str(answer.json()["id"])


def _use_form(session: requests.Session, api: str, number: int) -> str:
    data = _photo(number)
    wanted: dict[str, Any] = {"content_type": "image/jpeg", "size": len(data)}
    for pause in (1, 2, 4, 8, 0):
        answer = session.post(f"{api}/uploads", json=wanted, timeout=120)
        if answer.status_code < 300:
            break
        time.sleep(pause)
    form = answer.json()
    requests.post(form["url"], data=form["fields"], files={"file": data}, timeout=120).raise_for_status()
    return str(form["id"])


def _put(client: Any, bucket: str, key: str, number: int) -> str:
    client.put_object(Bucket=bucket, Key=key, Body=_photo(number))
    return key


def _kill(stopping: threading.Event, kills: Counter[str]) -> None:
    """Kill a random process of a deployed function again and again."""
    while not stopping.wait(random.uniform(0.5, 2.0)):  # noqa: S311 - no secret  # nosec B311
        if found := _processes():
            handler, process = random.choice(found)  # noqa: S311 - no secret  # nosec B311
            os.kill(process, signal.SIGKILL)
            kills[handler] += 1


def _processes() -> list[tuple[str, int]]:
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            arguments = entry.read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        found += [(handler, int(entry.parent.name)) for handler in HANDLERS if handler in arguments]
    return found


def _records(settings: Settings) -> list[ImageRecord]:
    client = boto3.client("dynamodb", endpoint_url=settings.endpoint_url)
    pages = client.get_paginator("scan").paginate(TableName=settings.images_table, ConsistentRead=True)
    return [from_item(item) for page in pages for item in page["Items"]]


def _wait(settings: Settings) -> None:
    """Wait until no image is in progress, or until nothing changes any more."""
    ends = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < ends and any(record.status in _UNFINISHED for record in _records(settings)):
        time.sleep(2)


def report(settings: Settings, sent: dict[str, str], kills: Counter[str]) -> int:
    """Print the counts and return the number of faults."""
    records = {record.id: record for record in _records(settings)}
    by_key = {record.source: record for record in records.values()}
    named = {
        (each.bucket, each.key, each.version_id) for record in records.values() for each in record.variants.values()
    }
    stored = set(_versions(settings))
    done = {name for name in sent if (found := records.get(name) or by_key.get(name)) and _is_whole(found, stored)}
    stuck = [record for record in records.values() if record.status in _UNFINISHED or record.writing or record.removing]
    print(f"acknowledged: {dict(Counter(sent.values()))}")
    print(f"completed and whole: {dict(Counter(way for name, way in sent.items() if name in done))}")
    print(f"records: {dict(Counter(record.status.value for record in records.values()))}")
    print(f"killed: {dict(kills)}")
    print(f"stuck: {len(stuck)}; versions: {len(stored)}; versions without a record: {len(stored - named)}; ", end="")
    print(f"records without their version: {len(named - stored)}")
    return len(sent) - len(done) + len(stuck) + len(stored - named) + len(named - stored)


def _is_whole(record: ImageRecord, stored: set[tuple[str, str, str]]) -> bool:
    return record.status is Status.COMPLETED and _named(record) <= stored


def _named(record: ImageRecord) -> set[tuple[str, str, str]]:
    return {(each.bucket, each.key, each.version_id) for each in record.variants.values()}


def _versions(settings: Settings) -> list[tuple[str, str, str]]:
    client = boto3.client("s3", endpoint_url=settings.endpoint_url)
    found = []
    for bucket in (settings.images_bucket, settings.landing_bucket, settings.destination_bucket):
        for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
            listed = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            found += [
                (bucket, each["Key"], each["VersionId"]) for each in listed if not each["Key"].startswith("html/")
            ]
    return found


if __name__ == "__main__":
    interrupt.run(main)
