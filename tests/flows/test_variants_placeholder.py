"""A record has a placeholder of its photo, whichever way the photo came in."""

import io
from dataclasses import replace

import pytest
from PIL import Image

from chalicelib.backends import Backends
from chalicelib.flows import sanitize, upload
from chalicelib.flows.accept import Photo
from chalicelib.imaging.placeholder import make_placeholder
from chalicelib.records import Status
from scripts.measuring import samples
from tests import pictures, stage
from tests.flows.deliveries import put_and_resize, put_and_sanitize
from tests.flows.photos import photo
from tests.flows.test_variants_lost import Way, posted, put, uploaded

TURNED = pictures.encoded(pictures.as_stored(pictures.picture(640, 200), 6), "PNG", exif=pictures.exif(6))
GREY = pictures.encoded(pictures.picture(64, 48, "LA"), "PNG")


@pytest.mark.parametrize("way", [posted, put, uploaded])
@pytest.mark.parametrize("data", [TURNED, GREY, samples.animation("GIF")], ids=["turned", "grey", "animation"])
def test_every_way_in_has_the_placeholder_of_the_resized_variant(backends: Backends, way: Way, data: bytes) -> None:
    backends = replace(backends, settings=replace(backends.settings, resized_format="png"))
    record = way(backends, data)
    resized = record.variants["resized"]
    stored = Image.open(io.BytesIO(stage.read(resized.bucket, resized.key)))

    assert record.placeholder == make_placeholder(stored)
    assert backends.catalog.get(record.id).placeholder == record.placeholder


def test_options_do_not_change_the_placeholder(backends: Backends) -> None:
    plain = posted(backends, photo())
    options = {"grayscale": "true", "watermark": "wide words", "width": "40", "format": "webp"}
    assert upload.receive(backends, Photo(photo(), "ann", options=options)).placeholder == plain.placeholder


def test_a_scrub_decodes_nothing_and_has_no_placeholder(backends: Backends) -> None:
    assert put_and_sanitize(backends, "a.jpg", photo()).placeholder is None
    assert sanitize.receive(backends, Photo(photo(), "ann")).placeholder is None


def test_a_photo_that_waits_or_is_rejected_has_no_placeholder(backends: Backends) -> None:
    assert upload.receive(backends, replace(Photo(photo(), "ann"), asynchronous=True)).placeholder is None
    rejected = put(backends, photo()[:200])
    assert (rejected.status, rejected.placeholder) == (Status.REJECTED, None)


def test_another_photo_under_the_same_key_has_a_placeholder_of_its_own(backends: Backends) -> None:
    first = put_and_resize(backends, "uploads/a", pictures.encoded(Image.new("RGB", (9, 9), "#102030"), "PNG"))
    second = put_and_resize(backends, "uploads/a", pictures.encoded(Image.new("RGB", (9, 9), "#302010"), "PNG"))
    assert [each.placeholder.color for each in (first, second) if each.placeholder] == ["#102030", "#302010"]
