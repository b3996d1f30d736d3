"""An object that S3 has created begins an attempt, takes over a version, or belongs to nobody."""

from dataclasses import replace

import pytest

from chalicelib.flows import states
from chalicelib.flows.states import Action, decide
from chalicelib.records import Attempt, SourceObject, Status
from tests.flows.states.cases import (
    COMPLETED,
    LATER,
    NOW,
    ORIGINAL,
    PLANNED,
    RECORDS,
    SOURCE,
    UPLOAD_KEY,
    UPLOADED,
    created,
)


def test_an_attempt_names_its_object_its_keys_and_its_end() -> None:
    changes = decide(RECORDS["pending: upload"], created("v2", key=UPLOAD_KEY)).changes

    assert changes["status"] is Status.PROCESSING
    assert changes["variants"] == {"original": replace(UPLOADED, format="")}
    assert (changes["writing"], changes["source_object"], changes["attempt"]) == (PLANNED, SOURCE, Attempt("new", 1))
    assert (changes["writes_until"], changes["due_at"]) == (NOW + 150, LATER)
    assert (changes["upload_until"], changes["delete_after"], changes["superseded_at"]) == (None, None, None)
    assert (changes["size"], changes["format"], changes["s3_path"]) == (9, "", f"s3://images/{UPLOAD_KEY}")
    assert (changes["source_size"], changes["source_format"]) == (9, "")


def test_retries_of_one_delivery_count_their_attempts() -> None:
    record = RECORDS["processing: event"]

    again = decide(record, created("v2", request_id="delivery"))
    assert (again.action, again.changes["attempt"].number) == (Action.PROCESS, 2)


@pytest.mark.parametrize("status", [Status.PROCESSING, Status.FAILED])
def test_a_delivery_whose_attempts_are_used_up_ends_in_failed(status: Status) -> None:
    record = replace(RECORDS["processing: event"], status=status, attempt=Attempt("delivery", 3))

    decision = decide(record, created("v2", request_id="delivery"))

    if status is Status.FAILED:
        assert decision.action is Action.NOTHING
    else:
        assert (decision.changes["status"], decision.changes["error"].code) == (Status.FAILED, "attempts_failed")
        assert decision.changes["due_at"] == NOW


def test_another_delivery_after_the_last_attempt_begins_anew() -> None:
    record = replace(RECORDS["failed"], attempt=Attempt("delivery", 3))

    decision = decide(record, created("v2", request_id="replayed"))

    assert (decision.action, decision.changes["attempt"]) == (Action.PROCESS, Attempt("replayed", 1))


def test_the_lease_of_another_attempt_ends_at_its_time() -> None:
    record = RECORDS["processing: event"]
    assert decide(replace(record, writes_until=NOW + 1), created("v2")).action is Action.WAIT
    assert decide(replace(record, writes_until=NOW), created("v2")).action is Action.PROCESS


@pytest.mark.parametrize(("version", "action"), [("v3", Action.WAIT), ("v1", Action.NOTHING)])
def test_a_photo_that_is_put_again_over_another_one_waits_for_the_attempt(version: str, action: Action) -> None:
    event = replace(created(version), has_other_photos=True)

    assert decide(RECORDS["processing: event"], event).action is action


def test_a_version_that_a_post_has_stored_stays_while_it_is_processed() -> None:
    """It has no sequencer, and the post has deleted every earlier one."""
    stored = SourceObject("etag", "v2")
    record = replace(RECORDS["processing: event"], variants={"original": UPLOADED}, source_object=stored)

    decision = decide(record, created("v1", key=UPLOAD_KEY))

    assert decision.action is Action.WRITE
    assert [each.version_id for each in decision.changes["removing"].values()] == ["v1"]


def test_an_older_photo_is_discarded_if_only_s3_knows_that_it_is_older() -> None:
    record = replace(RECORDS["failed"], source_object=None)

    assert decide(record, created("v1", "other")).action is Action.PROCESS
    assert decide(record, replace(created("v1", "other"), is_older=True)).action is Action.DISCARD
    assert decide(record, replace(created("v1"), is_older=True)).action is Action.PROCESS


def test_the_same_bytes_under_an_own_key_replace_their_earlier_version() -> None:
    record = replace(COMPLETED, variants={**COMPLETED.variants, "original": UPLOADED})

    decision = decide(record, created("v3", key=UPLOAD_KEY))

    assert decision.changes["variants"]["original"] == replace(UPLOADED, version_id="v3")
    assert decision.changes["removing"] == {"original": UPLOADED}
    assert (decision.changes["source_object"].version_id, decision.changes["due_at"]) == ("v3", NOW)


def test_the_same_bytes_under_a_shared_key_leave_the_earlier_version_to_its_owner() -> None:
    changes = decide(COMPLETED, created("v3")).changes

    assert changes["variants"]["original"] == replace(ORIGINAL, version_id="v3")
    assert "removing" not in changes


@pytest.mark.parametrize(("key", "removed"), [(UPLOAD_KEY, True), ("uploads/a.jpg", False)])
def test_an_earlier_version_of_the_same_bytes_is_deleted_under_an_own_key_only(key: str, *, removed: bool) -> None:
    decision = decide(COMPLETED, created("v1", key=key))

    assert (decision.action is Action.WRITE) is removed
    assert ("removing" in decision.changes) is removed


@pytest.mark.parametrize("version", ["v1", "v3"])
def test_with_ends_original_every_version_of_the_same_bytes_is_deleted(version: str) -> None:
    ended = replace(COMPLETED, variants={"sanitized": COMPLETED.variants["processed"]})

    changes = decide(ended, created(version, ends_original=True)).changes

    assert {each.version_id for each in changes["removing"].values()} == {version}
    assert changes["due_at"] == NOW
    assert "original" not in changes.get("variants", {})


@pytest.mark.parametrize("version", ["v1", "v3"])
def test_a_rejected_original_stays_with_ends_original(version: str) -> None:
    changes = decide(RECORDS["rejected"], created(version, ends_original=True)).changes

    assert "removing" not in changes


@pytest.mark.parametrize("state", ["processing: event", "processing: event, lease over", "failed"])
@pytest.mark.parametrize(("version", "removed"), [("v1", "v1"), ("v3", "v2")])
def test_with_ends_original_the_earlier_version_is_deleted_also_before_the_end(
    state: str, version: str, removed: str
) -> None:
    """The last write of the attempt deletes only the version that the record names."""
    changes = decide(RECORDS[state], created(version, ends_original=True)).changes

    assert [each.version_id for each in changes["removing"].values()] == [removed]
    assert changes["due_at"] >= NOW


def test_another_photo_under_an_own_key_deletes_the_previous_original() -> None:
    record = replace(COMPLETED, variants={**COMPLETED.variants, "original": UPLOADED})

    changes = decide(record, created("v3", "other", key=UPLOAD_KEY)).changes

    assert changes["removing"] == {"original": UPLOADED}
    assert set(changes["variants"]) == {"original"}


def test_a_completed_image_with_a_missing_output_is_processed_again() -> None:
    assert decide(COMPLETED, replace(created("v2"), repair=True)).action is Action.PROCESS


def test_a_record_from_before_versions_is_recognised_by_the_etag_of_its_original() -> None:
    legacy = replace(COMPLETED, source_object=None, variants={"original": replace(ORIGINAL, version_id="")})

    assert decide(legacy, created("v2")).action is Action.WRITE
    assert decide(legacy, created("v2", "other")).action is Action.PROCESS


def test_a_later_version_stays_the_source_if_an_earlier_event_begins_the_attempt() -> None:
    newest, original = SourceObject("etag", "v3", "03"), replace(ORIGINAL, version_id="v3")
    record = replace(RECORDS["failed"], source_object=newest, variants={"original": original})

    changes = decide(record, created("v2")).changes

    assert (changes["source_object"], changes["variants"]) == (newest, {"original": original})
    assert "removing" not in changes  # the earlier version belongs to whoever put it


def test_the_version_of_the_event_stays_if_the_known_one_has_no_version() -> None:
    """Such a record is from before versions: its original may be this very version."""
    known = SourceObject("etag", "", "03")
    record = replace(RECORDS["failed"], source_object=known, variants={"original": replace(UPLOADED, version_id="")})

    changes = decide(record, created("v2", key=UPLOAD_KEY)).changes

    assert changes["source_object"] == known
    assert "removing" not in changes


@pytest.mark.parametrize("state", ["pending: stored", "completed"])
def test_the_version_that_a_post_has_stored_is_kept(state: str) -> None:
    """A repeated post deletes what the first one has stored, so the event of that version comes too late."""
    known = SourceObject("etag", "v2")
    record = replace(RECORDS[state], variants={**RECORDS[state].variants, "original": UPLOADED}, source_object=known)

    changes = decide(record, created("v1", key=UPLOAD_KEY)).changes

    assert changes.get("variants", record.variants)["original"] == UPLOADED
    assert changes["removing"] == {"original": replace(UPLOADED, format="", version_id="v1")}


def test_a_photo_after_a_deleted_image_from_before_revisions_waits() -> None:
    deleted = replace(COMPLETED, source_object=None)
    tombstone = replace(deleted, **decide(deleted, states.Deleted(LATER)).changes)

    assert decide(tombstone, created("v3")).action is Action.WAIT
    assert decide(tombstone, created("v2")).action is Action.DISCARD


def test_the_same_bytes_in_another_storage_class_are_tried_again() -> None:
    archived = RECORDS["rejected: archived"]

    assert decide(archived, created("v3")).action is Action.PROCESS
    assert decide(archived, created("v2")).action is Action.NOTHING
    assert decide(archived, created("v1")).action is not Action.PROCESS
    assert decide(RECORDS["rejected"], created("v3")).action is Action.WRITE


def test_other_options_of_the_same_bytes_wait_for_the_attempt_in_progress() -> None:
    event = replace(created("v3"), options={"preset": "web"})

    assert decide(RECORDS["processing: event"], event).action is Action.WAIT
    assert decide(COMPLETED, event).action is Action.PROCESS
    assert decide(COMPLETED, replace(event, source=SOURCE)).action is Action.NOTHING
