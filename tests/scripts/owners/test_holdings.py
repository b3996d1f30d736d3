"""All that belongs to an owner is found, and nothing of another one."""

from dataclasses import replace

import pytest

from chalicelib.aws.catalog import Catalog
from chalicelib.backends import Backends
from chalicelib.records import SYSTEM, Status
from scripts.owners import holdings
from scripts.owners.holdings import Held
from tests import stage
from tests.flows.deliveries import put_and_resize
from tests.flows.photos import photo
from tests.scripts.owners import world
from tests.scripts.owners.world import ANN, BOB, clients, owner


def ids(backends: Backends, given: str) -> list[str]:
    return [each.id for each in holdings.records(backends, clients, owner(backends, given))]


def places(found: list[Held]) -> list[tuple[str, str]]:
    return sorted((each.bucket, each.version.key) for each in found)


def test_records_of_every_kind_are_found_once(backends: Backends) -> None:
    made = [make(backends, ANN).id for make in (world.post, world.reserve, world.tombstone)]
    world.post(backends, BOB)
    world.tombstone(backends, BOB)
    assert sorted(ids(backends, ANN)) == sorted(made)


@pytest.mark.parametrize("status", Status)
def test_a_record_of_each_status_is_found(backends: Backends, status: Status) -> None:
    record = backends.catalog.update(replace(world.post(backends, ANN), status=status, due_at=1))
    assert ids(backends, ANN) == [record.id]


def test_records_in_shards_that_are_not_listed_any_more_are_found(backends: Backends) -> None:
    wide = Catalog(vars(backends.catalog)["_clients"], backends.settings.images_table, 32)
    made = {world.post(replace(backends, catalog=wide), ANN, colour).id for colour in ("red", "teal", "navy", "pink")}
    assert backends.settings.list_shards == 1
    assert set(ids(backends, ANN)) == made


def test_an_uploader_has_the_records_of_its_prefix(backends: Backends) -> None:
    record = world.from_uploader(backends, "backend")
    world.from_uploader(backends, "backend2")
    put_and_resize(backends, "uploads/a.jpg", photo())
    assert ids(backends, "uploader:backend") == [record.id]
    assert len(ids(backends, SYSTEM)) == 3


def test_versions_and_delete_markers_under_the_own_keys_are_found(backends: Backends) -> None:
    record, other = world.post(backends, ANN), world.post(backends, BOB, "red")
    world.overwrite(record)
    world.overwrite(other)
    found = list(holdings.versions_of(backends, record))
    assert len(found) == 6
    assert all(record.id in each.version.key and each.image == record.id for each in found)
    assert sum(not each.version.etag for each in found) == 2


def test_a_version_under_a_shared_key_is_found_without_those_of_another_image(backends: Backends) -> None:
    first = put_and_resize(backends, "uploads/a.jpg", photo())
    second = put_and_resize(backends, "uploads/a.jpg", photo(colour="red"))
    for record in (first, second):
        found = [each for each in holdings.versions_of(backends, record) if each.version.key == "uploads/a.jpg"]
        assert record.original
        assert [each.version.version_id for each in found] == [record.original.version_id]


def test_the_prefix_of_an_uploader_has_originals_and_results(backends: Backends) -> None:
    world.from_uploader(backends, "backend")
    stage.put(backends.settings.landing_bucket, "backend2/a.jpg", photo())
    found = places(list(holdings.below_prefix(backends, owner(backends, "uploader:backend"))))
    settings = backends.settings
    landing = [(settings.landing_bucket, f"backend/{name}.jpg") for name in ("a b", "later")]
    assert found == sorted([*landing, (settings.destination_bucket, "backend/a b.jpg")])


@pytest.mark.parametrize("given", [SYSTEM, ANN])
def test_an_owner_without_a_prefix_has_nothing_below_one(backends: Backends, given: str) -> None:
    world.from_uploader(backends, "backend")
    assert list(holdings.below_prefix(backends, owner(backends, given))) == []
