"""Which administrator looks after a relationship: the contact of its program, or else all; nobody in it (rules C4)."""

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Member, Relationship


def looks_after(together: Relationship) -> Person | None:
    """The contact of the program, if that is an administrator who is not in the relationship; None: all such are."""
    contact_id = together.program.contact_id
    contact = together.session.get(Person, contact_id) if contact_id else None
    return contact if contact and contact.is_administrator and not together.member(contact) else None


def administrators_over(together: Relationship) -> list[Person]:
    """The administrators who are not in a relationship."""
    known = together.session.scalars(select(Person).where(Person.is_administrator).order_by(Person.id))
    return [person for person in known if not together.member(person)]


def who_to_ask(together: Relationship) -> Person | None:
    """The one administrator who is named to somebody who asks; None if there is none."""
    return looks_after(together) or next(iter(administrators_over(together)), None)


def told_administrators(
    contact: InstrumentedAttribute[int | None], relationship: InstrumentedAttribute[int]
) -> ColumnElement[bool]:
    """Whom of all persons a thing is told: its contact, or else every administrator who is not in its relationship."""
    inside = exists().where(
        Member.relationship_id == relationship, Member.person_id == Person.id, Member.left_at.is_(None)
    )
    return and_(Person.is_administrator, ~inside, or_(contact == Person.id, contact.is_(None)))
