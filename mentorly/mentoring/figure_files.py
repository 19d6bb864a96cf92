"""Figures and relationships as CSV files: each number beside the sentence that says what it counts (rules B9)."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from io import StringIO
from zoneinfo import ZoneInfo

from mentorly.mentoring import sights
from mentorly.mentoring.cells import guarded
from mentorly.mentoring.counts import meetings_in, tasks_in
from mentorly.mentoring.figure_tables import Figure, Row
from mentorly.mentoring.people import Person
from mentorly.mentoring.privacy import MAY_SEE, What, hat
from mentorly.mentoring.programs import Program
from mentorly.mentoring.relationships import Relationship

AT_ONCE = 500
UNIT = {True: {"en": "hundredths", "fr": "centièmes"}, False: {"en": "count", "fr": "nombre"}}
WHOLE = {
    False: {"en": "as asked", "fr": "tel que demandé"},
    True: {"en": "the whole program", "fr": "l'ensemble du programme"},
}
HEAD = {
    "en": ("figure", "row", "column", "number", "unit", "of", "released on", "what it counts"),
    "fr": ("chiffre", "ligne", "colonne", "nombre", "unité", "de", "publié le", "ce qui est compté"),
}
OF_RELATIONSHIPS = {
    "en": (
        "mentors", "mentees", "active", "began", "ends or ended", "first meeting", "meetings held", "meetings upcoming",
        "tasks complete", "tasks incomplete",
    ),
    "fr": (
        "mentors", "personnes mentorées", "en cours", "début", "fin", "première rencontre", "rencontres tenues",
        "rencontres à venir", "tâches faites", "tâches à faire",
    ),
}  # fmt: skip
YES = {True: {"en": "yes", "fr": "oui"}, False: {"en": "no", "fr": "non"}}


def figures_as_csv(figures: Iterable[Figure], language: str) -> str:
    """Figures as rows of one number each; what is not told is empty."""
    return csv_of(HEAD[language], (line for one in figures for line in _lines(one, language)))


def relationships_as_csv(program: Program, viewer: Person, language: str, now: datetime) -> str:
    """The relationships of a program that a viewer knows of, with what the table lets them see of each (rules C3)."""
    return csv_of(OF_RELATIONSHIPS[language], _relationships(program, viewer, language, now))


def _lines(figure: Figure, language: str) -> Iterator[Sequence[str]]:
    one = figure.definition
    released = figure.as_of.date().isoformat() if figure.as_of else ""
    for row in figure.rows:
        label = row.day.isoformat()[:7] if row.day else row.label[language]
        for column, number in row.numbers.items():
            shown = "" if number is None else f"{number:g}"
            unit = UNIT[_is_share(row, column)][language]
            of = WHOLE[row.is_whole][language]
            said = one.counts[language]
            yield one.title[language], label, one.columns[column][language], shown, unit, of, released, said


def _is_share(row: Row, column: str) -> bool:
    return row.is_share and column in {"number", "answered", "rose", "stayed", "fell"}


def _relationships(program: Program, viewer: Person, language: str, now: datetime) -> Iterator[Sequence[str]]:
    query = sights.relationships(viewer).where(Relationship.program_id == program.id)
    start: Sequence[Relationship] = program.session.scalars(query).unique().all()
    for first in range(0, len(start), AT_ONCE):
        chosen = start[first : first + AT_ONCE]
        numbers = [one.id for one in chosen]
        meetings, tasks = meetings_in(program.session, numbers, now), tasks_in(program.session, numbers)
        for one in chosen:
            seen = MAY_SEE[hat(viewer, one)]
            held, planned, progress = meetings[one.id].held, meetings[one.id].planned, tasks[one.id]
            yield (
                "; ".join(person.name for person in one.mentors),
                "; ".join(person.name for person in one.mentees),
                YES[one.is_active][language],
                _day(one.began_at, program),
                _day(one.ended_at or one.ends_on, program),
                _day(one.first_meeting_at, program) if What.FIRST_MEETING in seen else "",
                str(held) if What.MEETINGS_HELD in seen else "",
                str(planned) if What.MEETINGS_PLANNED in seen else "",
                *((str(progress.done), str(progress.left)) if What.TASKS in seen else ("", "")),
            )


def _day(moment: date | None, program: Program) -> str:
    if isinstance(moment, datetime):
        moment = moment.astimezone(ZoneInfo(program.timezone)).date()
    return moment.isoformat() if moment else ""


def csv_of(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A head and its lines as a CSV file that is safe to open in a spreadsheet."""
    text = StringIO()
    written = csv.writer(text, lineterminator="\r\n")
    written.writerow(head)
    written.writerows([guarded(cell) for cell in line] for line in lines)
    return text.getvalue()
