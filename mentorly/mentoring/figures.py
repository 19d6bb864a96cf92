"""Figures: what leads and administrators are told about a program, each with a sentence that says what it counts.

Some are of what the table shows of each relationship anyway: they are counted when they are looked at, and suppressed
never. The others (private) are of what people typed, answered or raised: they are read from releases, which
small_groups.py lets be made. A lead sees the figures of an organization; what is told of no organization by itself, or
of too small a one, is that of the whole program, and says so. There are no filters.
"""

import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import Select, select

from mentorly.mentoring import counting
from mentorly.mentoring.counting import Scope
from mentorly.mentoring.instruments import Opening, Role
from mentorly.mentoring.organizations import Organization
from mentorly.mentoring.people import Person
from mentorly.mentoring.programs import Program
from mentorly.mentoring.questions import Scale, Texts
from mentorly.mentoring.releases import Group, Known, Release, is_done, last_of, release
from mentorly.mentoring.small_groups import SHARES_BELOW, Numbers, together
from mentorly.mentoring.tallies import (
    ANSWER,
    CHANGE,
    FELL,
    OBJECTIVES,
    OPEN,
    ROSE,
    STAYED,
    SURVEY,
    key,
    paired_questions,
    surveys,
    tallied,
)

LANGUAGES = ("en", "fr")
ANSWERED_AFTERWARDS = timedelta(days=500)


@dataclass(frozen=True)
class Definition:
    """What a figure is. counts: the sentence that says what it counts. columns, rows: what they are called.

    drawn: how a picture of it looks. private: whether rules C5 hold for it. whole: whether it is of a program alone.
    """

    name: str
    drawn: str
    title: Texts
    counts: Texts
    columns: Mapping[str, Texts]
    rows: Mapping[str, Texts]
    private: bool = False
    whole: bool = False
    said: Texts = field(default_factory=dict)
    averaged: Texts = field(default_factory=dict)


@cache
def definitions() -> Mapping[str, Definition]:
    """Every figure, by name, in the order in which they are shown."""
    text = (Path(__file__).parent / "figures.toml").read_text("utf-8")
    return {name: Definition(name, **words) for name, words in tomllib.loads(text).items()}


@dataclass(frozen=True)
class Row:
    """A row of a figure. label: by language; day: instead of it, the first day of a month.

    numbers: by column; None: not told. said: the same as a sentence, by language. is_share: the numbers are hundredths
    of `people`. is_whole: of the whole program, although an organization's was asked for.
    """

    label: Texts
    numbers: Mapping[str, float | None]
    day: date | None = None
    said: Texts = field(default_factory=dict)
    is_share: bool = False
    is_whole: bool = False
    people: int | None = None

    @property
    def is_told(self) -> bool:
        """Whether there is any number in it."""
        return any(number is not None for number in self.numbers.values())


@dataclass(frozen=True)
class Figure:
    """A figure as it is shown. as_of: when it was released; None: it was counted now."""

    definition: Definition
    rows: Sequence[Row]
    as_of: datetime | None = None

    @property
    def is_whole(self) -> bool:
        """Whether all of it is of the whole program, although an organization's was asked for."""
        return bool(self.rows) and all(row.is_whole for row in self.rows)

    @property
    def is_told(self) -> bool:
        """Whether there is any number in it."""
        return any(row.is_told for row in self.rows)


def scopes(viewer: Person, program: Program) -> list[Organization | None]:
    """Of what a viewer is shown figures: the program as a whole (None), or the organizations that they lead in it."""
    if viewer.is_administrator:
        return [None]
    led = viewer.led_organizations(program)
    query = select(Organization).where(Organization.id.in_(led)).order_by(Organization.folded_name, Organization.id)
    return list(program.session.scalars(query))


def figures(program: Program, organization: Organization | None, now: datetime) -> list[Figure]:
    """All figures of a program, or of an organization in it, in their order."""
    scope = Scope(program, organization.id if organization else None, now)
    known = last_of(program)
    states, first, matches = counting.relationships_and_matches(scope)
    people, times = counting.people_and_times(scope)
    plain = {
        "people": people, "relationships": states, "first_meeting": first, "matches": matches, "time_to_match": times,
        "tasks": counting.tasks(scope), "repeat": counting.repeat(scope),
    }  # fmt: skip
    return [
        _counted(one, scope, plain[name]) if name in plain else MADE[name](one, scope, known)
        for name, one in definitions().items()
    ]


def running(now: datetime) -> Select[int]:
    """The programs of which somebody may still answer something: follow-ups come until a year after the end."""
    return select(Program.id).where(Program.ends_on > (now - ANSWERED_AFTERWARDS).date()).order_by(Program.id)


def release_figures(program: Program, now: datetime) -> int:
    """Release what may be told of a program's people anew, once a month; returns how many releases were made."""
    if is_done(program, now):
        return 0
    measures, found = tallied(program)
    return release(program, measures, found, now)


@dataclass(frozen=True)
class Told:
    """What was last released of a figure for a scope; numbers: None: nothing. hidden: categories that are not told."""

    numbers: Numbers | None = None
    hidden: frozenset[str] = frozenset()
    is_whole: bool = False
    as_of: datetime | None = None

    @classmethod
    def of(cls, groups: Mapping[Group, Release], organization_id: int | None) -> "Told":
        """That of an organization if it stands alone, or of all groups of the program together."""
        own = groups.get(organization_id) if organization_id is not None else None
        chosen = [own] if own else list(groups.values())
        if not chosen:
            return cls(is_whole=organization_id is not None)
        return cls(
            together(one.numbers for one in chosen),
            frozenset().union(*(one.hidden for one in chosen)),
            is_whole=organization_id is not None and own is None,
            as_of=max(one.released_at for one in chosen),
        )

    @property
    def people(self) -> int:
        """How many contributed; 0 if nothing is told."""
        return self.numbers.people if self.numbers else 0

    @property
    def is_share(self) -> bool:
        """Whether shares stand in the place of counts."""
        return 0 < self.people < SHARES_BELOW

    def row(self, label: Texts, numbers: Mapping[str, float | None], said: Texts | None = None) -> Row:
        """A row of what is told."""
        return Row(label, numbers, None, said or {}, self.is_share, self.is_whole, self.people or None)

    def number(self, name: str) -> int | None:
        """How many are in a category, or their share in hundredths; None if that is not told."""
        if self.numbers is None or name in self.hidden:
            return None
        number = self.numbers.counts.get(name, 0)
        return round(100 * number / self.people) if self.is_share else number


def _counted(definition: Definition, scope: Scope, counts: Mapping[str, int]) -> Figure:
    whole = definition.whole and scope.organization_id is not None
    named = definition.rows.items()
    return Figure(definition, [Row(label, {"number": counts.get(name, 0)}, is_whole=whole) for name, label in named])


def _meetings(definition: Definition, scope: Scope, _known: Known) -> Figure:
    by_month = counting.meetings(scope)
    return Figure(definition, [Row({}, {"held": held, "plan": plan}, day) for day, (held, plan) in by_month.items()])


def _objectives(definition: Definition, scope: Scope, known: Known) -> Figure:
    told = Told.of(known.get(OBJECTIVES, {}), scope.organization_id)
    rows = [told.row(label, {"number": told.number(name)}) for name, label in definition.rows.items()]
    return Figure(definition, rows, told.as_of)


def _surveys(definition: Definition, scope: Scope, known: Known) -> Figure:
    all_told = {
        name: Told.of(known.get(key(SURVEY, name), {}), scope.organization_id) for name in surveys(scope.program)
    }
    rows = [_survey(all_told[name], survey.title) for name, survey in surveys(scope.program).items()]
    return Figure(definition, rows, _as_of(all_told.values()))


def _survey(told: Told, title: Texts) -> Row:
    if told.numbers is None:
        return told.row(title, {"answered": None, "due": None})
    due = told.people + told.numbers.counts.get(OPEN, 0)
    is_share = due < SHARES_BELOW
    answered = round(100 * told.people / due) if is_share else told.people
    return replace(told.row(title, {"answered": answered, "due": due}), is_share=is_share)


def _change(definition: Definition, scope: Scope, known: Known) -> Figure:
    rows, all_told = [], []
    for role in (Role.MENTEE, Role.MENTOR):
        for question in paired_questions(scope.program, role):
            told = Told.of(known.get(key(CHANGE, role, question.name), {}), scope.organization_id)
            steps = len(question.steps) if isinstance(question, Scale) else 0
            rows.append(_changed(definition, told, question.label, steps))
            all_told.append(told)
    return Figure(definition, rows, _as_of(all_told))


def _changed(definition: Definition, told: Told, label: Texts, steps: int) -> Row:
    moved = {name: told.number(name) for name in (ROSE, STAYED, FELL)}
    average = _average(told) if told.numbers and steps else None
    numbers: dict[str, float | None] = {"pairs": told.people or None, **moved, "average": average}
    if told.numbers is None or None in moved.values():
        return told.row(label, numbers)
    unit = {"en": "%", "fr": " %"} if told.is_share else dict.fromkeys(LANGUAGES, "")
    said = {}
    for language in LANGUAGES:
        shown = {name: f"{number}{unit[language]}" for name, number in moved.items()}
        said[language] = definition.said[language].format(pairs=told.people, **shown)
        if average is not None:
            mean = f"{average:+.1f}".replace("-", "\u2212")
            mean = mean.replace(".", ",") if language == "fr" else mean
            said[language] += definition.averaged[language].format(average=mean, steps=steps)
    return told.row(label, numbers, said)


def _average(told: Told) -> float | None:
    """The mean of all changes; rounded so that it tells nothing of the few who answered at the start alone."""
    if told.numbers is None:
        return None
    mean = told.numbers.total / told.people
    return round(2 * mean) / 2 if told.is_share else round(mean, 1)


def _recommend(definition: Definition, scope: Scope, known: Known) -> Figure:
    rows, all_told = [], []
    for name, label in definition.rows.items():
        told = Told.of(known.get(key(ANSWER, name, "would_recommend", Opening.END), {}), scope.organization_id)
        mean = round(told.numbers.total / told.people, 1) if told.numbers else None
        rows.append(told.row(label, {"mean": mean, "answers": told.people or None}))
        all_told.append(told)
    return Figure(definition, rows, _as_of(all_told))


def _as_of(all_told: Iterable[Told]) -> datetime | None:
    return max((told.as_of for told in all_told if told.as_of), default=None)


MADE: Mapping[str, Callable[[Definition, Scope, Known], Figure]] = {
    "meetings": _meetings,
    "objectives": _objectives,
    "surveys": _surveys,
    "change": _change,
    "recommend": _recommend,
}
