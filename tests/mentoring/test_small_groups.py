"""Small groups tell nothing of anybody (rules C5): a linear solver is given all that was released, and tries."""

from collections.abc import Iterator
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
    Shown,
    hidden,
    is_shown,
    keeps_apart,
    shown,
    together,
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


def after(measure: Measure, before: Numbers, now: Numbers, *sizes: tuple[int, int]) -> Shown | None:
    """What may be shown of organizations of these sizes before and now, after what was shown of them before."""
    first, last = ({number: pair[at] for number, pair in enumerate(sizes)} for at in (0, 1))
    return shown(measure, last, now, Shown(before, hidden(measure, before), first))


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        (parts(10, 10), parts(10, 10), None),
        (parts(10, 10), parts(12, 12), None),
        (parts(10, 10), parts(15, 10), None),
        (parts(10, 10), parts(15, 15), "ab"),
        (parts(15, 15), parts(10, 10), "ab"),
        (parts(10, 10, 10), parts(16, 16, 9), None),
        (parts(10, 10, 10), parts(14, 14, 11), None),
        (parts(10, 10, 10), parts(14, 14, 12), "abc"),
        (parts(4, 4, 4), parts(11, 11, 5), "b"),
    ],
)
def test_a_release_follows_another_if_what_changed_could_be_shown_and_it_tells_no_less(
    before: Numbers, now: Numbers, told: str | None
) -> None:
    may = after(PARTS, before, now)
    assert (may and "".join(sorted(now.counts.keys() - may.hidden))) == told


def test_a_release_that_would_tell_less_waits_until_the_group_is_half_as_large_again() -> None:
    before = parts(20, 20, 20)
    assert after(PARTS, before, parts(34, 34, 21)) is None
    assert after(PARTS, before, parts(35, 34, 21)) == Shown(parts(35, 34, 21), frozenset("bc"))


def test_nothing_new_is_told_while_nearly_all_who_came_are_of_one_organization() -> None:
    before, now = parts(10, 10, 10), parts(14, 14, 14)
    assert after(PARTS, before, now, (15, 27), (15, 15)) is None
    assert after(PARTS, before, now, (15, 26), (15, 16)) is None
    assert after(PARTS, before, now, (15, 25), (15, 17)) is not None
    assert after(PARTS, before, now, (30, 42)) is not None, "of one organization alone, it is told as its own"


def test_means_and_answered_surveys_follow_by_five_people_at_least() -> None:
    assert after(SCALE, Numbers(10, {}, 30), Numbers(15, {}, 45))
    assert not after(SCALE, Numbers(10, {}, 30), Numbers(14, {}, 42))
    assert not after(SCALE, Numbers(10, {}, 30), Numbers(15, {}, 54)), "the five who came all but said 5"
    assert not after(SCALE, Numbers(10, {}, 30), Numbers(10, {}, 31))
    assert after(ALL, Numbers(10, {"open": 10}), Numbers(15, {"open": 5}))
    assert not after(ALL, Numbers(10, {"open": 10}), Numbers(14, {"open": 6}))


def test_no_organization_is_nearly_all_of_a_group() -> None:
    assert keeps_apart([9])
    assert keeps_apart([3, 4, 3])
    assert not keeps_apart([9, 1])


def test_an_organization_stands_alone_from_its_first_release_or_stays_with_the_rest() -> None:
    large, small = parts(6, 6), parts(3, 3)
    first = due_of(PARTS, {1: large, 2: small, 3: small}, {})
    assert {group: told.numbers for group, told in first.items()} == {1: large, REST: parts(6, 6)}
    later = due_of(PARTS, {1: large, 2: parts(13, 13), 3: parts(4, 4)}, first)
    assert {group: told.numbers for group, told in later.items()} == {REST: parts(17, 17)}


@dataclass
class World:
    """People of several organizations who choose one of some categories, over several months; and what is released."""

    organizations: int
    months: list[list[tuple[int, int, bool]]]
    people: list[tuple[int, int]] = field(default_factory=list)
    sizes: list[dict[Group, int]] = field(default_factory=list)
    came: list[dict[Group, int]] = field(default_factory=list)
    left: list[dict[Group, int]] = field(default_factory=list)
    released: list[dict[Group, Shown]] = field(default_factory=list)

    def live(self) -> "World":
        """Let the months pass."""
        before: dict[Group, Shown] = {}
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
            due = due_of(PARTS, now, before)
            before = before | due
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
        for group, told in self.world.released[month].items():
            for letter in told.numbers.counts.keys() - told.hidden:
                row = {self._at("is", month, name, letter): 1.0 for name in self._inside(group)}
                self._equal(row, told.numbers.counts[letter])

    def _inside(self, group: Group) -> list[Group]:
        return [name for name in self.world.names if name not in self.alone] if group is REST else [group]

    def hidden_cells(self) -> Iterator[tuple[int, int, int, str]]:
        """Of each cell that is not shown: how many it could hold, the least and most it can be, and which it is.

        They are those of each organization in a group of several, of who is in it, came or left; and those of a group
        whose categories are told together.
        """
        for month, due in enumerate(self.world.released):
            for group, told in due.items():
                inside = [one for one in self._inside(group) if self.world.sizes[month][one]]
                kept_back = sum(told.numbers.counts[letter] for letter in told.hidden)
                for letter in told.hidden:
                    yield kept_back, *self._range(*(("is", month, one, letter) for one in inside)), f"{month} {group}"
                for name in inside if len(inside) > 1 else []:
                    yield from self._cells_of(month, name)

    def _cells_of(self, month: int, name: Group) -> Iterator[tuple[int, int, int, str]]:
        world = self.world
        for what, counts in (("is", world.sizes), ("came", world.came), ("left", world.left)):
            for letter in "abc" if counts[month][name] else "":
                yield counts[month][name], *self._range((what, month, name, letter)), f"{what} {month} {name} {letter}"

    def _range(self, *cells: tuple[str, int, Group, str]) -> tuple[int, int]:
        matrix = np.zeros((len(self.rows), len(self.places)))
        for at, row in enumerate(self.rows):
            for column, factor in row.items():
                matrix[at, column] = factor
        ends = []
        for sign in (1, -1):
            goal = np.zeros(len(self.places))
            goal[[self.places[cell] for cell in cells]] = sign
            solved = linprog(goal, A_eq=matrix, b_eq=self.sums, integrality=np.ones(len(self.places)))
            assert solved.status == 0, "what happened is one of the possible worlds"
            ends.append(round(sign * solved.fun))
        return ends[0], ends[1]


def assert_nothing_is_known(attack: Attack) -> None:
    for most_people, least, most, cell in attack.hidden_cells():
        assert most - least + 1 >= min(3, most_people + 1), f"{cell}: {least} to {most} of {most_people}"


@st.composite
def months(draw: st.DrawFn) -> list[list[tuple[int, int, bool]]]:
    """Some months: in each some organizations have people who come, and who leave; often few leave, as it is."""
    made = []
    for _ in range(draw(st.integers(1, 3))):
        organizations = st.sampled_from(draw(st.lists(st.integers(0, 3), min_size=1, max_size=4)))
        leaves = st.sampled_from(draw(st.sampled_from([[False], [False] * 4 + [True], [False, True]])))
        event = st.tuples(organizations, st.integers(0, 2), leaves)
        made.append(draw(st.lists(event, min_size=8, max_size=40)))
    return made


@settings(max_examples=settings.default.max_examples // 4)
@given(st.integers(2, 4), months())
def test_no_hidden_cell_has_fewer_than_three_possible_values(
    organizations: int, months: list[list[tuple[int, int, bool]]]
) -> None:
    assert_nothing_is_known(Attack(World(organizations, months).live()))


@pytest.mark.parametrize(
    "month",
    [
        [(0, at % 2 * 2, False) for at in range(9)] + [(1, 0, False), (1, 1, False)],
        [(1, at % 3, False) for at in range(12)],
        [(1, at % 2, False) for at in range(12)] + [(0, at % 2, False) for at in range(12)],
    ],
    ids=["one of who came is in b", "all who came are of one organization", "none of who came is in c"],
)
def test_the_solver_finds_nobody_in_what_changed(month: list[tuple[int, int, bool]]) -> None:
    first = [(0, at % 3, False) for at in range(6)] + [(2, at % 3, False) for at in range(6)]
    world = World(3, [first, month])
    world.live()
    assert world.released[0].keys() == {REST}, "of which each has too few by itself"
    assert_nothing_is_known(Attack(world))


def test_the_solver_would_see_who_came_if_all_that_changed_were_told() -> None:
    first = [(0, at % 3, False) for at in range(6)] + [(2, at % 3, False) for at in range(6)]
    world = World(3, [first, [(1, at % 3, False) for at in range(12)]])
    world.live()
    world.released[1] = {REST: Shown(together(world._numbers(name) for name in world.names))}
    with pytest.raises(AssertionError, match="is 1 2 a: 4 to 4 of 12"):
        assert_nothing_is_known(Attack(world))


def test_the_solver_would_see_a_group_that_one_organization_nearly_is() -> None:
    world = World(2, [[(0, at % 2, False) for at in range(9)] + [(1, 1, False)]]).live()
    assert world.released == [{}]
    world.released = [{REST: Shown(world._numbers(1) + world._numbers(2))}]
    with pytest.raises(AssertionError, match="is 0 1 a: 4 to 5 of 9"):
        assert_nothing_is_known(Attack(world))
