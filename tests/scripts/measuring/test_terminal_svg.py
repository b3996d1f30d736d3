"""A drawn terminal is well-formed XML, of bounded size, with the text as it was printed."""

from xml.etree import ElementTree as ET

import pytest

from scripts.measuring import terminal_svg
from scripts.measuring.terminal_svg import COLUMNS, LINES, draw

NAMESPACE = "{http://www.w3.org/2000/svg}"


def texts(document: str) -> list[str]:
    return [each.text or "" for each in ET.fromstring(document).iter(f"{NAMESPACE}text")]  # noqa: S314 -- our own


def test_the_lines_are_text_as_it_was_printed() -> None:
    lines = ['$ curl "$B/images?a=1&b=<2>"', "  indented", "\ttab", "two\nlines", "end", "", ""]
    assert texts(draw("A & B", lines)) == [lines[0], "  indented", "    tab", "two", "lines", "end"]


@pytest.mark.parametrize("line", ["\x1b[32mgreen\x1b[0m", "gre\x00en", "gre\x1b[2Ken\r"])
def test_escapes_and_control_characters_are_left_out(line: str) -> None:
    assert texts(draw("t", [line])) == ["green"]


def test_a_long_line_is_cut() -> None:
    [line] = texts(draw("t", ["x" * 500]))
    assert (len(line), line[-4:]) == (COLUMNS, "x...")
    assert texts(draw("t", ["x" * COLUMNS])) == ["x" * COLUMNS]


def test_of_many_lines_the_first_and_the_last_ones_are_shown() -> None:
    shown = texts(draw("t", [f"line {number}" for number in range(100)]))
    assert len(shown) == LINES
    assert (shown[0], shown[-1]) == ("line 0", "line 99")
    [left_out] = [each for each in shown if "more lines" in each]
    assert left_out == f"... {100 - LINES + 1} more lines ..."


def test_what_a_person_typed_has_another_colour() -> None:
    root = ET.fromstring(draw("t", ["$ make run", "printed"]))  # noqa: S314 -- our own
    colours = [each.get("fill") for each in root.iter(f"{NAMESPACE}text")]
    assert colours == [terminal_svg._TYPED, terminal_svg._PRINTED]


def test_the_picture_is_as_large_as_its_text() -> None:
    small, large = (ET.fromstring(draw("t", lines)) for lines in (["a"], ["a" * 100, "b"]))  # noqa: S314 -- our own
    assert int(large.get("width", "")) > int(small.get("width", ""))
    assert large.get("viewBox", "").split()[3] == str(2 * 14 + 2 * 18)
