"""The tables, the verdicts, the sections of the page and the plot."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from scripts.benchmark import page
from scripts.benchmark.page import Row
from scripts.benchmark.rounds import AGAIN, OURS, Result


def row(ours: float, theirs: float, most: float = 1.0) -> Row:
    results = {OURS: Result(ours, 2e6, 0), "sharp": Result(theirs, 3e6), AGAIN: Result(ours * 1.1, 2e6)}
    return Row("a row", most, results, {OURS: 0.99})


def test_the_ratio_is_to_the_best_peer_and_not_to_the_second_run() -> None:
    assert row(30, 20).ratio == 1.5
    assert [row(30, 20).verdict, row(30, 20, 1.5).verdict] == ["misses by CPU", "holds"]
    assert Row("alone", 1, {OURS: Result(1, 1)}, {}).ratio == 0


def test_a_lower_ssim_misses_the_mark() -> None:
    blurred = Row("a row", 9, row(30, 20).results, {OURS: 0.95, AGAIN: 0.95, "sharp": 0.96})
    assert blurred.verdict == "misses by SSIM"
    assert round(blurred.gain, 4) == -0.01


def test_the_tables_have_a_line_for_each_tool() -> None:
    assert page.image_table([row(30, 20)]).splitlines()[2:4] == [
        "| a row | darkroom | 30.0 |  | 0.9900 | 0 | 2.0 |",
        "| a row | sharp | 20.0 | 1.50 |  | 0 | 3.0 |",
    ]
    assert page.verdict_table([row(30, 20)]).splitlines()[2] == "| a row | 1.50 | 10% | 1.0 | +0.0000 | misses by CPU |"
    assert page.scrub_table([row(30, 20)]).splitlines()[3] == "| a row | sharp | 20.00 | 0.7 | 0 |"


def test_only_the_section_is_replaced(tmp_path: Path) -> None:
    (path := tmp_path / "page.md").write_text("above\n<!-- a -->\nold\n<!-- end of a -->\nbelow\n")
    for text in ("new", "newer \\1"):
        page.write("a", text, path)
        assert path.read_text() == f"above\n<!-- a -->\n{text}\n<!-- end of a -->\nbelow\n"


def test_a_page_without_the_section_is_an_error(tmp_path: Path) -> None:
    (path := tmp_path / "page.md").write_text("above\n")
    with pytest.raises(ValueError, match="has no section a"):
        page.write("a", "new", path)


def test_the_real_page_has_every_section() -> None:
    text = page.PAGE.read_text()
    assert all(f"<!-- {each} -->" in text for each in ("images", "scrub", "functions", "requests"))


def test_the_plot_has_a_bar_for_each_tool_in_proportion(tmp_path: Path) -> None:
    page.draw([row(30, 60)], path := tmp_path / "plot.svg")
    bars = [each for each in ElementTree.parse(path).iter() if each.tag.endswith("rect") and each.get("x") == "300"]  # noqa: S314 - our own file
    ours, sharp = (int(str(each.get("width"))) for each in bars)
    assert abs(sharp - 2 * ours) <= 1
