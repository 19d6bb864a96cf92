"""Who the project leads over a relationship are, as mails ask for them (rules C3, C4)."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, literal_column
from sqlalchemy.orm import aliased

from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.relationships import Member, Relationship

Inside = aliased(Member)
Mentee = aliased(Member)
MenteeThemself = aliased(Person)

IS_LEAD: ColumnElement[bool] = and_(
    Participation.program_id == Relationship.program_id,
    Participation.role == literal_column("'lead'"),
    Participation.left_at.is_(None),
    exists().where(
        Mentee.relationship_id == Relationship.id,
        Mentee.left_at.is_(None),
        Mentee.is_mentee,
        MenteeThemself.id == Mentee.person_id,
        MenteeThemself.organization_id == Participation.organization_id,
    ),
    ~exists().where(
        Inside.relationship_id == Relationship.id, Inside.person_id == Participation.person_id, Inside.left_at.is_(None)
    ),
)
LEADS: tuple[Any, ColumnElement[bool]] = (Participation, IS_LEAD)
