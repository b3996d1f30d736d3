"""The work of the function `reconcile`, step by step."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.backends import Backends
from chalicelib.errors import BackendUnavailable
from chalicelib.flows import images, reconcile, sanitize, upload
from chalicelib.flows.accept import Photo, Purpose, UploadRequest
from chalicelib.records import ANONYMOUS, ImageRecord, Status
from tests import stage
from tests.flows.cleanup.cleaning import days_later, enough_time
from tests.flows.deliveries import s3_record
from tests.privilege.events import fails_for_good
from tests.privilege.policy_rig import PolicyRig


def run(backends: Backends, days: int = 1) -> None:
    """Run the reconciliation some days later. It logs the errors of single records, and a step must see them."""
    outcome = reconcile.handle(days_later(backends, days), enough_time)
    assert outcome.due
    assert not outcome.errors


def record_of(rig: PolicyRig, image: ImageRecord) -> ImageRecord:
    record = rig.backends.catalog.find(image.id)
    assert record
    return record


def ends_a_post_that_died(rig: PolicyRig) -> Iterator[None]:
    broken = stage.with_failures(rig.backends, catalog={"find": 9, "update": 9})
    name = rig.new_name()
    with pytest.raises(BackendUnavailable):
        upload.receive(broken, Photo(rig.photo(), ANONYMOUS, name, options={"renditions": "s:8"}))
    found = rig.backends.catalog.newest([ANONYMOUS], 50, None, Status.PROCESSING)[0]
    image = next(each for each in found if each.filename == name)
    yield
    run(rig.backends)
    yield
    assert record_of(rig, image).status is Status.FAILED


def ends_unused_uploads(rig: PolicyRig) -> Iterator[None]:
    created = [
        upload.create_upload(rig.backends, UploadRequest(ANONYMOUS, "", "image/jpeg", 9, purpose))[0]
        for purpose in Purpose
    ]
    yield
    run(rig.backends)
    yield
    assert {record_of(rig, each).status for each in created} == {Status.EXPIRED}


def finishes_deletions(rig: PolicyRig) -> Iterator[None]:
    broken, made = stage.with_failures(rig.backends, storage={"delete_objects": 9}), list[ImageRecord]()
    for asynchronous in (False, True):
        posted = Photo(rig.photo(), ANONYMOUS, options={"renditions": "s:8"}, asynchronous=asynchronous)
        made.append(upload.receive(rig.backends, posted))
    made.append(sanitize.receive(rig.backends, Photo(rig.photo(), ANONYMOUS)))
    for image in made:
        with pytest.raises(BackendUnavailable):
            images.delete(broken, ANONYMOUS, image.id)
    yield
    run(rig.backends)
    yield
    assert [rig.backends.catalog.find(each.id) for each in made] == [None] * 3


def ends_a_landing_photo(rig: PolicyRig) -> Iterator[None]:
    """Delete the original of a scrubbed photo, and the output of an attempt that died."""
    settings = replace(rig.backends.settings, landing_keep=False)
    keys = [rig.put_photo("sanitize_image") for _ in range(2)]
    broken: list[tuple[Any, Any]] = [({"delete_objects": 9}, {}), ({}, {"update": 1})]
    for (bucket, key), (storage, catalog) in zip(keys, broken, strict=True):
        failing = stage.with_failures(replace(rig.backends, settings=settings), storage=storage, catalog=catalog)
        with pytest.raises(BackendUnavailable):
            sanitize.handle(failing, s3_record(bucket, key), "delivery")
    yield
    run(rig.backends)
    yield
    assert keys[0][1] not in stage.keys(settings.landing_bucket)
    assert keys[1][1] not in stage.keys(settings.destination_bucket)


STEPS = (
    finishes_deletions,
    ends_a_post_that_died,
    ends_unused_uploads,
    ends_a_landing_photo,
    fails_for_good("reconcile"),
)
