"""What was answered, in figures that tell nothing of anybody: computed by the database, never answer by answer (C5).

What a person answered is seen by nobody else. What is shown of many people's answers to a question follows these rules:

- one person gives one answer to a question on one occasion: the first that they finished; the viewer's own is left out;
- answers are taken five at a time, in the order in which they were finished: of 13 answers the first 10 are shown, so
  that two figures which were shown at different times differ by five people at least, or by none;
- nothing of words is shown, nor of dates;
- shares, never counts, of fewer than 20 answers;
- where all answers, or all but one to four, are one option, no option is shown, since each would tell that one;
- where a mean is so near to an end of its scale that all answers, or all but one to four, must be that end, it is not
  shown; one decimal place of it is.

A later issue adds what needs memory: releases that are kept and that an erasure does not change, figures of one
organization, and the check of all that was released by a solver. Until then an organization's lead sees none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Subquery, func, select

from mentorly.mentoring.asked import Asked, Response
from mentorly.mentoring.instruments import Instrument
from mentorly.mentoring.people import Person
from mentorly.mentoring.programs import Program
from mentorly.mentoring.questions import Amount, Choice, Question

FEWEST = 5
SHARES_BELOW = 20


@dataclass(frozen=True)
class Count:
    """How often an instrument is asked of somebody by now or later, and how often that is finished."""

    asked: int = 0
    finished: int = 0


@dataclass(frozen=True)
class Figure:
    """What was answered to a question. number: how many answers it covers, 0 if too few to show anything.

    mean: of numbers, with one decimal. shares: the percentage of each option; counts: the number, from 20 answers on.
    Both are empty where the answers are too much alike to be shown.
    """

    question: Question
    number: int = 0
    mean: float | None = None
    shares: Mapping[str, int] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Occasion:
    """What was answered on one occasion, such as the match."""

    name: str
    figures: Sequence[Figure]


def answered(program: Program) -> dict[str, Count]:
    """How often each instrument of a program is asked and finished, by its name."""
    query = (
        select(Asked.name, func.count(), func.count(Asked.finished_at))
        .where(Asked.program_id == program.id, Asked.withdrawn_at.is_(None))
        .group_by(Asked.name)
    )
    return {name: Count(asked, finished) for name, asked, finished in program.session.execute(query)}


def figures(program: Program, instrument: Instrument, viewer: Person) -> list[Occasion]:
    """The figures of an instrument in a program, for an administrator: by occasion, and by question."""
    if instrument.is_signed or not viewer.is_administrator:
        return []
    tallies = _tallies(program, instrument, viewer)
    shown = [one for one in instrument.answerable if isinstance(one, (Amount, Choice))]
    return [
        Occasion(name, [_figure(one, tallies.get((name, one.name), {})) for one in shown])
        for name in sorted({occasion for occasion, _ in tallies}) or [""]
    ]


def _tallies(
    program: Program, instrument: Instrument, viewer: Person
) -> dict[tuple[str, str], dict[str | None, tuple[int, int]]]:
    """By occasion and question: how many gave each option (None: a number), and the sum of the numbers."""
    placed = _placed(program, instrument, viewer)
    query = (
        select(
            placed.c.occasion,
            placed.c.question,
            placed.c.option,
            func.count(),
            func.coalesce(func.sum(placed.c.number), 0),
        )
        .where(placed.c.place <= placed.c.of_all - placed.c.of_all % FEWEST)
        .group_by(placed.c.occasion, placed.c.question, placed.c.option)
    )
    found: dict[tuple[str, str], dict[str | None, tuple[int, int]]] = {}
    for occasion, question, option, number, total in program.session.execute(query):
        found.setdefault((occasion, question), {})[option] = number, int(total)
    return found


def _placed(program: Program, instrument: Instrument, viewer: Person) -> Subquery:
    """One answer of each person to each question, its place in the order of finishing, and how many there are."""
    first = (
        select(
            Asked.occasion,
            Asked.finished_at,
            Asked.id.label("asked_id"),
            Response.question,
            Response.option,
            Response.number,
            func.row_number()
            .over(
                partition_by=(Asked.occasion, Response.question, Asked.person_id),
                order_by=(Asked.finished_at, Asked.id),
            )
            .label("turn"),
        )
        .join(Response, Response.asked_id == Asked.id)
        .where(
            Asked.program_id == program.id,
            Asked.name == instrument.name,
            Asked.finished_at.is_not(None),
            Asked.withdrawn_at.is_(None),
            Asked.person_id != viewer.id,
            Response.words.is_(None),
        )
        .subquery()
    )
    apart = (first.c.occasion, first.c.question)
    return (
        select(
            *(first.c[name] for name in ("occasion", "question", "option", "number")),
            func.row_number().over(partition_by=apart, order_by=(first.c.finished_at, first.c.asked_id)).label("place"),
            func.count().over(partition_by=apart).label("of_all"),
        )
        .where(first.c.turn == 1)
        .subquery()
    )


def _figure(question: Question, tally: Mapping[str | None, tuple[int, int]]) -> Figure:
    number = sum(count for count, _ in tally.values())
    if number < FEWEST:
        return Figure(question)
    if isinstance(question, Amount):
        total = sum(total for _, total in tally.values())
        near = min(total - question.least * number, question.most * number - total)
        return Figure(question, number, None if near < FEWEST else round(total / number, 1))
    options = question.options if isinstance(question, Choice) else {}
    counts = {name: tally.get(name, (0, 0))[0] for name in options}
    if max(tally.values())[0] > number - FEWEST:
        return Figure(question, number)
    shares = {name: round(100 * count / number) for name, count in counts.items()}
    return Figure(question, number, shares=shares, counts=counts if number >= SHARES_BELOW else {})
