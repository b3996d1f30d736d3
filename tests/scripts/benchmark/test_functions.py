"""The tables of the functions and of the requests, and their marks."""

import itertools
from pathlib import Path

from chalicelib.settings import Settings
from scripts.benchmark import functions
from scripts.benchmark.cold_start import Start


def test_each_row_is_a_handler_of_the_app(settings: Settings) -> None:
    import app

    rows = functions.handlers(settings, b"photo")
    assert all(callable(getattr(app, handler.removeprefix("app."))) for handler, _ in rows.values())
    assert list(itertools.islice(rows["AlertPNG"][1], 2))[1]["logged_item"]["image_name"] == "dogs/1.png"


def test_marks_hold_up_to_their_value() -> None:
    lines = functions.marked([("a", 10.0, 10.0), ("b", 10.01, 10.0)]).splitlines()
    assert lines[2:] == ["| a | 10.00 | 10 | holds |", "| b | 10.01 | 10 | misses |"]


def test_the_function_table_subtracts_the_bare_handler(tmp_path: Path) -> None:
    rows = {"dog_fetch": Start(150, 20, 3.14, 60), functions.BARE: Start(100, 1, 1, 30)}
    assert functions.function_table(rows).splitlines()[2] == "| dog_fetch | 150 | 50 | 20 | 3.1 | 60 |"
    names = [functions._READ, "resize_image", "sanitize_image", "cleanup", "reconcile", "dog_fetch", "LogToDynamoDB"]
    rows = {name: Start(150, 50, 1, 1) for name in (*names, "AlertPNG")}
    rows |= {functions.BARE: Start(100, 1, 1, 1), functions.PLAIN: Start(300, 100, 1, 1)}
    (archive := tmp_path / "zip").write_bytes(bytes(10_000_001))
    verdicts = [line.rsplit("|", 2)[1].strip() for line in functions.mark_table(rows, archive).splitlines()[2:]]
    assert verdicts == ["holds", "holds", "holds", "misses"]


def test_the_imaging_work_is_taken_from_a_post() -> None:
    table = functions.request_table({"post": 100, "inspect": 31, "list": 45}, 80, 4_000_000).splitlines()
    assert table[2] == "| `POST /images` of 4.0 MB over its imaging work of 80 ms | 20.00 | 25 | holds |"
    assert [line.rsplit("|", 2)[1].strip() for line in table[3:]] == ["misses", "holds"]
