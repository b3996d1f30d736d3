"""What a change of a record holds besides its status."""

from dataclasses import replace

from chalicelib.flows.states import Action, Due, ObjectsDeleted, Rejected, Removed, Superseded, decide
from chalicelib.records import Attempt
from tests.flows.states.cases import COMPLETED, CURRENT, FAULT, LATER, NOW, ORIGINAL, RECORDS, SOURCE, created


def test_an_attempt_that_is_given_up_is_written() -> None:
    record = replace(RECORDS["processing: event"], attempt=Attempt("delivery", 3))

    assert decide(record, created("v2", request_id="delivery")).action is Action.WRITE


def test_another_version_of_a_scrubbed_photo_is_ended_by_a_write() -> None:
    decision = decide(COMPLETED, created("v3", ends_original=True))

    assert decision.action is Action.WRITE
    assert decision.changes["due_at"] == NOW
    assert [each.version_id for each in decision.changes["removing"].values()] == ["v3"]


def test_a_photo_that_is_put_again_over_another_one_keeps_its_known_source_if_that_is_later() -> None:
    record = RECORDS["completed: overwritten"]

    begun = decide(record, created("v3"))

    assert begun.action is Action.PROCESS
    assert begun.changes["source_object"].version_id == "v3"
    assert begun.changes["superseded_at"] is None
    assert decide(record, created("v1")).action is Action.NOTHING
    assert record.source_object == SOURCE


def test_an_event_without_a_named_original_names_its_own() -> None:
    record = replace(RECORDS["processing: event"], variants={}, source_object=SOURCE)

    changes = decide(record, created("v3")).changes

    assert changes["variants"]["original"].version_id == "v3"


def test_a_rejected_image_with_objects_to_delete_stays_due() -> None:
    record = replace(RECORDS["processing: event"], removing={"original": ORIGINAL})

    assert decide(record, Rejected(CURRENT, FAULT)).changes["due_at"] == record.due_at
    assert decide(replace(record, removing={}), Rejected(CURRENT, FAULT)).changes["due_at"] is None


def test_a_photo_that_was_not_stored_says_so() -> None:
    error = decide(RECORDS["pending: not stored"], Due(NOW, LATER)).changes["error"]

    assert (error.code, error.detail) == ("abandoned", "The photo was not stored. Send it again.")


def test_an_overwritten_image_that_is_due_loses_its_objects_and_is_due_again() -> None:
    changes = decide(RECORDS["completed: overwritten"], Due(NOW, LATER)).changes

    assert changes["due_at"] == LATER
    assert changes["removing"] == {"original": ORIGINAL}


def test_an_image_without_objects_cannot_be_overwritten() -> None:
    event = Superseded(replace(SOURCE, etag="other", version_id="v9", sequencer="09"), NOW, LATER)

    assert decide(replace(COMPLETED, variants={}), event).action is Action.NOTHING
    assert decide(RECORDS["completed: overwritten"], event).action is Action.NOTHING


def test_a_deletion_in_another_bucket_does_not_end_an_attempt() -> None:
    writing = RECORDS["processing: event"].writing["processed"]
    event = ObjectsDeleted("another", frozenset({(writing.key, "o1")}), frozenset({writing.key}))

    assert decide(RECORDS["processing: event"], event).action is Action.NOTHING


def test_an_attempt_forgets_the_objects_that_were_deleted_meanwhile() -> None:
    record = replace(RECORDS["processing: event"], removing={"original": ORIGINAL})

    decision = decide(record, Removed({"original": ORIGINAL}, {}, NOW, LATER))

    assert (decision.action, decision.changes) == (Action.WRITE, {"removing": {}})
    assert decide(record, Removed({}, {}, NOW, LATER)).action is Action.NOTHING
