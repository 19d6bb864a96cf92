"""Pictures of figures, drawn here as SVG: no script, no file from elsewhere.

What is told apart is told by its place, its length and its pattern, so that it survives grey and every eye. The table
below each picture says the same, so that the picture itself is hidden from who hears the page.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from textwrap import wrap

from markupsafe import Markup

from mentorly.mentoring.figure_tables import Figure, Row

BAR, LINE = 18, 16
COLUMN, FOOT, HEIGHT = 26, 40, 190


@dataclass(frozen=True)
class Layout:
    """How a picture is laid out, in its own units. left: how much of its width is for labels beside the bars.

    line: how high a row is; over: how much of that is for a label above the bar. letters: how long a line of a label
    may be. months: how many it has room for.
    """

    name: str
    width: int
    left: int
    line: int
    over: int
    letters: int
    months: int

    @property
    def room(self) -> int:
        """How long the longest bar is."""
        return self.width - self.left - 60

    def lines(self, words: str) -> list[str]:
        """A label in at most two lines. words: as they are said, or as they are written in HTML."""
        plain = words.unescape() if isinstance(words, Markup) else words
        return wrap(plain, self.letters, max_lines=2, placeholder="…") or [""]

    def with_room_for(self, labels: Iterable[str]) -> "Layout":
        """The same, with rows that are high enough for a second line above a bar, if a label needs one."""
        if self.left or all(len(self.lines(label)) == 1 for label in labels):
            return self
        return replace(self, line=self.line + LINE, over=self.over + LINE)

    def top(self, at: int) -> int:
        """Where the bar of a row begins."""
        return at * self.line + self.over + 6


WIDE = Layout("wide", 640, 250, 38, 0, 30, 24)
# For telephones: as many units as they have pixels, or else nobody could read it.
NARROW = Layout("narrow", 300, 0, 52, 18, 40, 10)
PARTS = ("rose", "stayed", "fell")
HATCHED = Markup(
    '<defs><pattern id="hatched-{}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<path class="stroke" d="M0 0V6"/></pattern></defs>'
)

Say = Callable[[Row], str]


def chart(figure: Figure, say: Say) -> Markup:
    """A figure as two pictures, one for wide pages and one for narrow ones; '' if there is nothing to draw.

    say: what a row is called.
    """
    rows = [row for row in figure.rows if row.is_told]
    return Markup().join(_drawn(figure.definition.drawn, rows, say, layout) for layout in (WIDE, NARROW) if rows)


def _drawn(drawn: str, rows: Sequence[Row], say: Say, layout: Layout) -> Markup:
    if drawn == "plan":
        rows = rows[-layout.months :]
        return _svg(layout, max(layout.width, COLUMN * len(rows) + 40), HEIGHT + FOOT, _columns(rows, say, layout))
    layout = layout.with_room_for(map(say, rows))
    lines = {"bars": _bars, "of": _of, "parts": _parts, "mean": _mean}[drawn]
    return _svg(layout, layout.width, layout.line * len(rows) + 4, lines(rows, say, layout))


def _svg(layout: Layout, width: int, height: int, inside: Iterator[Markup]) -> Markup:
    around = Markup('<svg class="chart {}" viewBox="0 0 {} {}" aria-hidden="true" focusable="false">{}</svg>')
    return around.format(layout.name, width, height, Markup().join(inside))


def _bars(rows: Sequence[Row], say: Say, layout: Layout) -> Iterator[Markup]:
    most = max((row.numbers["number"] or 0 for row in rows), default=0) or 1
    for at, row in enumerate(rows):
        number = row.numbers["number"]
        yield _label(at, say(row), layout)
        if number is not None:
            width = layout.room * number / most
            yield _rect("full", layout.left, at, width, layout)
            yield _number(at, layout.left + width, f"{number:g}{'%' if row.is_share else ''}", layout)


def _of(rows: Sequence[Row], say: Say, layout: Layout) -> Iterator[Markup]:
    """What was done of what was due: a full bar in an outline."""
    most = max(row.numbers["due"] or 0 for row in rows) or 1
    for at, row in enumerate(rows):
        due, answered = row.numbers["due"] or 0, row.numbers["answered"] or 0
        done = due * answered / 100 if row.is_share else answered
        yield _label(at, say(row), layout)
        yield _rect("outline", layout.left, at, layout.room * due / most, layout)
        yield _rect("full", layout.left, at, layout.room * done / most, layout)
        words = f"{answered:g}%" if row.is_share else f"{answered:g}/{due:g}"
        yield _number(at, layout.left + layout.room * due / most, words, layout)


def _parts(rows: Sequence[Row], say: Say, layout: Layout) -> Iterator[Markup]:
    """Rose: full; stayed: empty; fell: hatched; side by side in one bar, as shares of it."""
    yield HATCHED.format(layout.name)
    for at, row in enumerate(rows):
        yield _label(at, say(row), layout)
        numbers = [row.numbers[name] for name in PARTS]
        known = [number or 0 for number in numbers]
        total, left = sum(known) or 1, float(layout.left)
        for style, number in zip(("full", "outline", "hatched"), known, strict=True):
            yield _rect(style, left, at, layout.room * number / total, layout)
            left += layout.room * number / total
        average = row.numbers["average"]
        yield _number(at, left, "" if average is None else f"{average:+.1f}", layout)


def _mean(rows: Sequence[Row], say: Say, layout: Layout) -> Iterator[Markup]:
    for at, row in enumerate(rows):
        mean = row.numbers["mean"] or 0
        yield _label(at, say(row), layout)
        yield _rect("outline", layout.left, at, layout.room, layout)
        yield _rect("full", layout.left, at, layout.room * mean / 10, layout)
        yield _number(at, layout.left + layout.room, f"{mean:g}", layout)


def _columns(rows: Sequence[Row], say: Say, layout: Layout) -> Iterator[Markup]:
    """Months side by side: held as full bars, the plan as a line across each."""
    most = max(max(row.numbers["held"] or 0, row.numbers["plan"] or 0) for row in rows) or 1
    every = max(-(-len(rows) // (layout.width // 75)), 1)
    for at, row in enumerate(rows):
        held, plan = ((HEIGHT - 20) * (row.numbers[name] or 0) / most for name in ("held", "plan"))
        x = 8 + at * COLUMN
        yield Markup('<rect class="full" x="{}" y="{:.1f}" width="16" height="{:.1f}"/>').format(
            x + 3, HEIGHT - held, held
        )
        yield Markup('<path class="mark" d="M{} {:.1f}h22"/>').format(x, HEIGHT - plan)
        if at % every == 0:
            yield Markup('<text class="small" x="{}" y="{}">{}</text>').format(x, HEIGHT + 24, say(row))
    yield Markup('<path class="axis-line" d="M0 {0}H{1}"/>').format(HEIGHT, COLUMN * len(rows) + 16)


def _label(at: int, words: str, layout: Layout) -> Markup:
    """A row's name in one line or two, before its bar or above it."""
    lines = layout.lines(words)
    first = layout.top(at) + 14 if layout.left else layout.top(at) - 8
    first -= (len(lines) - 1) * (LINE // 2 if layout.left else LINE)
    where = Markup('x="{}"').format(layout.left - 10 if layout.left else 0)
    spans = (
        Markup('<tspan {} y="{}">{}</tspan>').format(where, first + number * LINE, line)
        for number, line in enumerate(lines)
    )
    anchor = Markup(' text-anchor="end"') if layout.left else Markup()
    return Markup("<text{}>{}</text>").format(anchor, Markup().join(spans))


def _rect(style: str, x: float, at: int, width: float, layout: Layout) -> Markup:
    shape = Markup('<rect class="{}" x="{:.1f}" y="{}" width="{:.1f}" height="{}"/>')
    return shape.format(style, x, layout.top(at), width, BAR) if width > 0 else Markup()


def _number(at: int, x: float, words: str, layout: Layout) -> Markup:
    return Markup('<text class="number" x="{:.1f}" y="{}">{}</text>').format(x + 8, layout.top(at) + 14, words)
