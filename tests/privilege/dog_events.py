"""The work of the functions of the dog workflow, step by step."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.errors import BackendUnavailable
from chalicelib.flows import dog_ingestion, dogs
from tests import stage
from tests.conftest import ROOT
from tests.flows.photos import photo
from tests.flows.test_dogs import serving
from tests.privilege.events import fails_for_good
from tests.privilege.policy_rig import Changed, PolicyRig

SCHEDULED = json.loads((ROOT / "tests" / "events" / "schedule.json").read_text())


def starts_the_workflow(rig: PolicyRig) -> Iterator[None]:
    instant = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=int(rig.new_name("").split("-")[1]))
    yield
    rig.client.lambda_.invoke("dog_fetch", SCHEDULED | {"time": instant.isoformat()})


def fetches_a_dog_twice(rig: PolicyRig) -> Iterator[None]:
    backends = serving(rig.backends, photo(), f"https://images.dog.ceo/breeds/hound-afghan/{rig.new_name()}")
    yield
    first, second = dogs.fetch(backends), dogs.fetch(backends)
    assert first == second


def records_a_dog_twice(rig: PolicyRig) -> Iterator[None]:
    name = f"html/{rig.new_name()}"
    event = {"uploaded_image": name, "image_url": "https://example.test/a", "file_type": "jpeg", "alert_id": "a"}
    yield
    first, second = (rig.client.lambda_.invoke("LogToDynamoDB", event).payload for _ in range(2))
    assert first == second
    # The picture does not exist.
    assert first["logged_item"]["expired"]


def deletes_a_dog_without_a_row(rig: PolicyRig) -> Iterator[None]:
    bucket, key = rig.backends.settings.dog_bucket, f"html/{rig.new_name()}"
    event = {"uploaded_image": key, "image_url": "https://example.test/a", "file_type": "jpeg", "retry_count": 6}
    stage.s3().put_object(Bucket=bucket, Key=key, Body=photo(), Metadata={"run": "a"})
    rows: Any = Changed(rig.backends.dogs, {"record": unavailable})
    yield
    with pytest.raises(BackendUnavailable, match="away"):
        dogs.log(replace(rig.backends, dogs=rows), event | {"alert_id": "a"})
    yield
    assert key not in stage.keys(bucket)


def ingests_a_dog_twice(rig: PolicyRig) -> Iterator[None]:
    address = f"https://images.dog.ceo/breeds/pug/{rig.new_name()}"
    backends = serving(rig.backends, photo(), address)
    yield
    outcomes = [dog_ingestion.handle(backends, {"address": address, "run": "a"})["outcome"] for _ in range(2)]
    assert outcomes == ["stored", "skipped"]


def expires_a_dog_that_was_deleted_while_it_was_ingested(rig: PolicyRig) -> Iterator[None]:
    address = f"https://images.dog.ceo/breeds/pug/{rig.new_name()}"
    served = serving(rig.backends, photo(), address)
    lost: Any = Changed(rig.backends.storage, {"put": lambda *_: None})
    yield
    event = {"address": address, "run": "a"}
    assert dog_ingestion.handle(replace(served, storage=lost), event) == {"outcome": "stored"}


def returns_the_subject_of_the_alert(rig: PolicyRig) -> Iterator[None]:
    yield
    event = {"logged_item": {"image_name": "html/a.png"}}
    assert rig.client.lambda_.invoke("AlertPNG", event).payload["image"] == "html/a.png"


def unavailable(*_: object) -> None:
    raise BackendUnavailable("away")


DOG_FETCH = (starts_the_workflow, fails_for_good("dog_fetch"))
FETCH = (fetches_a_dog_twice,)
LOG = (records_a_dog_twice, deletes_a_dog_without_a_row)
ALERT = (returns_the_subject_of_the_alert,)
INGEST = (ingests_a_dog_twice, expires_a_dog_that_was_deleted_while_it_was_ingested)
