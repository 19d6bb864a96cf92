"""Figures as the parts of a letter: a title, lines with bars where there is a share, and what is counted."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from mentorly.mentoring.figure_tables import Figure, Row, definitions
from mentorly.mentoring.organizations import Organization

WHOLE = {"en": "whole program", "fr": "ensemble du programme"}
TOLD = ("relationships", "meetings", "first_meeting", "tasks", "objectives", "surveys", "change", "recommend")
MEETINGS = {"en": "{held} held, {plan} planned for", "fr": "{held} tenues, {plan} prévues"}
ANSWERS = {"en": "{label}: {mean} of 10, {answers} answers", "fr": "{label} : {mean} sur 10, {answers} réponses"}
COLON = {"en": ": ", "fr": " : "}
PERCENT = {"en": "%", "fr": "\u00a0%"}


@dataclass(frozen=True)
class Line:
    """A line of a part. share: in hundredths, of its bar; None: it has none."""

    words: str
    share: int | None = None


@dataclass(frozen=True)
class Part:
    """A figure in a letter. counts: the sentence that says what it counts."""

    title: str
    lines: Sequence[Line]
    counts: str


def parts_of(
    figures: Iterable[Figure], organization: Organization | None, month: date, language: str
) -> Iterator[Part]:
    """The figures that a letter tells, less those of which nothing is told. month: of which the meetings are."""
    for figure in figures:
        name = figure.definition.name
        if name not in TOLD or not figure.is_told:
            continue
        lines = list(LINES.get(name, _bars)(figure, month, language))
        if lines:
            about = [organization.name] if organization else []
            about = [WHOLE[language]] if organization and figure.is_whole else about
            title = figure.definition.title[language]
            yield Part(f"{title} ({about[0]})" if about else title, lines, figure.definition.counts[language])


def _bars(figure: Figure, _month: date, language: str) -> Iterator[Line]:
    """Each row with a bar: its share of all of them, or, where it is a share already, that."""
    rows = [(row, row.numbers["number"]) for row in figure.rows]
    total = sum(number or 0 for _, number in rows)
    for row, number in rows:
        if number is not None:
            share = number if row.is_share else 100 * number / (row.people or total or 1)
            yield Line(_said(row, number, language), round(share))


def _said(row: Row, number: float, language: str) -> str:
    return f"{row.label[language]}{COLON[language]}{number:g}{PERCENT[language] if row.is_share else ''}"


def _meetings(figure: Figure, month: date, language: str) -> Iterator[Line]:
    for row in figure.rows:
        held, plan = row.numbers["held"], row.numbers["plan"]
        if row.day == month and held is not None and plan is not None:
            share = min(100, round(100 * held / plan)) if plan else 100 if held else 0
            yield Line(MEETINGS[language].format(held=f"{held:g}", plan=f"{plan:g}"), share)


def _surveys(figure: Figure, _month: date, language: str) -> Iterator[Line]:
    for row in figure.rows:
        answered, due = row.numbers["answered"], row.numbers["due"]
        if answered is not None and due:
            share = round(answered if row.is_share else 100 * answered / due)
            words = f"{share}{PERCENT[language]}" if row.is_share else f"{answered:g} / {due:g}"
            yield Line(f"{row.label[language]}{COLON[language]}{words}", share)


def _change(figure: Figure, _month: date, language: str) -> Iterator[Line]:
    for row in figure.rows:
        if row.said:
            yield Line(f"{row.label[language]} {row.said[language]}.")


def _recommend(figure: Figure, _month: date, language: str) -> Iterator[Line]:
    for row in figure.rows:
        mean, answers = row.numbers["mean"], row.numbers["answers"]
        if mean is not None:
            said = f"{mean:.1f}".replace(".", "," if language == "fr" else ".")
            words = ANSWERS[language].format(label=row.label[language], mean=said, answers=f"{answers:g}")
            yield Line(words, round(10 * mean))


LINES: Mapping[str, Callable[[Figure, date, str], Iterator[Line]]] = {
    "meetings": _meetings,
    "surveys": _surveys,
    "change": _change,
    "recommend": _recommend,
}


def month_before(day: date) -> date:
    """The first day of the month before the one that begins on a day."""
    return (day - timedelta(days=1)).replace(day=1)


def sample_figures(month: date) -> list[Figure]:
    """Invented figures, for the gallery and the golden mails."""
    known = definitions()

    def counted(name: str, *numbers: int, people: int | None = None) -> Figure:
        labels = known[name].rows.values()
        rows = [Row(label, {"number": number}, people=people) for label, number in zip(labels, numbers, strict=True)]
        return Figure(known[name], rows)

    survey = {"en": "Where you start from", "fr": "Votre point de départ"}
    return [
        counted("relationships", 21, 2, 1),
        Figure(known["meetings"], [Row({}, {"held": 17, "plan": 21}, month)]),
        counted("first_meeting", 16, 5, 1, 2),
        counted("tasks", 41, 28),
        counted("objectives", 9, 7, 12, 15, 3, people=24),
        Figure(known["surveys"], [Row(survey, {"answered": 17, "due": 24}, is_whole=True)]),
    ]
