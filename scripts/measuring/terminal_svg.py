"""Draw what a terminal shows as an SVG picture: text that stays text, without a font of its own."""

import re
from collections.abc import Iterable
from html import escape

#: Characters of a line. A longer one is cut, and ends in an ellipsis.
COLUMNS = 118
#: The most lines of a picture. Between the first and the last ones, the number of the others is shown.
LINES = 32
#: Pixels: a character of the most common monospaced fonts at this size, a line, and the margin.
_CHARACTER, _LINE, _MARGIN, _SIZE = 7.9, 18, 14, 13
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
#: The colour of a line that a person typed, and of one that a program printed.
_TYPED, _PRINTED, _BACKGROUND = "#8bd5a0", "#d8dee9", "#1b222c"
PROMPT = "$ "
_FONT = f'font-family="ui-monospace,Menlo,Consolas,monospace" font-size="{_SIZE}"'


def draw(title: str, lines: Iterable[str]) -> str:
    """Return an SVG document with the lines. Lines that begin with `$ ` are those that a person typed."""
    shown = [_shown(line) for line in _cut([part for line in lines for part in line.expandtabs(4).split("\n")])]
    while shown and not shown[-1]:
        shown.pop()
    width = round(2 * _MARGIN + _CHARACTER * max(map(len, [title, *shown])))
    height = 2 * _MARGIN + _LINE * len(shown)
    texts = (_text(number, line) for number, line in enumerate(shown))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" {_FONT}>'
    ground = f'<rect width="{width}" height="{height}" rx="8" fill="{_BACKGROUND}"/>'
    return "\n".join((head, f"<title>{escape(title, quote=False)}</title>", ground, *texts, "</svg>\n"))


def _cut(lines: list[str]) -> list[str]:
    if len(lines) <= LINES:
        return lines
    head, tail = LINES // 2, LINES - LINES // 2 - 1
    return [*lines[:head], f"... {len(lines) - head - tail} more lines ...", *lines[-tail:]]


def _shown(line: str) -> str:
    """Return a line without the terminal's escapes and without characters that XML cannot hold."""
    plain = "".join(each for each in _ESCAPES.sub("", line) if each.isprintable()).rstrip()
    return plain if len(plain) <= COLUMNS else f"{plain[: COLUMNS - 3]}..."


def _text(number: int, line: str) -> str:
    colour = _TYPED if line.startswith(PROMPT) else _PRINTED
    y = _MARGIN + _LINE * number + _SIZE
    return f'<text x="{_MARGIN}" y="{y}" fill="{colour}" xml:space="preserve">{escape(line, quote=False)}</text>'
