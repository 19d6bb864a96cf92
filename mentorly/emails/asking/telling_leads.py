"""Who the project leads are who hear about somebody in a relationship, as mails ask for them (rules C3, C4)."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, literal_column, or_
from sqlalchemy.orm import InstrumentedAttribute, aliased

from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.relationships import Member, Relationship

Inside = aliased(Member)
Own = aliased(Member)
Mentee = aliased(Member)
MenteeThemself = aliased(Person)

IS_LED: ColumnElement[bool] = and_(
    Mentee.relationship_id == Relationship.id,
    Mentee.left_at.is_(None),
    Mentee.is_mentee,
    MenteeThemself.id == Mentee.person_id,
    MenteeThemself.organization_id == Participation.organization_id,
)


IS_INSIDE: ColumnElement[bool] = exists().where(
    Inside.relationship_id == Relationship.id, Inside.person_id == Participation.person_id, Inside.left_at.is_(None)
)
LEADS: ColumnElement[bool] = and_(
    Participation.program_id == Relationship.program_id,
    Participation.role == literal_column("'lead'"),
    Participation.left_at.is_(None),
    ~IS_INSIDE,
)
OVER_IT: ColumnElement[bool] = and_(LEADS, exists().where(IS_LED))


def leads_about(person: InstrumentedAttribute[int]) -> tuple[Any, ColumnElement[bool]]:
    """The leads of a mentee's own organization alone; about a mentor, those of each mentee's. Nobody who is in it."""
    is_mentee = exists().where(
        Own.relationship_id == Relationship.id, Own.person_id == person, Own.left_at.is_(None), Own.is_mentee
    )
    own = or_(exists().where(IS_LED, Mentee.person_id == person), and_(~is_mentee, exists().where(IS_LED)))
    return Participation, and_(LEADS, own)
