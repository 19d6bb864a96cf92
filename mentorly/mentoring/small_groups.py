"""Small groups: what may be shown of what people typed, answered or raised, and when it may change (rules C5).

Everything shown is of a group of people: an organization that is large enough, or all the others of a program together.
Groups have nobody in common, so that the figure of a program is their sum and tells nothing more than they do.

- A group has five contributors at least, none of them somebody to whom the figures are shown.
- Nothing is shown where a category holds all of them, or all but one to four; a mean is not shown that is as near as
  that to an end of its scale.
- A category that hardly anybody is in is not told, so that it could hold none, one or two people; where each person is
  in one category, it is told together with another, so that the rest does not tell it.
- In a group of several organizations each leaves two people at least to the others, so that none can be told apart.
- A new release follows an earlier one if what came and what went between the two could each be shown by itself, or is
  nothing. So nobody learns more from two releases than from one of those who came.
- Below 20 contributors, shares stand in the place of counts.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

FEWEST = 5
SHARES_BELOW = 20
APART = 2


class Shape(StrEnum):
    """How people stand to categories.

    PARTS: each is in one. SEVERAL: each is in one or more. AMOUNT: each gives a number. ALL: those who did something,
    of all who were to; how many were to is no secret.
    """

    PARTS = "parts"
    SEVERAL = "several"
    AMOUNT = "amount"
    ALL = "all"


FEWEST_TOLD = {Shape.PARTS: 2, Shape.SEVERAL: 3}


@dataclass(frozen=True)
class Measure:
    """What is measured: its shape, and the least and most that an AMOUNT can be."""

    shape: Shape
    least: int = 0
    most: int = 0


@dataclass(frozen=True)
class Numbers:
    """What is known of a group. people: the contributors. counts: people by category; of ALL: those still to do it.

    total: the sum of the numbers that they gave.
    """

    people: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    total: int = 0

    def __add__(self, other: "Numbers") -> "Numbers":
        """Both groups together."""
        return self._with(other, 1)

    def __sub__(self, other: "Numbers") -> "Numbers":
        """What is left of a group without another; of two releases, what changed."""
        return self._with(other, -1)

    def _with(self, other: "Numbers", sign: int) -> "Numbers":
        names = {**self.counts, **other.counts}
        counts = {name: self.counts.get(name, 0) + sign * other.counts.get(name, 0) for name in names}
        return Numbers(self.people + sign * other.people, counts, self.total + sign * other.total)

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing in it."""
        return not self.people and not self.total and not any(self.counts.values())


def together(groups: Iterable[Numbers]) -> Numbers:
    """Several groups as one."""
    return sum(groups, Numbers())


def size(measure: Measure, numbers: Numbers) -> int:
    """How many people a group has, as far as that is no secret."""
    return numbers.people + (sum(numbers.counts.values()) if measure.shape is Shape.ALL else 0)


def is_large(numbers: Numbers) -> bool:
    """Whether there are enough contributors to show anything."""
    return numbers.people >= FEWEST


def is_shown(measure: Measure, numbers: Numbers) -> bool:
    """Whether a group is large and mixed enough to be shown by itself."""
    if not is_large(numbers):
        return False
    if measure.shape is Shape.AMOUNT:
        return _is_amid(measure, numbers)
    if measure.shape is Shape.ALL:
        return sum(numbers.counts.values()) >= FEWEST
    shown = len(numbers.counts) > len(hidden(measure, numbers))
    return shown and max(numbers.counts.values(), default=0) <= numbers.people - FEWEST


def hidden(measure: Measure, numbers: Numbers) -> frozenset[str]:
    """The categories that are not told from each other.

    Where each person is in one category, they are two at least and hold two people at least together.
    """
    fewest = FEWEST_TOLD.get(measure.shape, 0)
    by_size = sorted(numbers.counts, key=lambda name: (numbers.counts[name], name))
    small = [name for name in by_size if numbers.counts[name] < fewest]
    if measure.shape is Shape.PARTS and small:
        for name in by_size[len(small) :]:
            if len(small) > 1 and sum(numbers.counts[one] for one in small) >= fewest:
                break
            small.append(name)
    return frozenset(small)


def may_follow(measure: Measure, before: Numbers, after: Numbers) -> bool:
    """Whether a group may be shown anew after it was shown before."""
    change = after - before
    if measure.shape is Shape.ALL:
        return abs(change.people) >= FEWEST
    if 0 < abs(change.people) < FEWEST:
        return False
    if measure.shape is Shape.AMOUNT:
        sign = 1 if change.people > 0 else -1
        return change.people != 0 and _is_amid(measure, Numbers(sign * change.people, {}, sign * change.total))
    came = [number for number in change.counts.values() if number > 0]
    went = [-number for number in change.counts.values() if number < 0]
    return bool(came or went) and _is_mixed(came) and _is_mixed(went)


def keeps_apart(people: Collection[int]) -> bool:
    """Whether no organization of a group is nearly all of it. people: how many each has."""
    everybody = sum(people)
    return len(people) == 1 or all(one < APART or everybody - one >= APART for one in people)


def _is_mixed(counts: Collection[int]) -> bool:
    return not counts or max(counts) <= sum(counts) - FEWEST


def _is_amid(measure: Measure, numbers: Numbers) -> bool:
    """Whether a sum is as far from the ends that a person could have answered anything."""
    low, high = measure.least * numbers.people, measure.most * numbers.people
    return low + FEWEST <= numbers.total <= high - FEWEST
