"""The tables that figures are: what each counts, in a sentence, and its rows. There are no others (rules C5)."""

import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from pathlib import Path

from mentorly.mentoring.questions import Texts
from mentorly.mentoring.small_groups import FEWEST

LANGUAGES = ("en", "fr")
# A figure of fewer rows shares its total with no other figure.
FEWEST_PARTS = 3


class Audience(StrEnum):
    """Who is told figures. SPONSORS fund a program: they see no console, and figures of a whole program alone."""

    ADMINISTRATORS = "administrators"
    LEADS = "leads"
    SPONSORS = "sponsors"


EVERYBODY = frozenset(Audience)


@dataclass(frozen=True)
class Definition:
    """What a figure is. counts: the sentence that says what it counts. columns, rows: what they are called.

    drawn: how a picture of it looks. private: whether rules C5 hold for it. whole: whether it is of a program alone.
    told: whom.
    """

    name: str
    drawn: str
    title: Texts
    counts: Texts
    columns: Mapping[str, Texts]
    rows: Mapping[str, Texts]
    private: bool = False
    whole: bool = False
    told: Collection[str] = EVERYBODY
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

    def for_outside(self) -> "Figure":
        """The same without small numbers, for who does not see the relationships that they are counted from.

        The rows of several figures add up to the same total, so beside a number that is not told another one is not.
        """
        if self.definition.private:
            return self
        told = [{name: _unless_few(number) for name, number in row.numbers.items()} for row in self.rows]
        if len(self.definition.rows) >= FEWEST_PARTS:
            _hide_one_more(told)
        return replace(self, rows=[replace(row, numbers=one) for row, one in zip(self.rows, told, strict=True)])

    @property
    def is_whole(self) -> bool:
        """Whether all of it is of the whole program, although an organization's was asked for."""
        return bool(self.rows) and all(row.is_whole for row in self.rows)

    @property
    def is_told(self) -> bool:
        """Whether there is any number in it."""
        return any(row.is_told for row in self.rows)


def _unless_few(number: float | None) -> float | None:
    return None if number is not None and 0 < number < FEWEST else number


def _hide_one_more(told: list[dict[str, float | None]]) -> None:
    """Take out the smallest number that is left, if any was taken out."""
    left = [(number, place) for place, numbers in enumerate(told) for number in numbers.values() if number]
    if left and any(number is None for numbers in told for number in numbers.values()):
        told[min(left)[1]] = dict.fromkeys(told[min(left)[1]])
