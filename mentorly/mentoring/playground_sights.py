"""What the playground sees, which keeps nothing from anybody: everybody, and what they were sent last."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from mentorly.mentoring.organizations import Organization
from mentorly.mentoring.people import Person
from mentorly.mentoring.proposals import Proposal
from mentorly.mentoring.sights import is_called


def everybody(sought: str = "") -> Select[Person]:
    """Everybody, by organization and name."""
    query = (
        select(Person)
        .outerjoin(Person.organization)
        .where(Person.erased_at.is_(None))
        .options(selectinload(Person.organization), selectinload(Person.participations))
        .order_by(Organization.name.is_not(None), Organization.name, Organization.id, Person.name, Person.id)
    )
    return query.where(is_called(Person, sought)) if sought else query


def of_addresses(session: Session, addresses: Iterable[str]) -> dict[str, Person]:
    """The people who have these addresses, by address."""
    found = session.scalars(select(Person).where(Person.email.in_(set(addresses))))
    return {person.email: person for person in found}


def first_asked(session: Session, now: datetime, *, lapsed: bool) -> Proposal | None:
    """The oldest proposal whose mentor was asked: one that may still be answered, or one that lapsed."""
    people = (selectinload(Proposal.mentor), selectinload(Proposal.mentee), selectinload(Proposal.told_to))
    query = select(Proposal).where(Proposal.is_open, Proposal.asked_at.is_not(None)).options(*people)
    late = Proposal.has_lapsed(now)
    return session.scalar(query.where(late if lapsed else ~late).order_by(Proposal.id).limit(1))
