"""An erasure leaves nothing of an owner and all of the others, can be repeated, and goes on where it was broken off."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.backends import Backends
from chalicelib.errors import BackendUnavailable
from chalicelib.flows import reconcile, resize
from chalicelib.records import SYSTEM, ImageRecord, Status
from scripts.owners import erasure as erasure_module
from scripts.owners.erasure import MAX_PASSES, Erasure, Pass
from tests import stage
from tests.conftest import Clock
from tests.flows.deliveries import put_and_resize, s3_record
from tests.flows.photos import photo
from tests.scripts.owners import world
from tests.scripts.owners.world import ANN, BOB, contents, erasure


@pytest.fixture(autouse=True)
def one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Moto lists versions without a lock: while another thread deletes some, that fails, and needs a further pass."""
    monkeypatch.setattr(erasure_module, "CONCURRENCY", 1)


@pytest.fixture(autouse=True)
def queue(backends: Backends) -> str:
    assert backends.settings.stage == "test"
    return world.make_queue()


def erase(backends: Backends, given: str) -> list[Pass]:
    return list(erasure(backends, given).passes())


def make_all(backends: Backends, owner: str) -> list[ImageRecord]:
    """Make images of an owner: with other versions and delete markers, deleted half-way, and overwritten."""
    plain = world.post(backends, owner)
    world.overwrite(plain)
    return [plain, world.tombstone(backends, owner), world.post(backends, owner, "red")]


def test_nothing_of_the_owner_and_all_of_the_others_is_left(backends: Backends) -> None:
    make_all(backends, BOB)
    world.from_uploader(backends, "backend")
    before = contents(backends)
    make_all(backends, ANN)

    first, second = erase(backends, ANN)
    assert contents(backends) == before
    assert (first.images, first.arrived, second.images, second.found_nothing) == (3, 3, 0, True)
    assert first.versions >= 4


def test_an_erasure_can_be_repeated(backends: Backends) -> None:
    make_all(backends, ANN)
    erase(backends, ANN)
    [only] = erase(backends, ANN)
    assert only.found_nothing
    assert contents(backends) == (set(), set())


@pytest.mark.parametrize("status", [each for each in Status if each is not Status.DELETED])
def test_an_image_of_each_status_goes_with_what_its_record_does_not_name(backends: Backends, status: Status) -> None:
    record = world.post(backends, ANN)
    world.overwrite(record)
    backends.catalog.update(replace(record, status=status, variants={}))
    erase(backends, ANN)
    assert contents(backends) == (set(), set())


def test_what_an_uploader_has_put_goes_with_its_results(backends: Backends, queue: str) -> None:
    world.from_uploader(backends, "other")
    before = contents(backends)
    world.from_uploader(backends, "backend")
    stage.s3().delete_object(Bucket=backends.settings.landing_bucket, Key="backend/later.jpg")
    stage.put(backends.settings.landing_bucket, "backend/a.jpg", b"a photo")
    world.send_letter(queue, backends.settings.landing_bucket, "backend/a.jpg")

    first = erase(backends, "uploader:backend")[0]
    assert contents(backends) == before
    assert (first.images, first.letters, world.letters(queue)) == (1, 1, 0)


def test_photos_under_shared_keys_of_the_images_bucket_go(backends: Backends) -> None:
    for colour in ("red", "teal", "red"):
        put_and_resize(backends, "uploads/a.jpg", photo(colour=colour))
    erase(backends, SYSTEM)
    assert contents(backends) == (set(), set())


def test_a_letter_goes_before_its_image(backends: Backends, queue: str) -> None:
    record = world.post(backends, ANN)
    stage.put(backends.settings.images_bucket, f"uploads/{record.id}/original.jpg", b"a photo")
    world.send_letter(queue, backends.settings.images_bucket, f"uploads/{record.id}/original.jpg")
    failing = stage.with_failures(backends, catalog={"update": 3})
    done = next(erasure(failing, ANN).passes())
    assert (done.letters, done.images, len(done.errors)) == (1, 0, 1)


class Mortal:
    """A collaborator that dies at its call number `at`, before or after the call was applied."""

    def __init__(self, inner: Any, state: dict[str, int], *, applied: bool) -> None:
        self.inner, self.state, self.applied = inner, state, applied

    def __getattr__(self, name: str) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            self.state["left"] -= 1
            if self.state["left"] == 0 and not self.applied:
                raise KeyboardInterrupt
            result = getattr(self.inner, name)(*args, **kwargs)
            if self.state["left"] == 0:
                raise KeyboardInterrupt
            return result

        return call


def mortal(backends: Backends, at: int, *, applied: bool) -> tuple[Backends, dict[str, int]]:
    state = {"left": at}
    storage: Any = Mortal(backends.storage, state, applied=applied)
    catalog: Any = Mortal(backends.catalog, state, applied=applied)
    return replace(backends, storage=storage, catalog=catalog), state


@pytest.mark.parametrize("applied", [False, True])
def test_whatever_call_it_ends_at_the_next_run_leaves_nothing(backends: Backends, *, applied: bool) -> None:
    at, ended = 0, False
    while not ended:
        at += 1
        world.overwrite(world.post(backends, ANN))
        dying, state = mortal(backends, at, applied=applied)
        try:
            erase(dying, ANN)
        except KeyboardInterrupt:
            erase(backends, ANN)
        ended = state["left"] > 0
        assert contents(backends) == (set(), set()), at
    assert at > 10


def test_the_tombstone_of_an_erasure_that_broke_off_is_ended_by_the_reconciliation(
    backends: Backends, clock: Clock
) -> None:
    world.post(backends, ANN)
    [done] = [next(erasure(stage.with_failures(backends, catalog={"delete": 1}), ANN).passes())]
    assert len(done.errors) == 1
    clock.advance(901)
    assert reconcile.handle(backends, lambda: 900_000).deleted == 1
    assert contents(backends) == (set(), set())


def test_an_image_that_may_still_be_written_leaves_an_empty_record_for_so_long(
    backends: Backends, clock: Clock
) -> None:
    record = world.reserve(backends, ANN)
    assert record.writes_until
    run = erasure(backends, ANN)
    *_, last = run.passes()
    assert (last.found_nothing, last.waiting) == (True, [record.writes_until])
    assert contents(backends)[1] == {record.id}

    clock.advance(record.writes_until - clock().timestamp() + 1)
    *_, last = run.passes()
    assert (last.found_nothing, last.waiting) == (True, [])
    assert contents(backends) == (set(), set())


def test_a_photo_that_comes_by_a_form_after_the_erasure_is_deleted(backends: Backends) -> None:
    record = world.reserve(backends, ANN)
    list(erasure(backends, ANN).passes())
    bucket, key = backends.settings.images_bucket, f"uploads/{record.id}/original.jpg"
    stage.put(bucket, key, photo())
    resize.handle(backends, s3_record(bucket, key), "late")
    assert stage.versions(bucket) == []


def test_what_arrives_while_it_runs_is_said_and_erased(backends: Backends, monkeypatch: pytest.MonkeyPatch) -> None:
    world.post(backends, ANN)
    one_pass, colours = Erasure.one_pass, iter(("red", "navy"))

    def with_arrival(self: Erasure) -> Pass:
        done = one_pass(self)
        if colour := next(colours, None):
            world.post(backends, ANN, colour)
        return done

    monkeypatch.setattr(Erasure, "one_pass", with_arrival)
    passes = erase(backends, ANN)
    assert [(each.images, each.arrived) for each in passes] == [(1, 1), (1, 1), (1, 1), (0, 0)]
    assert contents(backends) == (set(), set())


def test_arrivals_without_an_end_do_not_keep_it_for_ever(backends: Backends, monkeypatch: pytest.MonkeyPatch) -> None:
    one_pass, colours = Erasure.one_pass, iter(range(1000))

    def with_arrival(self: Erasure) -> Pass:
        world.post(backends, ANN, f"#0000{next(colours):02x}")
        return one_pass(self)

    monkeypatch.setattr(Erasure, "one_pass", with_arrival)
    passes = erase(backends, ANN)
    assert len(passes) == MAX_PASSES
    assert not passes[-1].found_nothing


def test_an_image_that_cannot_be_erased_does_not_keep_the_others(backends: Backends) -> None:
    kept, gone = world.post(backends, ANN), world.post(backends, ANN, "red")

    class Refusing:
        def __getattr__(self, name: str) -> Any:
            def call(*args: Any, **kwargs: Any) -> Any:
                if name == "update" and args[0].id == kept.id:
                    raise BackendUnavailable("DynamoDB is not available.")
                return getattr(backends.catalog, name)(*args, **kwargs)

            return call

    catalog: Any = Refusing()
    passes = erase(replace(backends, catalog=catalog), ANN)
    assert passes[0].images == 1
    assert passes[0].errors == [f"{kept.id}: DynamoDB is not available."]
    assert gone.id not in contents(backends)[1]
    assert not passes[-1].found_nothing


def test_without_sns_the_record_stays_and_is_an_error(backends: Backends) -> None:
    world.post(backends, ANN)
    stage.sns().delete_topic(TopicArn=backends.settings.images_topic)
    done = next(erasure(backends, ANN).passes())
    assert (done.images, len(done.errors)) == (0, 1)
    assert "SNS" in done.errors[0]
    assert contents(backends)[0] == set()


def test_the_progress_of_many_images_is_shown(backends: Backends) -> None:
    made = [replace(world.post(backends, ANN), id=f"{number:032x}", variants={}) for number in range(1)]
    for number in range(1, 200):
        backends.catalog.create(replace(made[0], id=f"{number:032x}"))
    lines: list[str] = []
    first = next(erasure(backends, ANN, log=lines.append).passes())
    assert (first.images, lines) == (200, ["  100 of 200 images", "  200 of 200 images"])
