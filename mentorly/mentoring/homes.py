"""What a person finds on their own page: their relationships, and what waits for their answer."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.proposals import Proposal
from mentorly.mentoring.relationships import Member, Relationship


def relationships_of(person: Person) -> Sequence[Relationship]:
    """The relationships that a person is in, active ones first, then the latest; read with all their members."""
    return person.session.scalars(
        select(Relationship)
        .join(Member)
        .where(Member.person_id == person.id, Member.is_present)
        .options(
            joinedload(Relationship.program),
            selectinload(Relationship.members).joinedload(Member.person).joinedload(Person.organization),
            selectinload(Relationship.members).joinedload(Member.person).selectinload(Person.participations),
        )
        .order_by(Relationship.ended_at.is_not(None), Relationship.began_at.desc(), Relationship.id.desc())
    ).all()


def proposals_to(mentor: Person, now: datetime) -> Sequence[Proposal]:
    """The proposals that wait for a mentor's answer, the oldest first."""
    return mentor.session.scalars(
        select(Proposal)
        .where(Proposal.mentor_id == mentor.id, Proposal.is_open, ~Proposal.has_lapsed(now))
        .options(
            joinedload(Proposal.program),
            joinedload(Proposal.mentee).joinedload(Person.organization),
            joinedload(Proposal.mentee).selectinload(Person.participations),
        )
        .order_by(Proposal.proposed_at, Proposal.id)
    ).all()


def leads_over(person: Person) -> Sequence[Person]:
    """The active project leads of a person's organization but themself, by name."""
    leading = select(Participation.person_id).where(
        Participation.role == "lead",
        Participation.left_at.is_(None),
        Participation.organization_id == person.organization_id,
        Participation.person_id != person.id,
    )
    return person.session.scalars(select(Person).where(Person.id.in_(leading)).order_by(Person.name)).all()
