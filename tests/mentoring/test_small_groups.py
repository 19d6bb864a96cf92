"""Small groups tell nothing of anybody (rules C5): a linear solver is given all that was released, and tries."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from mentorly.mentoring.releases import REST, Group, due_of
from mentorly.mentoring.small_groups import (
    Measure,
    Numbers,
    Shape,
    hidden,
    is_shown,
    keeps_apart,
    may_follow,
)

PARTS, SEVERAL, ALL = Measure(Shape.PARTS), Measure(Shape.SEVERAL), Measure(Shape.ALL)
SCALE = Measure(Shape.AMOUNT, 1, 5)


def parts(*counts: int) -> Numbers:
    return Numbers(sum(counts), dict(zip("abcde", counts, strict=False)))


@pytest.mark.parametrize(
    ("measure", "numbers", "shown"),
    [
        (PARTS, parts(2, 2), False),
        (PARTS, parts(5, 5), True),
        (PARTS, parts(6, 4), False),
        (PARTS, parts(15, 5), True),
        (PARTS, parts(16, 4), False),
        (PARTS, parts(9, 0), False),
        (SEVERAL, Numbers(10, {"a": 5, "b": 5, "c": 4}), True),
        (SEVERAL, Numbers(10, {"a": 6, "b": 5, "c": 4}), False),
        (SEVERAL, Numbers(10, {"a": 2, "b": 1, "c": 0}), False),
        (SCALE, Numbers(5, {}, 10), True),
        (SCALE, Numbers(5, {}, 21), False),
        (SCALE, Numbers(4, {}, 12), False),
        (ALL, Numbers(5, {"open": 5}), True),
        (ALL, Numbers(16, {"open": 4}), False),
        (ALL, Numbers(4, {"open": 16}), False),
    ],
)
def test_a_group_is_shown_if_it_is_large_and_mixed(measure: Measure, numbers: Numbers, shown: bool) -> None:  # noqa: FBT001
    assert is_shown(measure, numbers) is shown


def test_a_category_that_hardly_anybody_is_in_is_told_with_another_or_not_at_all() -> None:
    assert hidden(PARTS, parts(10, 6, 4)) == set()
    assert hidden(PARTS, parts(10, 9, 1)) == {"b", "c"}
    assert hidden(PARTS, parts(10, 8, 1, 1)) == {"c", "d"}
    assert hidden(PARTS, parts(10, 8, 1, 0)) == {"b", "c", "d"}
    assert hidden(SEVERAL, Numbers(20, {"a": 15, "b": 3, "c": 2, "d": 0})) == {"c", "d"}


@pytest.mark.parametrize(
    ("before", "after", "may"),
    [
        (parts(10, 10), parts(10, 10), False),
        (parts(10, 10), parts(12, 12), False),
        (parts(10, 10), parts(15, 10), False),
        (parts(10, 10), parts(15, 15), True),
        (parts(15, 15), parts(10, 10), True),
        (parts(10, 10, 10), parts(16, 16, 9), False),
        (parts(20, 20, 0, 0), parts(15, 15, 5, 5), True),
    ],
)
def test_a_release_follows_another_if_what_came_and_went_could_be_shown(
    before: Numbers,
    after: Numbers,
    may: bool,  # noqa: FBT001
) -> None:
    assert may_follow(PARTS, before, after) is may


def test_means_and_answered_surveys_follow_by_five_people_at_least() -> None:
    assert may_follow(SCALE, Numbers(10, {}, 30), Numbers(15, {}, 45))
    assert not may_follow(SCALE, Numbers(10, {}, 30), Numbers(14, {}, 42))
    assert not may_follow(SCALE, Numbers(10, {}, 30), Numbers(15, {}, 54)), "the five who came all but said 5"
    assert not may_follow(SCALE, Numbers(10, {}, 30), Numbers(10, {}, 31))
    assert may_follow(ALL, Numbers(10, {"open": 10}), Numbers(15, {"open": 5}))
    assert not may_follow(ALL, Numbers(10, {"open": 10}), Numbers(14, {"open": 6}))


def test_no_organization_is_nearly_all_of_a_group() -> None:
    assert keeps_apart([9])
    assert keeps_apart([3, 4, 3])
    assert not keeps_apart([9, 1])


def test_an_organization_stands_alone_from_its_first_release_or_stays_with_the_rest() -> None:
    large, small = parts(6, 6), parts(3, 3)
    first = due_of(PARTS, {1: large, 2: small, 3: small}, {})
    assert first == {1: large, REST: parts(6, 6)}
    later = due_of(PARTS, {1: large, 2: parts(13, 13), 3: small}, first)
    assert later == {REST: parts(16, 16)}


@dataclass
class World:
    """People of several organizations who choose one of some categories, over several months; and what is released."""

    organizations: int
    months: list[list[tuple[int, int, bool]]]
    people: list[tuple[int, int]] = field(default_factory=list)
    sizes: list[dict[Group, int]] = field(default_factory=list)
    came: list[dict[Group, int]] = field(default_factory=list)
    left: list[dict[Group, int]] = field(default_factory=list)
    released: list[dict[Group, Numbers]] = field(default_factory=list)

    def live(self) -> "World":
        """Let the months pass."""
        shown: dict[Group, Numbers] = {}
        for month in self.months:
            came, left = dict.fromkeys(self.names, 0), dict.fromkeys(self.names, 0)
            for organization, category, leaves in month:
                one = (1 + organization % self.organizations, category)
                if leaves and one in self.people:
                    self.people.remove(one)
                    left[one[0]] += 1
                else:
                    self.people.append(one)
                    came[one[0]] += 1
            now = {name: self._numbers(name) for name in self.names}
            due = due_of(PARTS, now, shown)
            shown = shown | due
            self.released.append(due)
            self.sizes.append({name: numbers.people for name, numbers in now.items()})
            self.came.append(came)
            self.left.append(left)
        return self

    @property
    def names(self) -> range:
        """The organizations."""
        return range(1, self.organizations + 1)

    def _numbers(self, name: int) -> Numbers:
        chosen = [category for organization, category in self.people if organization == name]
        return Numbers(len(chosen), {letter: chosen.count(at) for at, letter in enumerate("abc")})


class Attack:
    """Somebody who knows all that was released, who belongs where, who came and who left, but nobody's category."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.places: dict[tuple[str, int, Group, str], int] = {}
        self.rows: list[dict[int, float]] = []
        self.sums: list[float] = []
        self.alone = {group for due in world.released for group in due if group is not REST}
        for month in range(len(world.months)):
            self._margins(month)
            self._released(month)

    def _at(self, what: str, month: int, name: Group, letter: str) -> int:
        return self.places.setdefault((what, month, name, letter), len(self.places))

    def _equal(self, row: dict[int, float], total: float) -> None:
        self.rows.append(row)
        self.sums.append(total)

    def _margins(self, month: int) -> None:
        world = self.world
        for name in world.names:
            for what, counts in (("is", world.sizes), ("came", world.came), ("left", world.left)):
                self._equal({self._at(what, month, name, letter): 1.0 for letter in "abc"}, counts[month][name])
            for letter in "abc":
                row = {self._at("is", month, name, letter): 1.0, self._at("came", month, name, letter): -1.0}
                row[self._at("left", month, name, letter)] = 1.0
                if month:
                    row[self._at("is", month - 1, name, letter)] = -1.0
                self._equal(row, 0)

    def _released(self, month: int) -> None:
        for group, numbers in self.world.released[month].items():
            inside = [name for name in self.world.names if name not in self.alone] if group is REST else [group]
            for letter in numbers.counts.keys() - hidden(PARTS, numbers):
                row = {self._at("is", month, name, letter): 1.0 for name in inside}
                self._equal(row, numbers.counts[letter])

    def hidden_cells(self) -> Iterator[tuple[int, int, int, int]]:
        """Of each cell that is not shown: the size of its organization, the least and most it can be, and the month."""
        for month, due in enumerate(self.world.released):
            inside = [one for one in self.world.names if one not in self.alone and self.world.sizes[month][one]]
            if REST in due and len(inside) > 1:
                for name in inside:
                    for letter in "abc":
                        yield self.world.sizes[month][name], *self._range("is", month, name, letter), month

    def _range(self, *cell: "int | str") -> tuple[int, int]:
        place = self.places[cell]  # type: ignore[index]
        matrix = np.zeros((len(self.rows), len(self.places)))
        for at, row in enumerate(self.rows):
            for column, factor in row.items():
                matrix[at, column] = factor
        ends = []
        for sign in (1, -1):
            goal = np.zeros(len(self.places))
            goal[place] = sign
            solved = linprog(goal, A_eq=matrix, b_eq=self.sums, integrality=np.ones(len(self.places)))
            assert solved.status == 0, "what happened is one of the possible worlds"
            ends.append(round(sign * solved.fun))
        return ends[0], ends[1]


EVENT = st.tuples(st.integers(0, 3), st.integers(0, 2), st.sampled_from([False, False, False, False, True]))
MONTHS = st.lists(st.lists(EVENT, min_size=8, max_size=40), min_size=1, max_size=3)


@settings(max_examples=25)
@given(st.integers(2, 4), MONTHS)
def test_no_hidden_cell_has_fewer_than_three_possible_values(
    organizations: int, months: list[list[tuple[int, int, bool]]]
) -> None:
    attack = Attack(World(organizations, months).live())
    for people, least, most, month in attack.hidden_cells():
        assert most - least + 1 >= min(3, people + 1), f"month {month}: {least} to {most} of {people}"


def test_the_solver_would_see_a_group_that_one_organization_nearly_is() -> None:
    world = World(2, [[(0, at % 2, False) for at in range(9)] + [(1, 1, False)]]).live()
    assert world.released == [{}]
    world.released = [{REST: world._numbers(1) + world._numbers(2)}]
    ranges: Mapping[int, int] = {most - least + 1 for _, least, most, _ in Attack(world).hidden_cells()}  # type: ignore[assignment]
    assert 2 in ranges
