"""One assignment for a whole program: the best that there is, within everybody's places and the sizes of groups."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linear_sum_assignment, linprog, milp
from scipy.sparse import csr_array, hstack, vstack

from mentorly.mentoring.affinity import Candidate, Reason, Rule, Suggestion, score
from mentorly.mentoring.base import sentence
from mentorly.mentoring.ranking import Grid, Marks, Points, grid

NOBODY = -1
PAIRS_COMPARED = 50_000
PAIRS_WEIGHED = 10_000
TOLERANCE = 0.1

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Assignment:
    """A proposal for everybody at once, to be approved by a person.

    pairs: in the order of mentees, those who come first, first. unmatched_mentees: why, by id. unmatched_mentors: the
    ids of those who keep all the places that they had left.
    """

    pairs: list[Suggestion]
    unmatched_mentees: dict[int, Reason]
    unmatched_mentors: list[int]


@dataclass(frozen=True)
class Limits:
    """How many mentees each mentor (by column) may be given: at most room, and at least need, or none."""

    room: Numbers
    need: Numbers

    @classmethod
    def of(cls, mentors: Iterable[Candidate], group_sizes: tuple[int, int] | None) -> "Limits":
        """Take what places and group sizes leave of each mentor; who is in a group already counts in its size."""
        people = list(mentors)
        fewest, most = group_sizes or (0, sys.maxsize)
        room = np.array([min(one.places, max(0, most - one.taken)) for one in people], int)
        return cls(room, np.array([max(0, fewest - one.taken) for one in people], int))

    def without(self, closed: Marks) -> "Limits":
        """Leave the same with no room at the closed mentors."""
        return Limits(np.where(closed, 0, self.room), np.where(closed, 0, self.need))

    def too_small(self, given: Numbers) -> Marks:
        """Which mentors would have a group below its size."""
        return (given > 0) & (given < self.need)

    def given(self, chosen: Numbers) -> Numbers:
        """Count the mentees of each mentor. chosen: a mentor for each mentee, or NOBODY."""
        return np.bincount(chosen[chosen != NOBODY], minlength=len(self.room))


def assign(
    mentors: Iterable[Candidate],
    mentees: Iterable[Candidate],
    rule: Rule,
    on: date,
    group_sizes: tuple[int, int] | None = None,
) -> Assignment:
    """Match as many mentees as can be, then as many of those who come first, then for the highest total score.

    group_sizes: fewest and most mentees of one mentor, who gets none rather than too few. No pair conflicts, and the
    order of what comes in does not matter. The result is the best there is; only where groups come out too small and
    more than PAIRS_WEIGHED pairs would have to be weighed, it is a good one, a percent or so short of best.
    """
    pairs = grid(mentors, mentees, rule, on)
    limits = Limits.of(pairs.mentors, group_sizes)
    chosen = _fill(pairs, limits)
    if limits.too_small(limits.given(chosen)).any():
        chosen = _fill_groups(pairs, limits, hoped=_sum_matched(pairs, chosen))
    return _assignment(pairs, limits, chosen, on)


def _fill(pairs: Grid, limits: Limits, *, groups_first: bool = False) -> Numbers:
    """Find the best mentor (a column) for each mentee (a row), or NOBODY, giving the solver one column for each place.

    It is exact and quick, but knows no "at least five or none": groups_first only prefers the places that a group needs
    to others, where as many mentees are matched. Each term of the cost outweighs all that the next can add up to.
    """
    room = np.minimum(limits.room, len(pairs.mentees))
    slots = np.repeat(np.arange(len(room)), room)
    is_needed = np.arange(len(slots)) < (np.cumsum(room) - room + limits.need)[slots]
    step = (len(pairs.mentees) + 1) * (pairs.points.max(initial=0) + 1)
    matched = step * (len(pairs.mentees) + 1) * _matched(pairs)
    cost = np.where(pairs.allowed, -pairs.points - matched[:, None], 0)[:, slots]
    if groups_first:
        cost[:, is_needed] -= step * pairs.allowed[:, slots[is_needed]]
    rows, taken = linear_sum_assignment(cost)
    fits = pairs.allowed[rows, slots[taken]]
    chosen = np.full(len(pairs.mentees), NOBODY)
    chosen[rows[fits]] = slots[taken[fits]]
    return chosen


def _fill_groups(pairs: Grid, limits: Limits, hoped: float) -> Numbers:
    """Do the same with no group too small. hoped: the most that _matched can add up to.

    Integer programming (HiGHS) weighs which groups there are at all: exact, but a hundred times slower than _fill. So
    it sees only the pairs that could better what closing groups gives: of 20,000 often a tenth.
    """
    good = _close_groups(pairs, limits)
    rows, columns = np.nonzero(pairs.allowed)
    if len(rows) > PAIRS_COMPARED:
        return good
    if _sum_matched(pairs, good) < hoped and len(rows) <= PAIRS_WEIGHED:
        good = _weigh(pairs, limits, _Choice(rows, columns, _matched(pairs)[rows]), good)
    better = _worth_weighing(pairs, limits, _Choice(rows, columns, pairs.points[rows, columns]), good)
    if len(better.rows) > PAIRS_WEIGHED:
        return good
    return _weigh(pairs, limits, better, good)


def _close_groups(pairs: Grid, limits: Limits) -> Numbers:
    """Close the smaller half of the groups that are too small, until none is: quick, a few percent short of best."""
    while True:
        chosen = _fill(pairs, limits, groups_first=True)
        given = limits.given(chosen)
        small = np.flatnonzero(limits.too_small(given))
        if not small.size:
            return chosen
        smallest = small[np.argsort(given[small], kind="stable")][: (small.size + 1) // 2]
        limits = limits.without((given == 0) | np.isin(np.arange(given.size), smallest))


@dataclass(frozen=True)
class _Choice:
    """Pairs to choose from, each by its row, its column and what it is worth."""

    rows: Numbers
    columns: Numbers
    worth: Points

    def per_mentee(self, pairs: Grid) -> csr_array:
        return _marks(self.rows, len(pairs.mentees))

    def per_mentor(self, pairs: Grid) -> csr_array:
        return _marks(self.columns, len(pairs.mentors))


def _worth_weighing(pairs: Grid, limits: Limits, choice: _Choice, good: Numbers) -> _Choice:
    """Leave out the pairs whose reduced cost, leaving sizes of groups aside, exceeds what a good assignment lacks."""
    matched = _matched(pairs)
    left: Any = vstack([choice.per_mentee(pairs), choice.per_mentor(pairs), csr_array(-matched[None, choice.rows])])
    right = np.concatenate([np.ones(len(pairs.mentees)), limits.room, [-_sum_matched(pairs, good)]])
    relaxed: Any = linprog(-choice.worth, A_ub=left, b_ub=right)
    if relaxed.status:
        return choice
    rows = np.flatnonzero(good != NOBODY)
    lacking = -relaxed.fun - pairs.points[rows, good[rows]].sum()
    kept = relaxed.lower.marginals <= lacking + TOLERANCE
    return _Choice(choice.rows[kept], choice.columns[kept], choice.worth[kept])


def _weigh(pairs: Grid, limits: Limits, choice: _Choice, good: Numbers) -> Numbers:
    """Choose the pairs worth most, matching no fewer than a good assignment; give that one if the solver fails.

    The variables are the pairs, then the groups.
    """
    mentees, groups = len(pairs.mentees), len(pairs.mentors)
    per_mentor = choice.per_mentor(pairs)
    room = np.minimum(limits.room, mentees)
    constraints = [
        LinearConstraint(hstack([choice.per_mentee(pairs), csr_array((mentees, groups))]), ub=1),
        LinearConstraint(hstack([per_mentor, -_diagonal(room)]), ub=0),
        LinearConstraint(hstack([per_mentor, -_diagonal(limits.need)]), lb=0),
        LinearConstraint(
            np.append(_matched(pairs)[choice.rows], np.zeros(groups))[None, :],
            lb=_sum_matched(pairs, good) - TOLERANCE,
        ),
    ]
    answer = _solve(np.append(choice.worth, np.zeros(groups)), constraints)
    if answer is None:
        return good
    taken = answer[: len(choice.rows)] > 0
    chosen = np.full(mentees, NOBODY)
    chosen[choice.rows[taken]] = choice.columns[taken]
    return chosen


def _solve(worth: Points, constraints: list[LinearConstraint]) -> Points | None:
    whole = np.ones(len(worth), int)
    for presolve in (True, False):  # HiGHS 1.12 fails at a few small programmes in its presolve
        found = milp(
            -worth,
            integrality=whole,
            bounds=Bounds(0, 1),
            constraints=constraints,
            options={"mip_rel_gap": 0, "presolve": presolve},
        )
        if found.x is not None and _keeps(constraints, answer := found.x.round()):
            return answer
    return None


def _keeps(constraints: list[LinearConstraint], answer: Points) -> bool:
    return {*answer} <= {0, 1} and all(np.min(one.residual(answer)) >= -TOLERANCE for one in constraints)


def _marks(rows: Numbers, size: int) -> csr_array:
    return csr_array((np.ones(len(rows)), (rows, np.arange(len(rows)))), shape=(size, len(rows)))


def _diagonal(values: Numbers | Points) -> csr_array:
    places = np.arange(len(values))
    return csr_array((values.astype(float), (places, places)), shape=(len(values), len(values)))


def _matched(pairs: Grid) -> Points:
    """What it is worth to match each mentee at all: one more mentee outweighs however many who come first."""
    return len(pairs.mentees) + 1 + np.array([mentee.first for mentee in pairs.mentees], float)


def _sum_matched(pairs: Grid, chosen: Numbers) -> float:
    return float(_matched(pairs)[chosen != NOBODY].sum())


def _assignment(pairs: Grid, limits: Limits, chosen: Numbers, on: date) -> Assignment:
    given = limits.given(chosen)
    matches = list(zip(pairs.mentees, chosen, strict=True))
    return Assignment(
        [score(pairs.mentors[column], mentee, on) for mentee, column in matches if column != NOBODY],
        {
            mentee.id: Reason(_why_nobody(allowed, limits.room, given), {"mentee": mentee.name})
            for (mentee, column), allowed in zip(matches, pairs.allowed, strict=True)
            if column == NOBODY
        },
        [mentor.id for mentor, kept in zip(pairs.mentors, (given == 0) & (limits.room > 0), strict=True) if kept],
    )


def _why_nobody(allowed: Marks, room: Numbers, given: Numbers) -> str:
    if not room.any():
        return sentence("No mentor has a place left.")
    if not allowed[room > 0].any():
        return sentence("No mentor who has a place left can be matched with {mentee}.")
    if allowed[room > given].any():
        return sentence("No group that {mentee} could be in would be large enough.")
    return sentence("The places of the mentors who could be matched with {mentee} went to others.")
