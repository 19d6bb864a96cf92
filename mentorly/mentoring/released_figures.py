"""Figures of what people typed, answered and raised, as they were released last (rules C5)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from mentorly.mentoring.counting import Scope
from mentorly.mentoring.figure_tables import LANGUAGES, Definition, Figure, Row
from mentorly.mentoring.instruments import Opening, Role
from mentorly.mentoring.questions import Scale, Texts
from mentorly.mentoring.releases import Group, Known, Release
from mentorly.mentoring.small_groups import SHARES_BELOW, Numbers, together
from mentorly.mentoring.tallies import (
    ANSWER,
    CHANGE,
    CONCERNS,
    FELL,
    OBJECTIVES,
    OPEN,
    ROSE,
    STAYED,
    SURVEY,
    key,
    paired_questions,
    surveys,
)

Maker = Callable[[Definition, Scope, Known], Figure]


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


def _several(figure: str) -> Maker:
    """A figure of one released table, of which each person may be in several rows."""

    def made(definition: Definition, scope: Scope, known: Known) -> Figure:
        told = Told.of(known.get(figure, {}), scope.organization_id)
        rows = [told.row(label, {"number": told.number(name)}) for name, label in definition.rows.items()]
        return Figure(definition, rows, told.as_of)

    return made


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


RELEASED: Mapping[str, Maker] = {
    "objectives": _several(OBJECTIVES),
    "surveys": _surveys,
    "change": _change,
    "recommend": _recommend,
    "concerns": _several(CONCERNS),
}
