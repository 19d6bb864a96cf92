"""Pictures of figures, drawn here as SVG: no script, no file from elsewhere.

What is told apart is told by its place, its length and its pattern, so that it survives grey and every eye. The table
below each picture says the same, so that the picture itself is hidden from who hears the page.
"""

from collections.abc import Callable, Iterator, Sequence

from markupsafe import Markup, escape

from mentorly.mentoring.figures import Figure, Row

WIDTH, LEFT, LINE, BAR = 640, 250, 34, 18
ROOM = WIDTH - LEFT - 60
COLUMN, FOOT, HEIGHT = 26, 40, 190
LABEL = 34
PARTS = ("rose", "stayed", "fell")
HATCHED = Markup(
    '<defs><pattern id="hatched" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<path class="stroke" d="M0 0V6"/></pattern></defs>'
)

Say = Callable[[Row], str]


def chart(figure: Figure, say: Say) -> Markup:
    """A figure as a picture; '' if there is nothing to draw. say: what a row is called."""
    rows = [row for row in figure.rows if row.is_told]
    if not rows:
        return Markup()
    drawn = figure.definition.drawn
    if drawn == "plan":
        return _svg(max(WIDTH, COLUMN * len(rows) + 60), HEIGHT + FOOT, _columns(rows, say))
    lines = {"bars": _bars, "of": _of, "parts": _parts, "mean": _mean}[drawn]
    return _svg(WIDTH, LINE * len(rows) + 4, lines(rows, say))


def _svg(width: int, height: int, inside: Iterator[Markup]) -> Markup:
    around = Markup('<svg class="chart" viewBox="0 0 {} {}" aria-hidden="true" focusable="false">{}</svg>')
    return around.format(width, height, Markup().join(inside))


def _bars(rows: Sequence[Row], say: Say) -> Iterator[Markup]:
    most = max((row.numbers["number"] or 0 for row in rows), default=0) or 1
    for at, row in enumerate(rows):
        number = row.numbers["number"]
        yield _label(at, say(row))
        if number is not None:
            yield _rect("full", LEFT, at, ROOM * number / most)
            yield _number(at, LEFT + ROOM * number / most, f"{number:g}{'%' if row.is_share else ''}")


def _of(rows: Sequence[Row], say: Say) -> Iterator[Markup]:
    """What was done of what was due: a full bar in an outline."""
    most = max(row.numbers["due"] or 0 for row in rows) or 1
    for at, row in enumerate(rows):
        due, answered = row.numbers["due"] or 0, row.numbers["answered"] or 0
        done = due * answered / 100 if row.is_share else answered
        yield _label(at, say(row))
        yield _rect("outline", LEFT, at, ROOM * due / most)
        yield _rect("full", LEFT, at, ROOM * done / most)
        yield _number(at, LEFT + ROOM * due / most, f"{answered:g}%" if row.is_share else f"{answered:g}/{due:g}")


def _parts(rows: Sequence[Row], say: Say) -> Iterator[Markup]:
    """Rose: full; stayed: empty; fell: hatched; side by side in one bar, as shares of it."""
    yield HATCHED
    for at, row in enumerate(rows):
        yield _label(at, say(row))
        numbers = [row.numbers[name] for name in PARTS]
        known = [number or 0 for number in numbers]
        total, left = sum(known) or 1, float(LEFT)
        for style, number in zip(("full", "outline", "hatched"), known, strict=True):
            yield _rect(style, left, at, ROOM * number / total)
            left += ROOM * number / total
        average = row.numbers["average"]
        yield _number(at, left, "" if average is None else f"{average:+.1f}")


def _mean(rows: Sequence[Row], say: Say) -> Iterator[Markup]:
    for at, row in enumerate(rows):
        mean = row.numbers["mean"] or 0
        yield _label(at, say(row))
        yield _rect("outline", LEFT, at, ROOM)
        yield _rect("full", LEFT, at, ROOM * mean / 10)
        yield _number(at, LEFT + ROOM, f"{mean:g}")


def _columns(rows: Sequence[Row], say: Say) -> Iterator[Markup]:
    """Months side by side: held as full bars, the plan as a line across each."""
    most = max(max(row.numbers["held"] or 0, row.numbers["plan"] or 0) for row in rows) or 1
    every = -(-len(rows) // 8)
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


def _label(at: int, words: str) -> Markup:
    short = words if len(words) <= LABEL else words[: LABEL - 1].rstrip() + "…"
    return Markup('<text x="{}" y="{}" text-anchor="end">{}</text>').format(LEFT - 10, at * LINE + 20, escape(short))


def _rect(style: str, x: float, at: int, width: float) -> Markup:
    shape = Markup('<rect class="{}" x="{:.1f}" y="{}" width="{:.1f}" height="{}"/>')
    return shape.format(style, x, at * LINE + 6, width, BAR) if width > 0 else Markup()


def _number(at: int, x: float, words: str) -> Markup:
    return Markup('<text class="number" x="{:.1f}" y="{}">{}</text>').format(x + 8, at * LINE + 20, words)
