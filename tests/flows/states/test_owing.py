"""The message that a record owes after an end."""

from dataclasses import replace

import pytest

from chalicelib.flows import states
from chalicelib.flows.states import Action, decide
from chalicelib.flows.states.owing import ENDS
from chalicelib.records import Ending, ImageRecord, Status
from tests.flows.states.cases import CURRENT, EVENTS, FAULT, LATER, NOW, RECORDS, created

PROCESSING = RECORDS["processing: event"]


def after(record: ImageRecord, event: states.Event) -> ImageRecord:
    return replace(record, **decide(record, event).changes)


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("state", RECORDS)
def test_exactly_the_change_to_a_final_status_owes_one_message_more(state: str, event: str) -> None:
    before = RECORDS[state]
    changed = after(before, EVENTS[event])

    is_end = changed.status is not before.status and changed.status in ENDS

    kept = () if event == "told" else before.owed
    assert changed.owed[: len(kept)] == kept
    assert [each.status for each in changed.owed[len(kept) :]] == ([changed.status.value] if is_end else [])


def test_a_message_holds_what_a_later_attempt_may_change() -> None:
    (rejected,) = after(replace(PROCESSING, format="PNG"), states.Rejected(CURRENT, FAULT, now=NOW)).owed
    done = states.Completed(
        CURRENT,
        {},
        {"format": "AVIF", "source_format": "JPEG", "source_size": 9, "width": 4, "height": 3},
        LATER,
        now=NOW,
    )
    (completed,) = after(replace(PROCESSING, error=FAULT), replace(done, outputs=RECORDS["completed"].variants)).owed

    assert (rejected.status, rejected.at, rejected.format, rejected.error) == ("rejected", NOW, "PNG", FAULT.code)
    assert (completed.status, completed.at, completed.format, completed.error) == ("completed", NOW, "JPEG", "")


def test_a_deleted_image_tells_no_error() -> None:
    (deleted,) = after(RECORDS["rejected"], states.Deleted(LATER, now=NOW)).owed

    assert (deleted.status, deleted.at, deleted.error) == ("deleted", NOW, "")


def test_an_end_has_the_same_id_whenever_it_is_decided_and_no_other_end_has_it() -> None:
    failed = states.Failed(CURRENT, FAULT, NOW)
    written = replace(PROCESSING, rev=2, token="one")
    again = replace(failed, now=LATER)
    others = [replace(written, rev=3), replace(written, token="other"), replace(written, id="0" * 32)]

    ids = [after(record, failed).owed[0].id for record in (written, *others)]

    assert after(written, again).owed[0].id == ids[0]
    assert len({*ids, after(written, states.Rejected(CURRENT, FAULT)).owed[0].id}) == 5


def test_each_end_of_an_image_is_told_the_oldest_first() -> None:
    record = replace(RECORDS["failed"], owed=(Ending("first", "failed", NOW),))

    begun = after(record, created("v3", "other"))
    deleted = after(begun, states.Deleted(LATER, now=NOW))

    assert begun.owed == record.owed
    assert [each.status for each in deleted.owed] == ["failed", "deleted"]


@pytest.mark.parametrize(("state", "owed"), [("pending: stored", 0), ("processing: post", 0), ("completed", 1)])
def test_a_post_that_is_undone_tells_nothing_unless_its_image_had_ended(state: str, owed: int) -> None:
    undone = after(RECORDS[state], states.Deleted(LATER, undoes_post=True, now=NOW))

    assert undone.status is Status.DELETED
    assert len(undone.owed) == owed
    assert len(after(RECORDS[state], states.Deleted(LATER, now=NOW)).owed) == 1


def test_only_messages_that_are_sent_are_forgotten() -> None:
    ends = tuple(Ending(each, "completed", NOW) for each in "abc")
    record = replace(RECORDS["completed"], owed=ends)

    assert after(record, states.Told(frozenset("ac"))).owed == ends[1:2]
    assert decide(record, states.Told(frozenset("x"))).action is Action.NOTHING
