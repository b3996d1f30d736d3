"""Images are read, listed and deleted by the callers who may see them."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from chalicelib.backends import Backends
from chalicelib.errors import BackendUnavailable, Conflict, ImageExpired, ImageNotFound
from chalicelib.flows import images, upload
from chalicelib.flows.accept import UploadRequest
from chalicelib.flows.images import Page
from chalicelib.keys import new_id
from chalicelib.records import ImageRecord, Status, VariantName, shown_owner, timestamp
from tests import stage
from tests.conftest import Clock


def stored(
    backends: Backends, owner: str = "ann", status: Status = Status.COMPLETED, names: str = "processed resized"
) -> ImageRecord:
    """Write a record and its objects."""
    image_id, bucket = new_id(), backends.settings.images_bucket
    variants = {name: stage.put(bucket, f"{name}/{image_id}.png", b"data") for name in names.split()}
    return backends.catalog.create(ImageRecord(image_id, owner, status, timestamp(backends.now()), variants=variants))


def isolated(backends: Backends) -> Backends:
    """Return backends of a stage whose owners do not see each other's images."""
    return replace(backends, settings=replace(backends.settings, owner_isolation=True))


def test_the_account_number_of_an_owner_is_not_shown(backends: Backends) -> None:
    record = stored(backends, owner="arn:aws:iam::123456789012:user/ann")

    view = images.to_view(backends, record)

    assert view.owner == shown_owner(backends.settings.stage, record.owner)
    assert "123456789012" not in view.owner


def test_a_completed_image_has_a_link_to_each_variant(backends: Backends) -> None:
    record = stored(backends)

    view = images.show(backends, "ann", record.id)

    assert (view.record, view.status) == (record, Status.COMPLETED)
    assert set(view.links) == {"processed", "resized"}
    assert f"/processed/{record.id}.png?" in view.links["processed"]
    assert f"X-Amz-Expires={backends.settings.link_seconds}" in view.links["processed"]


@pytest.mark.parametrize("status", [each for each in Status if each not in (Status.COMPLETED, Status.DELETED)])
def test_an_image_that_is_not_completed_has_no_links(backends: Backends, status: Status) -> None:
    assert images.to_view(backends, stored(backends, status=status)).links == {}


def test_a_pending_image_past_its_time_is_shown_as_expired(backends: Backends, clock: Clock) -> None:
    record = replace(stored(backends, status=Status.PENDING), upload_until=int(clock().timestamp()) + 10)
    assert images.to_view(backends, record).status is Status.PENDING

    clock.advance(11)

    assert images.to_view(backends, record).status is Status.EXPIRED


@pytest.mark.parametrize("image_id", ["0" * 32, "", "..", "A" * 32, "0" * 33])
def test_a_missing_or_malformed_id_is_not_found(backends: Backends, image_id: str) -> None:
    with pytest.raises(ImageNotFound):
        images.show(backends, "ann", image_id)


def test_the_image_of_another_owner_looks_like_a_missing_one(backends: Backends) -> None:
    record = stored(backends, owner="bob")
    assert images.show(backends, "ann", record.id).record == record

    with pytest.raises(ImageNotFound) as other:
        images.show(isolated(backends), "ann", record.id)
    backends.catalog.delete(record)
    with pytest.raises(ImageNotFound) as missing:
        images.show(isolated(backends), "ann", record.id)

    assert other.value.detail == missing.value.detail
    assert other.value.code == missing.value.code


def test_an_isolated_owner_can_delete_only_its_own_images(backends: Backends) -> None:
    record = stored(backends, owner="bob")

    with pytest.raises(ImageNotFound):
        images.delete(isolated(backends), "ann", record.id)
    with pytest.raises(ImageNotFound):
        images.content_link(isolated(backends), "ann", record.id, None)

    assert backends.catalog.get(record.id) == record
    assert len(stage.keys(backends.settings.images_bucket)) == 2


def test_a_list_has_the_owners_images_and_without_isolation_those_put_into_s3(backends: Backends, clock: Clock) -> None:
    ids = []
    for owner in ("ann", "system", "bob", "ann"):
        clock.advance(1)
        ids.append(stored(backends, owner).id)

    def listed(backends: Backends) -> list[str]:
        return [view.record.id for view in images.list_newest(backends, Page("ann", 10))[0]]

    assert listed(backends) == [ids[3], ids[1], ids[0]]
    assert listed(isolated(backends)) == [ids[3], ids[0]]


def test_a_list_goes_on_from_the_position_of_its_last_page(backends: Backends, clock: Clock) -> None:
    ids = []
    for _ in range(5):
        clock.advance(1)
        ids.append(stored(backends).id)

    def pages() -> Iterator[list[str]]:
        position: str | None = None
        while True:
            views, position = images.list_newest(backends, Page("ann", 2, position))
            yield [view.record.id for view in views]
            if position is None:
                return

    assert list(pages()) == [[ids[4], ids[3]], [ids[2], ids[1]], [ids[0]]]


def test_a_list_can_be_limited_to_one_status(backends: Backends) -> None:
    stored(backends)
    failed = stored(backends, status=Status.FAILED)

    views, _ = images.list_newest(backends, Page("ann", 10, status=Status.FAILED))

    assert [view.record for view in views] == [failed]


def test_an_image_is_found_by_the_key_of_its_original(backends: Backends) -> None:
    record = backends.catalog.update(replace(stored(backends, "system"), source="uploads/a.jpg"))

    assert images.show_by_key(backends, "ann", "uploads/a.jpg").record == record
    with pytest.raises(ImageNotFound):
        images.show_by_key(isolated(backends), "ann", "uploads/a.jpg")


@pytest.mark.parametrize(
    ("names", "asked", "chosen"),
    [
        ("original processed resized", None, "processed"),
        ("original sanitized", None, "sanitized"),
        ("original processed resized", VariantName.RESIZED, "resized"),
    ],
)
def test_the_content_is_the_variant_asked_for_or_the_main_one(
    backends: Backends, names: str, asked: VariantName | None, chosen: str
) -> None:
    record = stored(backends, names=names)

    assert f"/{chosen}/{record.id}.png?" in images.content_link(backends, "ann", record.id, asked)


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        (Status.PENDING, Conflict, "image_not_ready"),
        (Status.PROCESSING, Conflict, "image_not_ready"),
        (Status.EXPIRED, ImageExpired, "image_expired"),
        (Status.REJECTED, ImageNotFound, "variant_not_found"),
        (Status.FAILED, ImageNotFound, "variant_not_found"),
    ],
)
def test_an_image_that_is_not_completed_has_no_content(
    backends: Backends, status: Status, error: type[Conflict | ImageNotFound], code: str
) -> None:
    record = stored(backends, status=status)

    with pytest.raises(error) as raised:
        images.content_link(backends, "ann", record.id, None)

    assert raised.value.code == code


def test_a_variant_that_the_image_does_not_have_is_not_found(backends: Backends) -> None:
    record = stored(backends)

    with pytest.raises(ImageNotFound, match="no variant 'sanitized'"):
        images.content_link(backends, "ann", record.id, VariantName.SANITIZED)


def test_deleting_removes_every_variant_and_the_record(backends: Backends) -> None:
    record, other = stored(backends), stored(backends)

    images.delete(backends, "ann", record.id)

    assert set(stage.keys(backends.settings.images_bucket)) == {each.key for each in other.variants.values()}
    assert backends.catalog.find(record.id) is None
    assert backends.catalog.find(other.id) == other


def test_a_link_leads_to_the_version_that_the_record_names(backends: Backends) -> None:
    record = stored(backends)
    variant = record.variants["processed"]
    stage.put(variant.bucket, variant.key, b"another photo")

    link = images.content_link(backends, "ann", record.id, None)

    assert f"versionId={variant.version_id}" in link
    assert f"versionId={variant.version_id}" in images.show(backends, "ann", record.id).links["processed"]


def test_a_deletion_that_breaks_off_is_finished_by_the_next_one(backends: Backends) -> None:
    record = stored(backends)

    with pytest.raises(BackendUnavailable):
        images.delete(stage.with_failures(backends, storage={"delete_objects": 1}), "ann", record.id)
    with pytest.raises(ImageNotFound):
        images.show(backends, "ann", record.id)

    images.delete(backends, "ann", record.id)
    assert stage.versions(backends.settings.images_bucket) == []
    assert stage.record_count(backends.settings.images_table) == 0


def test_another_owner_cannot_finish_a_deletion(backends: Backends) -> None:
    record = stored(backends, owner="bob")
    with pytest.raises(BackendUnavailable):
        images.delete(stage.with_failures(backends, storage={"delete_objects": 1}), "bob", record.id)

    with pytest.raises(ImageNotFound):
        images.delete(isolated(backends), "ann", record.id)

    assert len(stage.versions(backends.settings.images_bucket)) == 2


def test_a_deleted_image_is_not_found_again(backends: Backends) -> None:
    pending, _ = upload.create_upload(backends, UploadRequest("ann", "", "image/jpeg", 10))
    images.delete(backends, "ann", pending.id)

    with pytest.raises(ImageNotFound):
        images.delete(backends, "ann", pending.id)
    assert images.list_newest(backends, Page("ann", 10))[0] == []


def test_a_text_that_is_no_id_is_not_looked_up(backends: Backends) -> None:
    failing = stage.with_failures(backends, catalog={"find": 1, "get": 1})
    with pytest.raises(ImageNotFound):
        images.delete(failing, "ann", "no id")
