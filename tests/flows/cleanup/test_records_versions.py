"""Only the record that names a deleted version loses it, whatever else is under its key."""

from dataclasses import replace

import pytest

from chalicelib.backends import Backends
from chalicelib.flows import cleanup, resize
from chalicelib.flows.cleanup.records import DeletedObject, expire_records
from chalicelib.keys import derived_id
from tests import stage
from tests.flows.cleanup.cleaning import enough_time, post_photo, put_photo, with_cleanup
from tests.flows.cleanup.test_records import ID, write
from tests.flows.deliveries import put_and_sanitize, s3_record
from tests.flows.photos import photo


def test_only_the_record_that_names_a_version_loses_it(backends: Backends) -> None:
    first = put_photo(backends, "uploads/a.jpg")
    original = first.variants["original"]
    stage.put(original.bucket, original.key, photo(colour="red"))
    resize.handle(backends, s3_record(original.bucket, original.key), "another photo")
    second = backends.catalog.get(derived_id(original.bucket, original.key, stage.etag(original.bucket, original.key)))

    expire_records(backends, original.bucket, [DeletedObject(original.key, original.etag, original.version_id)])

    assert "original" not in backends.catalog.get(first.id).variants
    assert backends.catalog.get(second.id) == second


def test_a_variant_without_a_known_version_is_the_latest_one(backends: Backends) -> None:
    """A record from before versions names only keys."""
    image = post_photo(backends)
    unversioned = {name: replace(each, version_id="") for name, each in image.variants.items()}
    write(backends, replace(image, variants=unversioned))
    key = image.variants["processed"].key

    expire_records(backends, backends.settings.images_bucket, [DeletedObject(key, "etag", "1", latest=False)])
    assert set(backends.catalog.get(image.id).variants) == {"processed", "resized"}
    expire_records(backends, backends.settings.images_bucket, [DeletedObject(key, "etag", "2", latest=True)])
    assert set(backends.catalog.get(image.id).variants) == {"resized"}


@pytest.mark.parametrize("name", ["a.jpg", f"{ID}.jpg"])
def test_the_record_of_a_landing_photo_whose_name_looks_like_an_id_loses_its_original(
    backends: Backends, name: str
) -> None:
    """Programs name files by their MD5, which has the form of an id."""
    backends = with_cleanup(backends)
    image = put_and_sanitize(backends, f"in/{name}", photo())
    assert set(image.variants) == {"original", "sanitized"}

    cleanup.handle(backends, enough_time)

    assert set(backends.catalog.get(image.id).variants) == {"sanitized"}
