"""The load counts what is lost, stuck, or without a record."""

from collections import Counter
from dataclasses import replace

import pytest

from chalicelib.backends import Backends
from chalicelib.flows import upload
from chalicelib.flows.accept import Photo
from scripts.measuring.load_stage import report
from tests import stage
from tests.flows.deliveries import put_and_sanitize
from tests.flows.photos import photo, photo_with_metadata


def test_whole_images_have_no_fault(backends: Backends, capsys: pytest.CaptureFixture[str]) -> None:
    posted = upload.receive(backends, Photo(photo(), "ann"))
    put_and_sanitize(backends, "load/1.jpg", photo_with_metadata())

    faults = report(backends.settings, {posted.id: "post", "load/1.jpg": "landing"}, Counter({"app.app": 2}))

    assert faults == 0
    printed = capsys.readouterr().out
    assert "completed and whole: {'post': 1, 'landing': 1}" in printed
    assert "killed: {'app.app': 2}" in printed
    assert "stuck: 0; versions: 4; versions without a record: 0; records without their version: 0" in printed


def test_each_kind_of_fault_is_counted(backends: Backends) -> None:
    posted = upload.receive(backends, Photo(photo(), "ann"))
    lost = {posted.id: "post", "0" * 32: "form"}
    assert report(backends.settings, lost, Counter()) == 1

    stage.put(backends.settings.images_bucket, "processed/stray.png", b"stray")
    assert report(backends.settings, lost, Counter()) == 2

    processed = posted.variants["processed"]
    backends.storage.delete_objects(processed.bucket, [(processed.key, processed.version_id)])
    assert report(backends.settings, lost, Counter()) == 4

    backends.catalog.update(replace(posted, writing={"resized": processed}))
    assert report(backends.settings, lost, Counter()) == 5
