"""A worker answers each line with a CPU time and a peak of memory, and writes the outputs."""

import io
import json
from pathlib import Path

from scripts.benchmark import worker


def test_each_request_is_answered_and_its_outputs_are_written(tmp_path: Path) -> None:
    photo, outputs = tmp_path / "photo", [str(tmp_path / name) for name in ("1", "2")]
    photo.write_bytes(b"abc")
    request = json.dumps({"photo": str(photo), "options": {"times": 2}, "outputs": outputs})
    answers = io.StringIO()
    worker.serve(lambda data, options: [data * options["times"]], io.StringIO(f"{request}\n{request}\n"), answers)
    answered = [json.loads(line) for line in answers.getvalue().splitlines()]
    assert len(answered) == 2
    assert all(each["cpu_ms"] >= 0 and each["peak"] >= 0 for each in answered)
    assert Path(outputs[0]).read_bytes() == b"abcabc"
    assert not Path(outputs[1]).exists()


def test_the_peak_is_that_of_the_task(tmp_path: Path) -> None:
    (photo := tmp_path / "photo").write_bytes(b"")
    request = {"photo": str(photo), "options": {}, "outputs": []}
    assert worker.answer(lambda _data, _options: [bytes(range(256)) * 400_000], request)["peak"] > 50_000_000


def test_a_photo_that_is_refused_is_answered_with_the_error_and_the_next_one_is_measured(tmp_path: Path) -> None:
    (photo := tmp_path / "photo").write_bytes(b"abc")
    answers, calls = io.StringIO(), iter([ValueError("It is cut short."), None])

    def task(data: bytes, _options: dict[str, object]) -> list[bytes]:
        if error := next(calls):
            raise error
        return [data]

    request = json.dumps({"photo": str(photo), "options": {}, "outputs": []})
    worker.serve(task, io.StringIO(f"{request}\n{request}\n"), answers)
    refused, measured = (json.loads(line) for line in answers.getvalue().splitlines())
    assert refused == {"error": "ValueError: It is cut short."}
    assert measured["cpu_ms"] >= 0
