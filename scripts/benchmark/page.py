"""Write the measured tables into docs/benchmarks.md, and draw their CPU ratios."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.benchmark.rounds import AGAIN, OURS, Result

PAGE, PLOT = Path("docs/benchmarks.md"), Path("docs/benchmarks.svg")
_COLOURS = {OURS: "#1f6f8b", "sharp": "#d98324", "pyvips": "#7a5195"}
_WIDTH, _LEFT, _BAR, _GAP = 900, 300, 13, 16


@dataclass(frozen=True)
class Row:
    """One measured row: its name, the mark, each tool's result and the SSIM of each tool's first output."""

    name: str
    most: float
    results: Mapping[str, Result]
    similar: Mapping[str, float]

    @property
    def ratio(self) -> float:
        """Return the CPU time of Darkroom divided by that of the best peer; 0 without a peer."""
        others = [each.cpu_ms for name, each in self.results.items() if name not in (OURS, AGAIN)]
        return self.results[OURS].cpu_ms / min(others) if others else 0

    @property
    def gain(self) -> float:
        """Return how much the SSIM of Darkroom is above that of the best peer; 0 without a peer."""
        others = [value for name, value in self.similar.items() if name not in (OURS, AGAIN)]
        return self.similar[OURS] - max(others) if others else 0

    @property
    def verdict(self) -> str:
        """Say whether the row keeps its mark: the CPU time, and for scaled photos an SSIM no lower than any peer's."""
        misses = ["CPU"] if self.ratio > self.most else []
        misses += ["SSIM"] if self.similar and self.similar[OURS] < max(self.similar.values()) - 0.00005 else []
        return f"misses by {' and '.join(misses)}" if misses else "holds"


def image_table(rows: Sequence[Row]) -> str:
    """Return the rows of the image path as a Markdown table, a line for each tool."""
    lines = ["| row | tool | CPU ms | Darkroom / tool | SSIM | bytes | peak MB |", "|---|---|---|---|---|---|---|"]
    for row in rows:
        ours = row.results[OURS].cpu_ms
        for name, each in row.results.items():
            similar = f"{row.similar[name]:.4f}" if name in row.similar else ""
            times = f"{ours / each.cpu_ms:.2f}" if name != OURS else ""
            lines.append(
                f"| {row.name} | {name} | {each.cpu_ms:.1f} | {times} | {similar} | {each.size:,} "
                f"| {each.peak / 1e6:.1f} |"
            )
    return "\n".join(lines)


def verdict_table(rows: Sequence[Row]) -> str:
    """Return the ratio of each row to its best peer, beside its mark."""
    lines = [
        "| row | CPU ratio to the best peer | noise | mark | SSIM over the best peer | |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        noise = abs(row.results[AGAIN].cpu_ms / row.results[OURS].cpu_ms - 1)
        lines.append(
            f"| {row.name} | {row.ratio:.2f} | {noise:.0%} | {row.most:.1f} | {row.gain:+.4f} | {row.verdict} |"
        )
    return "\n".join(lines)


def scrub_table(rows: Sequence[Row]) -> str:
    """Return the rows of the scrub as a Markdown table."""
    lines = ["| file | tool | CPU ms | times Darkroom | bytes |", "|---|---|---|---|---|"]
    for row in rows:
        ours = row.results[OURS].cpu_ms
        for name, each in row.results.items():
            lines.append(f"| {row.name} | {name} | {each.cpu_ms:.2f} | {each.cpu_ms / ours:.1f} | {each.size:,} |")
    return "\n".join(lines)


def write(section: str, text: str, page: Path = PAGE) -> None:
    """Replace what stands between the marks of a section of the page."""
    begin, end = f"<!-- {section} -->", f"<!-- end of {section} -->"
    before = page.read_text()
    if begin not in before or end not in before:
        raise ValueError(f"{page} has no section {section}")
    page.write_text(re.sub(f"{begin}.*?{end}", lambda _: f"{begin}\n{text}\n{end}", before, flags=re.DOTALL))


def draw(rows: Sequence[Row], path: Path = PLOT) -> None:
    """Draw the CPU time of each tool as a bar, relative to Darkroom's, whose bars are all of one length."""
    parts, top = list[str](), 44
    longest = max(each.cpu_ms / row.results[OURS].cpu_ms for row in rows for each in row.results.values())
    unit = (_WIDTH - _LEFT - 60) / longest
    for row in rows:
        shown = {name: each for name, each in row.results.items() if name in _COLOURS}
        parts.append(_text(_LEFT - 10, top + _BAR * len(shown) / 2 + 4, row.name, "end"))
        for name, each in shown.items():
            times = each.cpu_ms / row.results[OURS].cpu_ms
            length = round(times * unit)
            parts.append(f'<rect x="{_LEFT}" y="{top}" width="{length}" height="{_BAR - 2}" fill="{_COLOURS[name]}"/>')
            parts.append(_text(_LEFT + times * unit + 5, top + 10, f"{times:.2f}"))
            top += _BAR
        top += _GAP
    path.write_text(_frame(top, _legend() + parts))


def _legend() -> list[str]:
    parts, left = [_text(10, 20, "CPU time, Darkroom = 1 (shorter is better)")], _LEFT + 60
    for name, colour in _COLOURS.items():
        parts += [f'<rect x="{left}" y="10" width="11" height="11" fill="{colour}"/>', _text(left + 16, 20, name)]
        left += 100
    return parts


def _text(x: float, y: float, words: str, anchor: str = "start") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{words}</text>'


def _frame(height: int, parts: list[str]) -> str:
    box = f'viewBox="0 0 {_WIDTH} {height}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {box} font-family="sans-serif" font-size="12">'
    return "\n".join([head, f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>', *parts, "</svg>\n"])
