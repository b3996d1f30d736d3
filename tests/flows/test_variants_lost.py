"""A record says what its processed variant lost, whichever way the photo came in."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from chalicelib.backends import Backends
from chalicelib.flows import resize, sanitize, upload
from chalicelib.flows.accept import Photo, UploadRequest
from chalicelib.records import ImageRecord, Loss
from scripts.measuring import sample_profiles, samples
from tests import pictures, stage
from tests.flows.deliveries import put_and_resize, put_and_sanitize, s3_record
from tests.flows.photos import photo

Way = Callable[[Backends, bytes], ImageRecord]
ANIMATION = (samples.animation("GIF"), (Loss("frames", 3, 1),))
PLAIN = (photo(), ())
WIDE = (pictures.photo(icc_profile=sample_profiles.display_p3()), (Loss("gamut", "display-p3", "srgb"),))


def posted(backends: Backends, data: bytes) -> ImageRecord:
    return upload.receive(backends, Photo(data, "ann"))


def put(backends: Backends, data: bytes) -> ImageRecord:
    return put_and_resize(backends, "uploads/a", data)


def uploaded(backends: Backends, data: bytes) -> ImageRecord:
    record, _ = upload.create_upload(backends, UploadRequest("ann", "", "", len(data)))
    stage.put(backends.settings.images_bucket, record.source, data)
    resize.handle(backends, s3_record(backends.settings.images_bucket, record.source), "delivery")
    return backends.catalog.get(record.id)


@pytest.mark.parametrize("way", [posted, put, uploaded])
@pytest.mark.parametrize(("data", "lost"), [ANIMATION, PLAIN, WIDE], ids=["animation", "plain", "wide"])
def test_every_way_in_has_the_same_losses(backends: Backends, way: Way, data: bytes, lost: tuple[Loss, ...]) -> None:
    record = way(backends, data)

    assert record.lost == lost
    assert backends.catalog.get(record.id).lost == lost


def test_a_scrub_loses_no_pixel_and_names_no_loss(backends: Backends) -> None:
    assert put_and_sanitize(backends, "a.gif", samples.animation("GIF")).lost is None
    assert sanitize.receive(backends, Photo(photo(), "ann")).lost is None


def test_a_pending_photo_has_no_losses_yet(backends: Backends) -> None:
    assert upload.receive(backends, replace(Photo(photo(), "ann"), asynchronous=True)).lost is None
