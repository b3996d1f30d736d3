"""The end of a run's log has the lines of that run only, and at most 4 KB."""

import json
import tempfile
import threading

import pytest

from chalicelib import telemetry
from scripts.embedded import log_tail


def test_only_the_lines_of_the_block_are_collected() -> None:
    telemetry.log.info("before")
    with log_tail.collected() as lines:
        telemetry.log.info("inside", extra={"id": "one"})
    telemetry.log.info("after")
    [line] = lines
    assert {"message": "inside", "level": "INFO", "id": "one"}.items() <= json.loads(line).items()


def test_two_runs_at_once_do_not_mix() -> None:
    found: dict[str, list[str]] = {}
    both = threading.Barrier(2)

    def run(name: str) -> None:
        with log_tail.collected() as lines:
            both.wait()
            telemetry.log.info(name)
            both.wait()
        found[name] = [json.loads(each)["message"] for each in lines]

    threads = [threading.Thread(target=run, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {"one": ["one"], "two": ["two"]}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\nb", "a\nb"),
        ("x" * 3000 + "\n" + "y" * 3000, "y" * 3000),
        ("x" * 5000, "x" * 4096),
        ("\u00e9" * 1500 + "\n" + "\u00e9" * 2000, "\u00e9" * 2000),
    ],
)
def test_whole_lines_are_kept_where_there_are_any(text: str, kept: str) -> None:
    assert log_tail.cut(text) == kept


def test_what_a_process_has_printed_since_is_read_without_a_seek() -> None:
    with tempfile.TemporaryFile() as file:
        file.write(b"before\n")
        file.flush()
        start = log_tail.size(file)
        file.write(b"one\ntwo\n")
        file.flush()
        position = file.tell()
        assert log_tail.printed(file, start, 100) == "one\ntwo\n"
        assert log_tail.printed(file, start, 4) == "two\n"
        assert log_tail.printed(file, position, 4) == ""
        assert file.tell() == position
    assert (log_tail.size(file), log_tail.printed(file, 0, 4)) == (0, "")
