"""Everybody against everybody: the scores of affinity.py for a whole program at once, and each mentee's best few."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from operator import and_, eq
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mentorly.mentoring.affinity import WEIGHTS, Candidate, Rule, Suggestion, by_folding, overlap, score

Points = NDArray[np.float64]
Marks = NDArray[np.bool_]


@dataclass(frozen=True)
class Grid:
    """Mentees are rows, those who come first above, then by id; mentors are columns, by id.

    points: what score() gives each pair. allowed: whether conflict() has nothing against it.
    """

    mentors: Sequence[Candidate]
    mentees: Sequence[Candidate]
    points: Points
    allowed: Marks


def grid(mentors: Iterable[Candidate], mentees: Iterable[Candidate], rule: Rule, on: date) -> Grid:
    """Score all pairs; the order of what comes in does not matter."""
    columns = sorted(mentors, key=lambda mentor: mentor.id)
    rows = sorted(mentees, key=lambda mentee: (not mentee.first, mentee.id))
    return Grid(columns, rows, _points(columns, rows, on), _allowed(columns, rows, rule))


def suggest(
    mentors: Iterable[Candidate], mentees: Iterable[Candidate], rule: Rule, on: date, most: int = 5
) -> dict[int, list[Suggestion]]:
    """Return each mentee's best mentors by the mentee's id: best first, equal ones by id; who comes first, first."""
    pairs = grid(mentors, mentees, rule, on)
    order = np.argsort(np.where(pairs.allowed, -pairs.points, np.inf), axis=1, kind="stable")[:, :most]
    return {
        mentee.id: [score(pairs.mentors[column], mentee, on) for column in best if allowed[column]]
        for mentee, best, allowed in zip(pairs.mentees, order, pairs.allowed, strict=True)
    }


def _points(mentors: Sequence[Candidate], mentees: Sequence[Candidate], on: date) -> Points:
    points = np.zeros((len(mentees), len(mentors)))
    for name, counts in _in_common(mentors, mentees, on):
        points += WEIGHTS[name].points * np.minimum(counts, WEIGHTS[name].most)
    return points


def _in_common(mentors: Sequence[Candidate], mentees: Sequence[Candidate], on: date) -> Iterator[tuple[str, Points]]:
    yield "skills", _shared([by_folding(one.wants) for one in mentees], [by_folding(one.skills) for one in mentors])
    yield "fields", _shared([by_folding(one.fields) for one in mentees], [by_folding(one.fields) for one in mentors])
    yield "language", _by_kind([one.language for one in mentees], [one.language for one in mentors], eq)
    hours = partial(overlap, on=on)
    yield "hours", _by_kind([one.timezone for one in mentees], [one.timezone for one in mentors], hours)
    needs = [one.needs_language_help for one in mentees]
    yield "help", _by_kind(needs, [one.helps_with_language for one in mentors], and_)
    yield "preferences", _shared([one.preference for one in mentees], [one.traits for one in mentors])
    yield "places", np.array([[one.places for one in mentors]], float)


def _allowed(mentors: Sequence[Candidate], mentees: Sequence[Candidate], rule: Rule) -> Marks:
    organizations = [one.organization_id for one in mentees], [one.organization_id for one in mentors]
    allowed = _by_kind(*organizations, rule.allows) > 0
    allowed[:, [column for column, mentor in enumerate(mentors) if not mentor.places]] = False
    _set_apart(allowed, mentees, mentors)
    _set_apart(allowed.T, mentors, mentees)
    return allowed


def _set_apart(allowed: Marks, people: Sequence[Candidate], others: Sequence[Candidate]) -> None:
    places = _positions([(other.id, other.address) for other in others])
    for row, person in enumerate(people):
        for who in person.apart_from:
            allowed[row, places.get(who, [])] = False


def _shared(rows: Sequence[Iterable[str]], columns: Sequence[Iterable[str]]) -> Points:
    counts = np.zeros((len(rows), len(columns)))
    places = _positions(columns)
    for word, having in _positions(rows).items():
        if word in places:
            counts[np.ix_(having, places[word])] += 1
    return counts


def _by_kind(rows: Sequence[Any], columns: Sequence[Any], of: Callable[[Any, Any], float]) -> Points:
    kinds = list(dict.fromkeys([*rows, *columns]))
    table = np.array([[of(kind, other) for other in kinds] for kind in kinds], float).reshape(len(kinds), len(kinds))
    code = {kind: number for number, kind in enumerate(kinds)}
    return table[np.ix_([code[kind] for kind in rows], [code[kind] for kind in columns])]


def _positions(people: Sequence[Iterable[Hashable]]) -> dict[Hashable, list[int]]:
    positions: dict[Hashable, list[int]] = {}
    for position, keys in enumerate(people):
        for key in keys:
            positions.setdefault(key, []).append(position)
    return positions
