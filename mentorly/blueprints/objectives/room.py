"""The room of the objectives: its blueprint, and whose objectives a page is about."""

from collections.abc import Callable
from typing import TypeVar

from flask import Blueprint, abort, request

from mentorly.blueprints.guard import me
from mentorly.blueprints.meetings.room import LARGEST_NUMBER
from mentorly.mentoring import own_objectives
from mentorly.mentoring.notes import Note
from mentorly.mentoring.objectives import Objective, mentees_for, sharers
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.tasks import Task

Row = TypeVar("Row")

blueprint = Blueprint("objectives", __name__)


def whose(together: Relationship) -> Person:
    """Whose objectives are meant: one's own, or those of the mentee who was chosen; a page that says so if nobody's."""
    seen = mentees_for(me(), together)
    chosen = request.args.get("whose", "")
    return next((mentee for mentee in seen if str(mentee.id) == chosen), None) or _first(seen, chosen)


def others_of(together: Relationship, mentee: Person) -> list[Person]:
    """Who sees what one writes there, besides oneself."""
    return [person for person in sharers(together, mentee) if person.id != me().id]


def own_objective(number: int, *, to_change: bool = False) -> Objective:
    """An objective that one sees; a page that says "not here" if there is none."""
    return _here(own_objectives.objective_of, number, to_change=to_change)


def own_task(number: int, *, to_change: bool = False) -> Task:
    """A task that one sees."""
    return _here(own_objectives.task_of, number, to_change=to_change)


def own_note(number: int, *, to_change: bool = False) -> Note:
    """A note that one may read."""
    return _here(own_objectives.note_of, number, to_change=to_change)


def _first(seen: list[Person], chosen: str) -> Person:
    if chosen or not seen:
        abort(404)
    return seen[0]


def _here(find: Callable[..., Row | None], number: int, *, to_change: bool) -> Row:
    found = find(me(), number if number <= LARGEST_NUMBER else 0, to_change=to_change)
    if found is None:
        abort(404)
    return found
