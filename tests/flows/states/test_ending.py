"""What ends an attempt, an image, or the wait for something."""

from dataclasses import replace

import pytest

from chalicelib.flows import states
from chalicelib.flows.states import Action, decide
from chalicelib.records import Attempt, SourceObject, Status, VariantName
from tests.flows.states.cases import (
    BUCKET,
    COMPLETED,
    CURRENT,
    EVENTS,
    FAULT,
    FIELDS,
    KEY,
    LATER,
    NOW,
    ORIGINAL,
    OUTPUTS,
    PLANNED,
    RECORDS,
    UPLOADED,
)

PROCESSING = RECORDS["processing: event"]
DONE = states.Completed(CURRENT, OUTPUTS, FIELDS, LATER, superseded_due=5_000, now=NOW)


def test_a_stored_photo_is_named_and_its_request_is_over() -> None:
    changes = decide(RECORDS["pending: not stored"], states.Stored(UPLOADED)).changes

    assert changes == {"variants": {"original": UPLOADED}, "writing": {}, "writes_until": None}


def test_a_completed_image_names_its_outputs_and_describes_its_original() -> None:
    changes = decide(PROCESSING, DONE).changes

    assert changes["variants"] == {**OUTPUTS, "original": replace(ORIGINAL, format="JPEG", width=4, height=3)}
    assert (changes["writing"], changes["writes_until"], changes["due_at"]) == ({}, None, None)
    assert (changes["error"], changes["format"], changes["removing"]) == (None, "PNG", {})


def test_an_attempt_that_meets_its_own_last_write_is_done() -> None:
    written = replace(PROCESSING, **decide(PROCESSING, DONE).changes)

    assert decide(written, DONE).action is Action.NOTHING


def test_another_number_of_the_same_delivery_is_another_attempt() -> None:
    assert decide(PROCESSING, replace(DONE, attempt=Attempt("delivery", 2))).action is Action.DISCARD


def test_the_newest_version_of_the_original_is_kept_at_the_end() -> None:
    newer = replace(PROCESSING, variants={"original": replace(ORIGINAL, version_id="v3")})

    assert decide(newer, DONE).changes["variants"]["original"].version_id == "v3"


def test_an_original_that_the_clean_up_deleted_does_not_come_back() -> None:
    assert set(decide(replace(PROCESSING, variants={}), DONE).changes["variants"]) == {"processed"}


def test_with_ends_original_the_original_is_to_be_deleted() -> None:
    changes = decide(PROCESSING, replace(DONE, ends_original=True)).changes

    assert (changes["variants"], changes["removing"], changes["due_at"]) == (OUTPUTS, {"original": ORIGINAL}, LATER)


@pytest.mark.parametrize("before", [None, NOW - 5])
def test_an_overwritten_image_is_due_after_it_is_completed(before: int | None) -> None:
    changes = decide(replace(PROCESSING, superseded_at=before), replace(DONE, superseded=True)).changes

    assert (changes["superseded_at"], changes["due_at"]) == (before or NOW, 5_000)


def test_a_rejected_photo_keeps_its_original_and_its_reason() -> None:
    changes = decide(PROCESSING, states.Rejected(CURRENT, FAULT)).changes
    after = replace(PROCESSING, **changes)

    assert (after.status, after.error, set(after.variants)) == (Status.REJECTED, FAULT, {"original"})
    assert (after.writing, after.due_at, after.writes_until) == ({}, None, None)


def test_an_object_that_is_missing_leaves_room_for_another_one() -> None:
    changes = decide(PROCESSING, states.Rejected(CURRENT, FAULT, missing=True)).changes

    assert (changes["variants"], changes["source_object"]) == ({}, None)


@pytest.mark.parametrize(("writing", "due_at"), [(PLANNED, NOW), ({}, None)])
def test_a_failed_image_is_due_if_outputs_may_have_been_written(writing: dict[str, object], due_at: int | None) -> None:
    changes = decide(replace(PROCESSING, writing=writing), states.Failed(CURRENT, FAULT, NOW)).changes  # type: ignore[arg-type]  # the values are variants

    assert (changes["error"], changes["due_at"], changes["writes_until"]) == (FAULT, due_at, None)


def test_an_image_in_progress_stays_due_when_its_object_is_overwritten() -> None:
    event = states.Superseded(SourceObject("other", "v3", "03"), NOW, 5_000)
    assert decide(PROCESSING, event).changes == {"superseded_at": NOW, "due_at": PROCESSING.due_at}
    assert decide(COMPLETED, event).changes == {"superseded_at": NOW, "due_at": 5_000}


def test_only_a_newer_object_overwrites() -> None:
    assert decide(COMPLETED, states.Superseded(SourceObject("other", "v1", "01"), NOW, LATER)).action is Action.NOTHING


@pytest.mark.parametrize("state", ["deleted", "completed: overwritten", "expired"])
def test_an_image_that_is_marked_or_has_no_object_is_not_overwritten(state: str) -> None:
    assert decide(RECORDS[state], EVENTS["superseded"]).action is Action.NOTHING


def test_a_tombstone_names_everything_that_was_stored() -> None:
    record = replace(COMPLETED, removing={"original": replace(ORIGINAL, version_id="v1")}, delete_after=9)

    changes = decide(record, states.Deleted(LATER)).changes

    removed = set(changes["removing"].values())
    assert removed == {*record.variants.values(), *record.removing.values()}
    assert (changes["variants"], changes["due_at"], changes["delete_after"]) == ({}, LATER, None)


def test_a_tombstone_of_an_upload_stays_until_the_upload_can_no_longer_come() -> None:
    record = replace(RECORDS["pending: upload"], writes_until=LATER + 1)

    assert decide(record, states.Deleted(LATER)).changes["due_at"] == LATER + 1


def test_an_image_that_still_has_a_main_variant_is_not_expired() -> None:
    event = states.ObjectsDeleted(BUCKET, frozenset({(KEY, "v2")}), frozenset({KEY}))

    changes = decide(COMPLETED, event).changes

    assert ("status" in changes, set(changes["variants"])) == (False, {"processed"})


def test_another_version_of_a_key_is_not_the_image() -> None:
    event = states.ObjectsDeleted(BUCKET, frozenset({(KEY, "v1")}), frozenset({KEY}))
    assert decide(COMPLETED, event).action is Action.NOTHING
    elsewhere = replace(event, bucket="landing", versions=frozenset({(KEY, "v2")}))
    assert decide(COMPLETED, elsewhere).action is Action.NOTHING


def test_an_image_loses_its_last_output_while_it_is_processed() -> None:
    """Its handler must not complete it: the object that it would name is gone."""
    key = PLANNED["processed"].key
    event = states.ObjectsDeleted(BUCKET, frozenset({(key, "any")}), frozenset())

    after = replace(PROCESSING, **decide(PROCESSING, event).changes)

    assert (after.status, after.writing, after.due_at) == (Status.EXPIRED, PLANNED, PROCESSING.due_at)
    assert decide(after, DONE).action is Action.DISCARD


def test_nothing_is_due_before_its_time() -> None:
    for record in RECORDS.values():
        assert decide(record, states.Due(NOW - 1, LATER)).action is Action.NOTHING


def test_a_stored_photo_without_an_event_keeps_its_original() -> None:
    changes = decide(RECORDS["pending: upload"], states.Due(NOW, LATER, UPLOADED)).changes

    assert (changes["status"], changes["error"].code) == (Status.FAILED, "event_failed")
    assert (changes["variants"], changes["due_at"], changes["upload_until"]) == ({"original": UPLOADED}, None, None)


def test_the_record_of_an_unused_upload_is_kept_as_long_as_a_dead_letter() -> None:
    changes = decide(RECORDS["pending: upload"], states.Due(NOW, LATER)).changes

    assert changes["delete_after"] == NOW + 14 * 86400


@pytest.mark.parametrize(
    ("name", "shared_key", "left"),
    [("processed", KEY, {"processed"}), ("sanitized", "in/a.jpg", set()), ("sanitized", UPLOADED.key, set())],
)
def test_an_overwritten_image_loses_the_objects_under_shared_keys(name: str, shared_key: str, left: set[str]) -> None:
    output = OUTPUTS["processed"] if name == VariantName.PROCESSED else replace(ORIGINAL, key=shared_key, bucket="s")
    record = replace(RECORDS["completed: overwritten"], variants={"original": ORIGINAL, name: output})

    after = replace(record, **decide(record, EVENTS["due"]).changes)

    assert set(after.variants) == left
    assert set(after.removing) == {"original", name} - left
    assert after.status is (Status.COMPLETED if left else Status.EXPIRED)


def test_what_was_added_meanwhile_is_still_to_be_removed() -> None:
    more = replace(ORIGINAL, version_id="v9")
    record = replace(COMPLETED, removing={"original": ORIGINAL, "more": more}, due_at=NOW)

    changes = decide(record, states.Removed({"original": ORIGINAL}, {}, NOW)).changes

    assert (changes["removing"], changes["due_at"]) == ({"more": more}, NOW)


def test_an_attempt_in_progress_keeps_its_keys_and_its_time() -> None:
    assert decide(PROCESSING, EVENTS["removed"]).action is Action.NOTHING


@pytest.mark.parametrize(("until", "due_at"), [(NOW + 60, NOW + 60), (NOW, NOW), (None, NOW)])
def test_a_tombstone_is_due_when_nobody_can_write_any_more(until: int | None, due_at: int) -> None:
    changes = decide(replace(RECORDS["deleted"], writes_until=until), EVENTS["removed"]).changes

    assert changes == {"removing": {}, "due_at": due_at}


def test_a_failed_image_that_was_overwritten_keeps_its_original_for_a_replay() -> None:
    """It is due for the outputs that its attempts may have written, long before S3 deletes the original."""
    record = replace(RECORDS["failed"], superseded_at=NOW - 9)

    due = replace(record, **decide(record, EVENTS["due"]).changes)
    cleared = replace(due, **decide(due, states.Removed({}, PLANNED, NOW, 5_000)).changes)

    assert (due.variants, due.removing) == (record.variants, {})
    assert (cleared.variants, cleared.writing, cleared.due_at) == (record.variants, {}, 5_000)


@pytest.mark.parametrize(("version", "marked"), [("v2", True), ("v1", False)])
def test_an_image_that_stands_for_another_version_by_now_is_not_superseded(version: str, *, marked: bool) -> None:
    decision = decide(COMPLETED, states.Superseded(SourceObject("other", "v3"), NOW, LATER, version))

    assert ("superseded_at" in decision.changes) is marked
    assert decision.action is (Action.WRITE if marked else Action.NOTHING)
