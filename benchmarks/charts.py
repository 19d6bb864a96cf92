"""Two charts as SVG: a few lines of our own, readable on a phone, on light and on dark."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from benchmarks.measures import shown

WIDTH = 400
MARGIN = 12
BAR, GAP = 18, 30
TALL = 150

# Middle greys and a blue that stand out from white and from nearly black alike.
STYLE = """
text { font: 14px system-ui, sans-serif; fill: #1b1f24; }
.small { font-size: 12px; fill: #57606a; }
.title { font-weight: 600; }
.ours { fill: #2563c9; stroke: none; }
.other { fill: #8c959f; stroke: none; }
.line { fill: none; stroke-width: 2.5; }
.first { stroke: #2563c9; } .second { stroke: #b35900; }
.first-dot { fill: #2563c9; } .second-dot { fill: #b35900; }
.axis { stroke: #8c959f; stroke-width: 1; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; } .small { fill: #9da7b1; }
  .ours, .first-dot { fill: #6ca4f8; } .first { stroke: #6ca4f8; }
  .second { stroke: #f0a04b; } .second-dot { fill: #f0a04b; }
}
"""


@dataclass(frozen=True)
class Bar:
    """One bar. is_ours: drawn in colour; its label says whose it is in any case."""

    label: str
    value: float
    is_ours: bool = False


@dataclass(frozen=True)
class Line:
    """One line through points (x, y)."""

    label: str
    points: Sequence[tuple[float, float]]


def bars(title: str, about: str, rows: Sequence[Bar]) -> str:
    """Draw bars below each other, each under its label and value. Raises ValueError if there is none."""
    largest = max(row.value for row in rows)
    drawn = []
    for place, row in enumerate(rows):
        top = 58 + place * (BAR + GAP)
        width = max(1.0, (WIDTH - 2 * MARGIN) * row.value / largest)
        kind = "ours" if row.is_ours else "other"
        drawn.append(_text(MARGIN, top + 13, row.label))
        drawn.append(_text(WIDTH - MARGIN, top + 13, shown(row.value), anchor="end"))
        drawn.append(f'<rect class="{kind}" x="{MARGIN}" y="{top + 20}" width="{width:.1f}" height="{BAR}" rx="2"/>')
    told = "; ".join(f"{row.label}: {shown(row.value)}" for row in rows)
    return _drawing(title, about, told, 64 + len(rows) * (BAR + GAP), drawn)


def lines(title: str, about: str, rows: Sequence[Line], names: Sequence[str]) -> str:
    """Draw up to two lines over the same places; names: what stands below each place."""
    highest = math.ceil(max(y for row in rows for _, y in row.points) * 1.15) or 1
    foot = 70 + TALL
    drawn = [
        f'<path class="axis" d="M{MARGIN} {foot}H{WIDTH - MARGIN}"/>',
        _text(MARGIN, 66, f"{highest:g}", small=True),
        _text(MARGIN, foot - 4, "0", small=True),
    ]
    places = [60 + place * (WIDTH - 90) / max(1, len(names) - 1) for place in range(len(names))]
    drawn += [_text(x, foot + 16, name, small=True, anchor="middle") for x, name in zip(places, names, strict=True)]
    for row, kind in zip(rows, ("first", "second"), strict=False):
        spots = [(x, foot - TALL * y / highest) for x, (_, y) in zip(places, row.points, strict=True)]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in spots)
        drawn.append(f'<path class="line {kind}" d="M{path}"/>')
        drawn += [f'<circle class="{kind}-dot" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>' for x, y in spots]
    for place, (row, kind) in enumerate(zip(rows, ("first", "second"), strict=False)):
        top = foot + 38 + 22 * place
        drawn.append(f'<circle class="{kind}-dot" cx="{MARGIN + 5}" cy="{top - 5}" r="5"/>')
        drawn.append(_text(MARGIN + 18, top, f"{row.label}: {shown(row.points[0][1])} → {shown(row.points[-1][1])}"))
    told = "; ".join(
        f"{row.label}: " + ", ".join(f"{name}: {shown(y)}" for name, (_, y) in zip(names, row.points, strict=True))
        for row in rows
    )
    return _drawing(title, about, told, foot + 30 + 22 * len(rows), drawn)


def _text(x: float, y: float, words: str, *, small: bool = False, anchor: str = "start") -> str:
    kind = ' class="small"' if small else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{kind}>{escape(words)}</text>'


def _drawing(title: str, about: str, told: str, height: float, drawn: Sequence[str]) -> str:
    size = f'viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH}" height="{height:g}"'
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title told" {size}>',
        f'<title id="title">{escape(title)}</title>',
        f'<desc id="told">{escape(about)}. {escape(told)}.</desc>',
        f"<style>{STYLE}</style>",
        f'<text class="title" x="{MARGIN}" y="24">{escape(title)}</text>',
        f'<text class="small" x="{MARGIN}" y="44">{escape(about)}</text>',
    ]
    return "\n".join([*head, *drawn, "</svg>"]) + "\n"
