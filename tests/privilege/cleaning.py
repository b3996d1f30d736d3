"""The work of the function `cleanup`, step by step."""

import json
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import boto3

from chalicelib.aws.storage import StoredVersion
from chalicelib.flows import cleanup, uploaders
from chalicelib.flows.cleanup import delete
from chalicelib.records import ImageRecord, Status
from chalicelib.uploaders import resource_name
from tests import stage
from tests.flows.cleanup.cleaning import days_later, enough_time, with_cleanup
from tests.privilege.enforcement import disable_iam_authentication
from tests.privilege.events import fails_for_good
from tests.privilege.policy_rig import Changed, PolicyRig


def empties_both_buckets(rig: PolicyRig) -> Iterator[None]:
    begin_empty(rig)
    image = rig.post()
    settings = rig.backends.settings
    stage.put(settings.landing_bucket, rig.new_name(), b"landed")
    stage.put(settings.images_bucket, f"html/{rig.new_name()}", b"a dog")
    yield
    outcome = cleanup.handle(with_cleanup(rig.backends), enough_time)
    assert (outcome.failed, outcome.finished) == (0, True)
    yield
    assert stage.keys(settings.images_bucket) == stage.keys(settings.landing_bucket) == []
    record = rig.backends.catalog.get(image["id"])
    assert (record.status, record.owed) == (Status.EXPIRED, ())


def finishes_the_journals_of_other_runs(rig: PolicyRig) -> Iterator[None]:
    begin_empty(rig)
    settings = rig.backends.settings
    for bucket in (settings.images_bucket, settings.landing_bucket):
        existing, deleted = rig.new_name(), rig.new_name()
        version = stage.put(bucket, existing, b"data").version_id
        # An earlier release wrote journals without versions.
        journal = {"bucket": bucket, "objects": [[existing, "etag"], [deleted, "etag"], [existing, "etag", version]]}
        stage.put(settings.images_bucket, f"{delete.JOURNALS}{secrets.token_hex(8)}.json", json.dumps(journal).encode())
    yield
    delete.recover(days_later(rig.backends, 1))
    yield
    assert not [key for key in stage.keys(settings.images_bucket) if key.startswith(delete.JOURNALS)]


def expires_a_record_that_changes_meanwhile(rig: PolicyRig) -> Iterator[None]:
    begin_empty(rig)
    image, catalog = rig.post(), rig.backends.catalog

    def change_first(ended: ImageRecord) -> ImageRecord:
        with disable_iam_authentication():
            record = catalog.get(ended.id)
            if not record.filename:
                catalog.update(replace(record, filename="changed.jpg"))
        return catalog.update(ended)

    changed: Any = Changed(catalog, {"update": change_first})
    yield
    cleanup.handle(with_cleanup(replace(rig.backends, catalog=changed)), enough_time)
    yield
    assert catalog.get(image["id"]).status is Status.EXPIRED


def publishes_a_failure(rig: PolicyRig) -> Iterator[None]:
    begin_empty(rig)
    rig.post()

    def keep_all(_bucket: str, versions: Sequence[StoredVersion]) -> list[StoredVersion]:
        return list(versions)

    storage: Any = Changed(rig.backends.storage, {"delete_versions": keep_all})
    yield
    assert cleanup.handle(with_cleanup(replace(rig.backends, storage=storage)), enough_time).failed


def measures_the_age_of_a_key(rig: PolicyRig) -> Iterator[None]:
    settings = replace(rig.backends.settings, uploaders=(rig.new_name(""),))
    name = resource_name(settings.stage, settings.uploaders[0])
    boto3.client("secretsmanager").create_secret(Name=name)
    yield
    assert uploaders.measure_key_ages(days_later(replace(rig.backends, settings=settings), 3.5)) == 3


def begin_empty(rig: PolicyRig) -> None:
    """Delete what other steps left, also the journal of a run that was denied: listing it takes long."""
    settings = rig.backends.settings
    for bucket in (settings.images_bucket, settings.landing_bucket):
        if objects := [{"Key": key, "VersionId": version} for key, version in stage.versions(bucket)]:
            stage.s3().delete_objects(Bucket=bucket, Delete={"Objects": objects})


STEPS = (
    empties_both_buckets,
    finishes_the_journals_of_other_runs,
    expires_a_record_that_changes_meanwhile,
    publishes_a_failure,
    measures_the_age_of_a_key,
    fails_for_good("cleanup"),
)
