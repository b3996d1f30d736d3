"""Outputs that no record will name are deleted, or logged."""

import pytest

from chalicelib.backends import Backends
from chalicelib.flows import objects, upload
from chalicelib.flows.accept import Photo
from tests import stage
from tests.flows.photos import photo


def test_outputs_without_a_record_are_deleted(backends: Backends) -> None:
    record = upload.receive(backends, Photo(photo(), "ann"))

    objects.delete_or_log(backends, record.variants.values())

    assert stage.versions(backends.settings.images_bucket) == []


def test_outputs_that_cannot_be_deleted_are_logged(backends: Backends, caplog: pytest.LogCaptureFixture) -> None:
    record = upload.receive(backends, Photo(photo(), "ann"))

    objects.delete_or_log(stage.with_failures(backends, storage={"delete_objects": 1}), record.variants.values())

    line = next(line for line in caplog.records if line.getMessage() == "objects not deleted yet")
    assert sorted(vars(line)["keys"]) == sorted(each.key for each in record.variants.values())
