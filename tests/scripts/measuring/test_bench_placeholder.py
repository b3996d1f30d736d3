import pytest

from chalicelib.records import Placeholder
from scripts.measuring import bench_placeholder


def test_each_kind_has_a_placeholder(monkeypatch: pytest.MonkeyPatch) -> None:
    small = {name: (mode, (60, 40), space) for name, (mode, _, space) in bench_placeholder.KINDS.items()}
    monkeypatch.setattr(bench_placeholder, "KINDS", small)
    made = {name: work() for name, work in bench_placeholder.works()}
    assert list(made) == list(small)
    assert all(isinstance(each, Placeholder) for each in made.values())
