"""The command asks before it erases, says what is left, and each mistake has one sentence."""

import io
import sys
from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chalicelib.backends import Backends
from chalicelib.records import shown_owner
from scripts import owner
from scripts.owners.who import OwnerError, Patience, resolve
from tests import stage
from tests.conftest import Clock
from tests.scripts.owners import world
from tests.scripts.owners.world import ANN, clients

SHOWN = shown_owner("test", ANN)


pytestmark = pytest.mark.usefixtures("same_environment")


@pytest.fixture(autouse=True)
def _stage(backends: Backends) -> None:
    assert backends.settings.stage == "test"
    world.make_queue()


class Closed(io.StringIO):
    """A pipe whose reader has ended."""

    def write(self, _text: str) -> int:
        raise BrokenPipeError


def run(backends: Backends, *words: str, patience: Patience = world.HASTY) -> int:
    options = owner.parser().parse_args(words)
    who = world.owner(backends, options.owner)
    return int(options.action(backends, clients, who, options, patience=patience))


@pytest.mark.parametrize("typed", ["", "yes\n", f"{ANN}\n"])
def test_without_a_yes_nothing_is_erased(
    backends: Backends, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: str
) -> None:
    world.post(backends, ANN)
    before = world.contents(backends)
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    assert run(backends, "erase", ANN) == 1
    assert "Nothing was erased." in capsys.readouterr().out
    assert world.contents(backends) == before


def test_the_owner_as_shown_confirms(
    backends: Backends, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    world.post(backends, ANN)
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{SHOWN}\n"))
    assert run(backends, "erase", ANN) == 0
    out = capsys.readouterr().out
    assert "pass 1: erased images: 1, further versions: 0, dead letters: 0\n" in out
    assert f"{SHOWN}: nothing is left on the stage test.\nPoint-in-time recovery" in out
    assert world.contents(backends) == (set(), set())


def test_a_form_that_may_still_be_used_is_said_with_its_time(
    backends: Backends, capsys: pytest.CaptureFixture[str]
) -> None:
    until = world.reserve(backends, ANN).writes_until or 0
    assert run(backends, "erase", ANN, "--yes") == 1
    assert f"{SHOWN}: 1 empty records stay until {owner.clock(until)}" in capsys.readouterr().out


def test_with_wait_it_ends_when_nothing_may_write_any_more(
    backends: Backends, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    until = world.reserve(backends, ANN).writes_until or 0
    patience = replace(world.HASTY, sleep=clock.advance)
    assert run(backends, "erase", ANN, "--yes", "--wait", patience=patience) == 0
    out = capsys.readouterr().out
    assert f"Waiting until {owner.clock(until)}: an upload may write until then.\n" in out
    assert "nothing is left" in out
    assert world.contents(backends) == (set(), set())


def test_an_error_is_said_and_the_status_is_1(backends: Backends, capsys: pytest.CaptureFixture[str]) -> None:
    record = world.post(backends, ANN)
    stage.sns().delete_topic(TopicArn=backends.settings.images_topic)
    assert run(backends, "erase", ANN, "--yes") == 1
    said = capsys.readouterr()
    assert f"  not erased: {record.id}: SNS does not take" in said.err
    assert "something is left, or still arrives" in said.out


def test_an_export_says_what_is_in_it(backends: Backends, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world.post(backends, ANN)
    path = tmp_path / "ann.zip"
    assert run(backends, "export", ANN, "--output", str(path)) == 0
    out = capsys.readouterr().out
    assert "records: 1\n" in out
    assert "versions: 2\n" in out
    assert out.endswith(f"all that the stage test holds is in {path}\n")


def test_an_export_has_the_name_of_the_owner_as_shown(
    backends: Backends, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    world.post(backends, ANN)
    for given in (ANN, "uploader:backend"):
        assert run(backends, "export", given) == 0
    names = {"darkroom-test-uploader-backend.zip", f"darkroom-test-{SHOWN}.zip"}
    assert {each.name for each in tmp_path.iterdir()} == names


def test_an_erasure_that_is_stopped_says_so(
    backends: Backends, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    world.post(backends, ANN)
    ends: list[Any] = []
    monkeypatch.setattr("scripts.owners.erasure.run_all", lambda *_args: ends)
    assert run(backends, "erase", ANN, "--yes") == 130
    assert f"{SHOWN}: stopped. The same command goes on from here." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--stage", "nowhere", "erase", "ann"], "there is no stage nowhere"),
        (["export", "ann", "--stage", "nowhere"], "there is no stage nowhere"),
        (["--aws-port", "9", "erase", "0123456789abcdef", "--yes"], "Is `make run` running?"),
    ],
)
def test_each_mistake_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    monkeypatch.delenv("IMAGES_BUCKET")
    monkeypatch.setattr(sys, "argv", ["owner", *words])
    assert owner.main() == 1
    error = capsys.readouterr().err
    assert error.startswith("darkroom: ")
    assert sentence in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("name", ["ann-mistyped", "0123456789abcdef"])
@pytest.mark.parametrize("words", [["erase", "--yes"], ["export"]])
def test_an_owner_of_nothing_does_not_look_like_one_that_was_erased(
    backends: Backends,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    name: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    world.post(backends, ANN)
    assert run(backends, *words, name) == 0
    assert "Nothing was found. It was erased before, or the owner has another name" in capsys.readouterr().out


def test_an_erasure_of_an_owner_as_shown_can_be_repeated(
    backends: Backends, capsys: pytest.CaptureFixture[str]
) -> None:
    world.post(backends, ANN)
    assert [run(backends, "erase", SHOWN, "--yes") for _ in range(2)] == [0, 0]
    assert capsys.readouterr().out.count(f"{SHOWN}: nothing is left on the stage") == 2


@pytest.mark.parametrize("given", ["", " "])
def test_an_empty_owner_is_refused(backends: Backends, given: str) -> None:
    with pytest.raises(OwnerError, match="the owner is empty"):
        resolve(backends, clients, given)


def test_a_reader_that_ends_early_is_no_failure_of_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Closed())
    monkeypatch.setattr(sys, "argv", ["owner", "erase", ANN])
    with pytest.raises(BrokenPipeError):
        owner.main()


def test_clients_are_made_once() -> None:
    made: list[str] = []

    def make(name: str) -> Any:
        made.append(name)
        return Namespace(name=name)

    client = owner.kept(make)
    assert client("s3") is client("s3")
    assert made == ["s3"]


def test_an_erasure_does_not_begin_while_letters_are_hidden(backends: Backends) -> None:
    record = world.post(backends, ANN)
    queue = world.make_queue()
    stage.put(backends.settings.images_bucket, f"uploads/{record.id}/again.jpg", b"a photo")
    world.send_letter(queue, backends.settings.images_bucket, f"uploads/{record.id}/again.jpg")
    stage.sqs().receive_message(QueueUrl=queue, VisibilityTimeout=600)
    before = world.contents(backends)
    with pytest.raises(OwnerError, match="are hidden"):
        run(backends, "erase", ANN, "--yes")
    assert world.contents(backends) == before
