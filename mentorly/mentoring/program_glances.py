"""Programs in numbers, as far as a viewer sees them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.programs import Program
from mentorly.mentoring.proposals import Proposal
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.sights import is_matched, own_people, proposals, relationships


@dataclass(frozen=True)
class ProgramGlance:
    """A program in numbers, as far as the viewer sees it.

    mentors, mentees, leads: people. free: mentees without a mentor. waiting: proposals that may still be answered.
    active: relationships.
    """

    program: Program
    mentors: int
    mentees: int
    leads: int
    free: int
    waiting: int
    active: int


def program_glances(
    session: Session, viewer: Person, programs: Iterable[Program], now: datetime
) -> list[ProgramGlance]:
    """Each of some programs in numbers."""
    shown = {program.id: program for program in programs}
    roles, free = _people_by_role(session, viewer, shown), _free_mentees(session, viewer, shown)
    open_ = proposals(viewer).where(Proposal.is_open, ~Proposal.has_lapsed(now), Proposal.program_id.in_(shown))
    waiting = _by_program(session, open_, Proposal.program_id)
    active = relationships(viewer).where(Relationship.is_active, Relationship.program_id.in_(shown))
    together = _by_program(session, active, Relationship.program_id)
    return [
        ProgramGlance(
            program,
            *(roles.get((number, role), 0) for role in ("mentor", "mentee", "lead")),
            *(counts.get(number, 0) for counts in (free, waiting, together)),
        )
        for number, program in shown.items()
    ]


def _people_by_role(session: Session, viewer: Person, programs: Iterable[int]) -> dict[tuple[int, str], int]:
    counted = (
        select(Participation.program_id, Participation.role, func.count())
        .join(Participation.person)
        .where(Participation.program_id.in_(programs), Participation.left_at.is_(None), own_people(viewer))
        .group_by(Participation.program_id, Participation.role)
    )
    return {(program, role): count for program, role, count in session.execute(counted)}


def _free_mentees(session: Session, viewer: Person, programs: Iterable[int]) -> dict[int, int]:
    counted = (
        select(Participation.program_id, func.count())
        .join(Participation.person)
        .where(Participation.program_id.in_(programs), Participation.left_at.is_(None), own_people(viewer))
        .where(Participation.role == "mentee", ~is_matched(Participation.program_id, Participation.person_id))
        .group_by(Participation.program_id)
    )
    return dict(iter(session.execute(counted)))


def _by_program(session: Session, query: Select[Any], column: InstrumentedAttribute[int]) -> dict[int, int]:
    counted = query.order_by(None).with_only_columns(column, func.count()).group_by(column)
    return dict(iter(session.execute(counted)))
