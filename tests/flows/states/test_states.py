"""The decisions are those of docs/states.md, and no sequence of events breaks the rules."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.flows import states
from chalicelib.flows.states import Action
from chalicelib.records import ImageRecord, Status, VariantName
from tests.conftest import ROOT
from tests.flows.states.cases import EVENTS, RECORDS, outcome

PAGE = (ROOT / "docs" / "states.md").read_text()
UNFINISHED = (Status.PENDING, Status.PROCESSING, Status.DELETED)
UNCHANGED = ("id", "owner", "timestamp", "filename", "source", "claim", "rev")


def documented() -> dict[tuple[str, str], str]:
    """Return the outcome of each state and event in the tables of the page."""
    found: dict[tuple[str, str], str] = {}
    for table in re.findall(r"^\| state \|.*\n(?:\|.*\n?)+", PAGE, re.MULTILINE):
        header, _, *rows = ([cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines())
        found |= {(row[0], event): cell for row in rows for event, cell in zip(header[1:], row[1:], strict=True)}
    return found


def test_the_page_has_every_state_and_every_event() -> None:
    assert set(documented()) == {(state, event) for state in RECORDS for event in EVENTS}
    assert {record.status for record in RECORDS.values()} == set(Status)
    assert {type(event) for event in EVENTS.values()} == set(states.Event.__args__)


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("state", RECORDS)
def test_a_decision_is_the_documented_one(state: str, event: str) -> None:
    assert outcome(RECORDS[state], EVENTS[event]) == documented()[state, event]


def test_every_change_of_the_status_is_in_the_diagram() -> None:
    drawn = set(re.findall(r"^ +(\w+) --> (\w+):", PAGE, re.MULTILINE))
    changes = {
        (record.status.value, states.decide(record, event).changes["status"].value)
        for record in RECORDS.values()
        for event in EVENTS.values()
        if states.decide(record, event).changes.get("status", record.status) is not record.status
    }
    assert changes <= drawn


def assert_rules(before: ImageRecord, after: ImageRecord) -> None:
    assert all(getattr(before, name) == getattr(after, name) for name in UNCHANGED)
    if after.status in UNFINISHED:
        assert after.due_at is not None
    if after.writing or after.removing:
        assert after.due_at is not None
    if after.status is Status.COMPLETED:
        assert {VariantName.PROCESSED, VariantName.SANITIZED} & set(after.variants)
    assert all(each.version_id for each in after.variants.values())
    assert not set(after.variants.values()) & set(after.removing.values())
    if after.status is Status.DELETED:
        assert not after.variants


def assert_nothing_is_forgotten(before: ImageRecord, after: ImageRecord, event: states.Event) -> None:
    """An object that a record named is named by it afterwards, or the event says that it is deleted."""
    if isinstance(event, states.Removed | states.ObjectsDeleted | states.Rejected | states.Created):
        return
    keys = {each.key for each in (*after.variants.values(), *after.writing.values(), *after.removing.values())}
    named = {each.key for each in before.variants.values()} | {each.key for each in before.writing.values()}
    ended = isinstance(event, states.Completed | states.Due)
    assert named <= keys or ended


@given(st.sampled_from(sorted(RECORDS)), st.lists(st.sampled_from(sorted(EVENTS)), max_size=8))
def test_no_sequence_of_events_breaks_the_rules(state: str, names: list[str]) -> None:
    record = RECORDS[state]
    for name in names:
        decision = states.decide(record, EVENTS[name])
        changed = replace(record, **decision.changes)
        assert bool(decision.changes) is (decision.action in (Action.WRITE, Action.PROCESS))
        assert_rules(record, changed)
        assert_nothing_is_forgotten(record, changed, EVENTS[name])
        record = changed


@pytest.mark.parametrize("event", sorted(set(EVENTS) - {"deleted", "created: other photo, newer"}))
@pytest.mark.parametrize("state", RECORDS)
def test_an_event_that_comes_twice_changes_the_status_once(state: str, event: str) -> None:
    once = replace(RECORDS[state], **states.decide(RECORDS[state], EVENTS[event]).changes)

    twice = replace(once, **states.decide(once, EVENTS[event]).changes)

    assert twice.status is once.status
