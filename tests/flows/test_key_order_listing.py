"""When the order of the photos of a key needs a listing by S3, and when it does not."""

from dataclasses import replace
from typing import cast

import pytest

from chalicelib.backends import Backends
from chalicelib.flows.key_order import is_older, mark_overwritten
from chalicelib.keys import new_id
from chalicelib.records import ImageRecord, SourceObject, Status, Variant
from tests import stage
from tests.flows.deliveries import put_and_resize
from tests.flows.photos import photo

KEY = "uploads/a.jpg"


@pytest.mark.parametrize(
    "known", [SourceObject("other", "v1", "01"), SourceObject("other", ""), SourceObject("other", "v2")], ids=str
)
def test_s3_lists_the_versions_only_of_a_known_version_without_a_sequencer(
    backends: Backends, known: SourceObject
) -> None:
    watched = stage.with_failures(backends)
    arrived = Variant(backends.settings.images_bucket, KEY, "", 1, etag="etag", version_id="v2")

    assert not is_older(watched, arrived, known)
    assert cast("stage.Failing", watched.storage).calls == []


def test_a_record_from_before_versions_marks_no_other(backends: Backends) -> None:
    first = put_and_resize(backends, KEY, photo())
    original = stage.put(backends.settings.images_bucket, KEY, photo(colour="red"))
    second = ImageRecord(new_id(), "system", Status.COMPLETED, "2026", variants={"original": original})

    assert mark_overwritten(backends, second) == []
    assert backends.catalog.get(first.id) == first


def test_s3_lists_no_versions_for_a_photo_under_an_own_key(backends: Backends) -> None:
    watched, image_id = stage.with_failures(backends), new_id()
    original = Variant(backends.settings.images_bucket, f"uploads/{image_id}/original.jpg", "JPEG", 1)
    source = SourceObject("etag", "v1", "01")
    image = ImageRecord(image_id, "ann", Status.COMPLETED, "2026", source_object=source)

    assert mark_overwritten(watched, replace(image, variants={"original": original})) == []
    assert cast("stage.Failing", watched.storage).calls == []
