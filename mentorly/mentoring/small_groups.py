"""Small groups: what may be shown of what people typed, answered or raised, and when it may change (rules C5).

Everything shown is of a group of people: an organization that is large enough, or all the others of a program together.
Groups have nobody in common, so that the figure of a program is their sum and tells nothing more than they do.

- A group has five contributors at least, none of them somebody to whom the figures are shown.
- Nothing is shown where a category holds all of them, or all but one to four; a mean is not shown that is as near as
  that to an end of its scale.
- A category that hardly anybody is in is not told, so that it could hold none, one or two people; where each person is
  in one category, it is told together with another, so that the rest does not tell it.
- In a group of several organizations each leaves two people at least to the others, so that none can be told apart.
- A new release follows an earlier one if what changed between the two is a group that could be shown by itself: five
  people at least, mixed, none told apart, who all came or all went; and it tells no category that hardly anybody of
  them is in. So nobody learns more from two releases than from one of those who came.
- It waits while it would tell less than the one before, unless the group is half as large again.
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
        """What is left of a group without another."""
        return self._with(other, -1)

    def beside(self, earlier: "Numbers") -> "Numbers":
        """Who came since an earlier count of the group; or, if there are fewer now, who went."""
        return earlier - self if self.people < earlier.people else self - earlier

    def _with(self, other: "Numbers", sign: int) -> "Numbers":
        names = {**self.counts, **other.counts}
        counts = {name: self.counts.get(name, 0) + sign * other.counts.get(name, 0) for name in names}
        return Numbers(self.people + sign * other.people, counts, self.total + sign * other.total)


@dataclass(frozen=True)
class Shown:
    """What is shown of a group. hidden: the categories that are not told from each other.

    sizes: how many people each of its organizations had; empty where that is not known.
    """

    numbers: Numbers
    hidden: frozenset[str] = frozenset()
    sizes: Mapping[int | None, int] = field(default_factory=dict)

    @property
    def tells(self) -> int:
        """How many numbers it tells."""
        return len(self.numbers.counts) - len(self.hidden) if self.numbers.counts else 1

    def has_grown(self, before: "Shown") -> bool:
        """Whether it is half as large again as one before."""
        return self.numbers.people * 2 >= before.numbers.people * 3

    def changed(self, sizes: Mapping[int | None, int]) -> list[int]:
        """By how many people each organization changed until there are other sizes; nothing if that is not known."""
        names = {**self.sizes, **sizes} if self.sizes else {}
        return [abs(sizes.get(one, 0) - self.sizes.get(one, 0)) for one in names]


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
    if measure.shape is Shape.ALL:
        return is_large(numbers) and sum(numbers.counts.values()) >= FEWEST
    return _is_mixed(measure, numbers) and bool(Shown(numbers, hidden(measure, numbers)).tells)


def hidden(measure: Measure, numbers: Numbers, change: Numbers | None = None) -> frozenset[str]:
    """The categories that are not told from each other: hardly anybody of a group, or of its change, is in them.

    Where each person is in one category, they are two at least and hold two people at least together, of both.
    """
    fewest = FEWEST_TOLD.get(measure.shape)
    if fewest is None:
        return frozenset()
    least = {name: min(one.counts.get(name, 0) for one in (numbers, change or numbers)) for name in numbers.counts}
    by_size = sorted(least, key=lambda name: (least[name], name))
    small = [name for name in by_size if least[name] < fewest]
    if measure.shape is Shape.PARTS and small:
        for name in by_size[len(small) :]:
            if len(small) > 1 and all(_held(one, small) >= fewest for one in (numbers, change or numbers)):
                break
            small.append(name)
    return frozenset(small)


def shown(measure: Measure, sizes: Mapping[int | None, int], numbers: Numbers, before: Shown | None) -> Shown | None:
    """What may be shown of a group now; None: nothing, or nothing new.

    sizes: how many people each of its organizations has. before: what was shown of the group last.
    """
    if not keeps_apart(sizes.values()) or not is_shown(measure, numbers):
        return None
    if before is None:
        return Shown(numbers, hidden(measure, numbers), sizes)
    change = numbers.beside(before.numbers)
    if not _may_follow(measure, change, before.changed(sizes)):
        return None
    now = Shown(numbers, hidden(measure, numbers, change), sizes)
    return now if now.tells and (now.tells >= before.tells or now.has_grown(before)) else None


def keeps_apart(people: Collection[int]) -> bool:
    """Whether no organization of a group is nearly all of it. people: how many each has, or by how many it changed."""
    everybody = sum(people)
    return len(people) == 1 or all(one < APART or everybody - one >= APART for one in people)


def _held(numbers: Numbers, names: Iterable[str]) -> int:
    return sum(numbers.counts.get(name, 0) for name in names)


def _may_follow(measure: Measure, change: Numbers, changed: Collection[int]) -> bool:
    """Whether a change may be told. Of ALL, whoever had not done it may have: so it is nobody's in particular."""
    return is_large(change) if measure.shape is Shape.ALL else _is_mixed(measure, change) and keeps_apart(changed)


def _is_mixed(measure: Measure, numbers: Numbers) -> bool:
    """Whether no category holds all, or all but a few; of a sum, whether a person could have answered anything."""
    if not is_large(numbers):
        return False
    if measure.shape is not Shape.AMOUNT:
        return max(numbers.counts.values(), default=0) <= numbers.people - FEWEST
    low, high = measure.least * numbers.people, measure.most * numbers.people
    return low + FEWEST <= numbers.total <= high - FEWEST
