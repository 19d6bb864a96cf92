"""Figures: what leads and administrators are told about a program, each with a sentence that says what it counts.

Some are of what the table shows of each relationship anyway: they are counted when they are looked at, and suppressed
never. The others (private) are of what people typed, answered or raised: they are read from releases, which
small_groups.py lets be made. A lead sees the figures of an organization; what is told of no organization by itself, or
of too small a one, is that of the whole program, and says so. There are no filters.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Select, select

from mentorly.mentoring import counting
from mentorly.mentoring.counting import Scope
from mentorly.mentoring.figure_tables import Audience, Definition, Figure, Row, definitions
from mentorly.mentoring.organizations import Organization
from mentorly.mentoring.people import Person
from mentorly.mentoring.programs import Program
from mentorly.mentoring.released_figures import RELEASED
from mentorly.mentoring.releases import Known, is_done, last_of, release
from mentorly.mentoring.tallies import tallied

ANSWERED_AFTERWARDS = timedelta(days=500)


def scopes(viewer: Person, program: Program) -> list[Organization | None]:
    """Of what a viewer is shown figures: the program as a whole (None), or the organizations that they lead in it."""
    if viewer.is_administrator:
        return [None]
    led = viewer.led_organizations(program)
    query = select(Organization).where(Organization.id.in_(led)).order_by(Organization.folded_name, Organization.id)
    return list(program.session.scalars(query))


def audience(viewer: Person) -> Audience:
    """As whom a viewer of `scopes` is told figures."""
    return Audience.ADMINISTRATORS if viewer.is_administrator else Audience.LEADS


def figures(program: Program, organization: Organization | None, to: Audience, now: datetime) -> list[Figure]:
    """All figures of a program that somebody is told, or of an organization in it, in their order."""
    scope = Scope(program, organization.id if organization else None, now)
    known = last_of(program)
    states, first, matches = counting.relationships_and_matches(scope)
    counting.make_room(program.session)
    people, times = counting.people_and_times(scope)
    plain = {
        "people": people, "relationships": states, "first_meeting": first, "matches": matches, "time_to_match": times,
        "tasks": counting.tasks(scope), "repeat": counting.repeat(scope),
    }  # fmt: skip
    made = [_made(one, scope, known, plain.get(one.name)) for one in definitions().values() if to in one.told]
    return [figure.for_outside() for figure in made] if to is Audience.SPONSORS else made


def running(now: datetime) -> Select[int]:
    """The programs of which somebody may still answer something: follow-ups come until a year after the end."""
    return select(Program.id).where(Program.ends_on > (now - ANSWERED_AFTERWARDS).date()).order_by(Program.id)


def release_figures(program: Program, now: datetime) -> int:
    """Release what may be told of a program's people anew, once a month; returns how many releases were made."""
    if is_done(program, now):
        return 0
    measures, found = tallied(program)
    return release(program, measures, found, now)


def _made(definition: Definition, scope: Scope, known: Known, counts: Mapping[str, int] | None) -> Figure:
    if counts is not None:
        return _counted(definition, scope, counts)
    if definition.name == "meetings":
        return _meetings(definition, scope)
    return RELEASED[definition.name](definition, scope, known)


def _counted(definition: Definition, scope: Scope, counts: Mapping[str, int]) -> Figure:
    whole = definition.whole and scope.organization_id is not None
    named = definition.rows.items()
    return Figure(definition, [Row(label, {"number": counts.get(name, 0)}, is_whole=whole) for name, label in named])


def _meetings(definition: Definition, scope: Scope) -> Figure:
    by_month = counting.meetings(scope)
    return Figure(definition, [Row({}, {"held": held, "plan": plan}, day) for day, (held, plan) in by_month.items()])
