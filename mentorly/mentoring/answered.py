"""What was answered, in figures that tell nothing of anybody: read from releases, never answer by answer (rules C5).

What a person answered is seen by nobody else. What may be shown of many people's answers says small_groups.py; what is
shown was released (releases.py), a month at most after each other. Nothing of words is shown, nor of days.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select

from mentorly.mentoring.asked import Asked
from mentorly.mentoring.instruments import Instrument, Kind, Opening
from mentorly.mentoring.people import Person
from mentorly.mentoring.programs import Program
from mentorly.mentoring.questions import Amount, Question
from mentorly.mentoring.releases import Group, Release, last_of
from mentorly.mentoring.small_groups import SHARES_BELOW, together
from mentorly.mentoring.tallies import ANSWER, key, measure_of


@dataclass(frozen=True)
class Count:
    """How often an instrument is asked of somebody by now or later, and how often that is finished."""

    asked: int = 0
    finished: int = 0


@dataclass(frozen=True)
class Figure:
    """What was answered to a question. number: how many answers it covers; 0: too few, or too much alike to be shown.

    mean: of numbers, with one decimal. shares: the percentage of each option; counts: the number, from 20 answers on.
    An option that hardly anybody chose is in neither.
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
    """How often each instrument of a program is asked and finished, by its name; not what somebody took up alone."""
    query = (
        select(Asked.name, func.count(), func.count(Asked.finished_at))
        .where(Asked.program_id == program.id, Asked.withdrawn_at.is_(None), ~Asked.occasion.startswith(Opening.OWN))
        .group_by(Asked.name)
    )
    return {name: Count(asked, finished) for name, asked, finished in program.session.execute(query)}


def figures(program: Program, instrument: Instrument, viewer: Person) -> list[Occasion]:
    """The figures of a survey in a program, for an administrator: by occasion, and by question. A sheet gives none."""
    if instrument.kind is not Kind.SURVEY or not viewer.is_administrator:
        return []
    known = last_of(program)
    began = key(ANSWER, instrument.name, "")
    occasions = {figure.rsplit("/", 1)[1] for figure in known if figure.startswith(began)}
    shown = [one for one in instrument.answerable if measure_of(one)]
    return [
        Occasion(name, [_figure(one, known.get(key(ANSWER, instrument.name, one.name, name), {})) for one in shown])
        for name in sorted(occasions) or [""]
    ]


def _figure(question: Question, groups: Mapping[Group, Release]) -> Figure:
    if not groups:
        return Figure(question)
    numbers = together(one.numbers for one in groups.values())
    if isinstance(question, Amount):
        return Figure(question, numbers.people, round(numbers.total / numbers.people, 1))
    kept_back = frozenset[str]().union(*(one.hidden for one in groups.values()))
    counts = {name: number for name, number in numbers.counts.items() if name not in kept_back}
    shares = {name: round(100 * number / numbers.people) for name, number in counts.items()}
    return Figure(question, numbers.people, shares=shares, counts=counts if numbers.people >= SHARES_BELOW else {})
