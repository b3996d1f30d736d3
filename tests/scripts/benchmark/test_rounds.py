"""The tools take turns, the medians count, and what cannot write a file is left out."""

from pathlib import Path
from typing import Any

import pytest

from scripts.benchmark import rounds


class Tool:
    """Answers with given times, and writes down when it is asked."""

    def __init__(self, name: str, times: list[float], asked: list[str]) -> None:
        self.name, self.times, self.asked, self.closed = name, times, asked, False

    def ask(self, _photo: Path, _options: dict[str, Any], outputs: list[Path]) -> dict[str, float]:
        self.asked.append(self.name)
        if not self.times:
            raise ValueError("cannot")
        outputs[0].write_bytes(b"12345")
        return {"cpu_ms": self.times.pop(0), "peak": 7}

    def close(self) -> None:
        self.closed = True


def test_medians_of_interleaved_rounds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[str] = []
    tools = [Tool("a", [99, 1, 5, 3], asked), Tool("b", [99, 2, 2, 8], asked), Tool("c", [], asked)]
    starts = {tool.name: (lambda tool=tool: tool) for tool in tools}
    found = rounds.measure(starts, tmp_path / "photo.jpg", {}, tmp_path, 3)
    assert {name: (each.cpu_ms, each.peak, each.size) for name, each in found.items()} == {
        "a": (3, 7, 5),
        "b": (2, 7, 5),
    }
    assert "".join(asked) == "abc" + "ab" + "ba" + "ab"
    assert all(tool.closed for tool in tools)
    assert "c is left out: cannot" in capsys.readouterr().out
