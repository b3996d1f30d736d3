"""The command prints what is known of a photo, and ends with 1 if nothing is."""

import sys
from dataclasses import replace

import pytest

from chalicelib.records import Attempt, Fault, ImageRecord, Status, Variant
from scripts import why
from scripts.replay import DeadLetter
from scripts.tracing.facts import Facts

RECORD = ImageRecord("a" * 32, "ann", Status.REJECTED, "2026-03-01T12:00:00.000Z", attempt=Attempt("one", 2))
FACTS = Facts(
    "images",
    "uploads/a.jpg",
    replace(RECORD, error=Fault("corrupt_image", "It is damaged."), variants={"original": Variant("b", "k", "", 9)}),
    9,
    (DeadLetter("darkroom-dev-resize_image", {}, "RuntimeError", "r"),),
    ("2026-03-01 12:00:00  INFO  image processed",),
)


def test_each_fact_has_a_line() -> None:
    assert list(why.lines(FACTS)) == [
        f"record        {'a' * 32}, rejected, from 2026-03-01T12:00:00.000Z",
        "attempt       2, request one",
        "error         corrupt_image: It is damaged.",
        "variant       original: s3://b/k, 9 bytes",
        "place         s3://images/uploads/a.jpg",
        "object        9 bytes",
        "dead letter   darkroom-dev-resize_image: RuntimeError",
        "log           2026-03-01 12:00:00  INFO  image processed",
    ]


def test_what_is_missing_is_said() -> None:
    nothing = Facts("images", "uploads/a.jpg", None, None, (), None)
    lines = list(why.lines(nothing))
    assert lines[0] == "record        none"
    assert "object        none" in lines
    assert "make run" in lines[-1]


def test_a_stage_that_is_not_there_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["why", "uploads/a.jpg", "--stage", "nowhere"])
    assert why.main() == 1
    assert capsys.readouterr().err.startswith("darkroom: there is no stage nowhere")
