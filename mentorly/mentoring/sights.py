"""What a viewer sees in lists: the answers of privacy.py as queries."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select, true
from sqlalchemy.orm import Session, aliased, contains_eager, selectinload
from sqlalchemy.sql import false

from mentorly.mentoring.organizations import Organization
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.programs import Program
from mentorly.mentoring.proposals import Proposal
from mentorly.mentoring.relationships import Member, Relationship
from mentorly.mentoring.unreached import Unreached

Row = TypeVar("Row")


def found(session: Session, query: Select[Row]) -> Row | None:
    """The one row of a query, or None."""
    return session.scalars(query).unique().one_or_none()


def programs(viewer: Person) -> Select[Program]:
    """The programs that a viewer runs, newest first: all of them, or those in which they lead an organization."""
    query = select(Program).order_by(Program.starts_on.desc(), Program.id.desc())
    return query if viewer.is_administrator else query.where(Program.id.in_({program for program, _ in _led(viewer)}))


def people(viewer: Person, sought: str = "") -> Select[Person]:
    """The people whom a viewer may see (privacy.may_see_person), by name. sought: a part of a name or address."""
    query = select(Person).options(
        selectinload(Person.organization), selectinload(Person.participations).selectinload(Participation.program)
    )
    query = query.where(Person.erased_at.is_(None))
    if not viewer.is_administrator:
        query = query.where(Person.organization_id.in_(viewer.led_organizations()))
    if sought:
        query = query.where(is_called(Person, sought))
    return query.order_by(Person.name, Person.id)


def erased(number: int) -> Select[Person]:
    """The person of a number, if what was known of them was erased; for administrators alone."""
    return select(Person).where(Person.id == number, Person.erased_at.is_not(None))


def unreached(viewer: Person) -> Select[Unreached]:
    """The people of a viewer whom mails do not reach, and why; the newest first."""
    query = select(Unreached).join(Unreached.person).where(Unreached.stands)
    if not viewer.is_administrator:
        query = query.where(Person.organization_id.in_(viewer.led_organizations()))
    people = contains_eager(Unreached.person).selectinload(Person.organization)
    return query.options(people).order_by(Unreached.since.desc(), Unreached.id.desc())


def participants(viewer: Person, program: Program, role: str, sought: str = "") -> Select[Participation]:
    """Who takes part in a program in a role, by name; a lead sees the own organization's people."""
    query = (
        select(Participation)
        .join(Participation.person)
        .where(Participation.program_id == program.id, Participation.role == role, Participation.left_at.is_(None))
        .options(selectinload(Participation.person).selectinload(Person.organization))
        .options(selectinload(Participation.person).selectinload(Person.participations))
    )
    if not viewer.is_administrator:
        query = query.where(Person.organization_id.in_(viewer.led_organizations(program)))
    if sought:
        query = query.where(is_called(Person, sought))
    return query.order_by(Person.name, Person.id)


def relationships(viewer: Person, sought: str = "") -> Select[Relationship]:
    """The relationships that a viewer may know of (privacy.may_see), newest first. One that was undone is none."""
    members = selectinload(Relationship.members).selectinload(Member.person)
    query = select(Relationship).options(selectinload(Relationship.program), members.selectinload(Person.organization))
    query = query.where(_has_member(Member.matched_as == "mentee"))
    if not viewer.is_administrator:
        own = _leads(viewer, Relationship.program_id, Person.organization_id)
        query = query.where(_has_member(or_(own, Member.person_id == viewer.id)))
    if sought:
        query = query.where(_has_member(Person.name.icontains(sought, autoescape=True)))
    return query.order_by(Relationship.began_at.desc(), Relationship.id.desc())


def relationships_of(person: Person, viewer: Person) -> Select[Relationship]:
    """Those of one person."""
    return relationships(viewer).where(_has_member(Member.person_id == person.id))


def proposals(viewer: Person, sought: str = "") -> Select[Proposal]:
    """The proposals that a viewer may know of, newest first; nobody sees their own before it is accepted (rules C9)."""
    mentor, mentee = aliased(Person), aliased(Person)
    people = [selectinload(Proposal.mentor), selectinload(Proposal.mentee)]
    query = (
        select(Proposal)
        .join(mentor, Proposal.mentor_id == mentor.id)
        .join(mentee, Proposal.mentee_id == mentee.id)
        .options(selectinload(Proposal.program), *(person.selectinload(Person.organization) for person in people))
    )
    own = or_(Proposal.proposed_by_id == viewer.id, Proposal.told_to_id == viewer.id)
    seen = true() if viewer.is_administrator else _leads(viewer, Proposal.program_id, mentee.organization_id)
    query = query.where(or_(own, and_(seen, Proposal.mentee_id != viewer.id)))
    if sought:
        query = query.where(or_(*(_called(one.name, sought) for one in (mentor, mentee))))
    return query.order_by(Proposal.id.desc())


def stranded(viewer: Person, now: datetime) -> Select[Proposal]:
    """Proposals that came back to the viewer, reserved or lapsed, and whose mentee is still without another."""
    later = aliased(Proposal)
    followed = exists().where(
        later.program_id == Proposal.program_id, later.mentee_id == Proposal.mentee_id, later.id > Proposal.id
    )
    return (
        select(Proposal)
        .where(Proposal.told_to_id == viewer.id, or_(Proposal.is_reserved, Proposal.has_lapsed(now)))
        .where(~followed, ~is_matched(Proposal.program_id, Proposal.mentee_id))
        .options(selectinload(Proposal.program), selectinload(Proposal.mentor), selectinload(Proposal.mentee))
        .order_by(Proposal.id.desc())
    )


def organization_names(session: Session, viewer: Person, most: int = 200) -> Sequence[str]:
    """The names of the organizations whose people a viewer may register."""
    query = select(Organization.name).order_by(Organization.name).limit(most)
    if not viewer.is_administrator:
        query = query.where(Organization.id.in_(viewer.led_organizations()))
    return session.scalars(query).all()


def administrators(session: Session) -> Sequence[Person]:
    """Everybody who runs the whole service, by name."""
    return session.scalars(select(Person).where(Person.is_administrator).order_by(Person.name, Person.id)).all()


def _led(viewer: Person) -> list[tuple[int, int]]:
    """The program and the organization of each leading role."""
    return [
        (part.program_id, part.organization_id)
        for part in viewer.participations
        if part.role == "lead" and part.left_at is None and part.organization_id is not None
    ]


def _leads(viewer: Person, program: Any, organization: Any) -> ColumnElement[bool]:
    return or_(false(), *(and_(program == number, organization == led) for number, led in _led(viewer)))


def own_people(viewer: Person) -> ColumnElement[bool]:
    """Whose participation a viewer may know of: everybody's, or that of people whom they lead in its program."""
    return true() if viewer.is_administrator else _leads(viewer, Participation.program_id, Person.organization_id)


def _has_member(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    member = select(Member.id).join(Person, Member.person_id == Person.id)
    return member.where(Member.relationship_id == Relationship.id, Member.is_present, condition).exists()


def is_matched(program: Any, mentee: Any) -> ColumnElement[bool]:
    """The SQL twin of proposals.is_matched."""
    together, member = aliased(Relationship), aliased(Member)
    return (
        select(member.id)
        .join(together, member.relationship_id == together.id)
        .where(together.program_id == program, member.person_id == mentee)
        .where(together.is_active, member.is_matched_mentee)
        .exists()
    )


def is_called(person: Any, sought: str) -> ColumnElement[bool]:
    """Whether a part of somebody's name or address was sought."""
    return or_(_called(person.name, sought), _called(person.email, sought))


def _called(column: Any, sought: str) -> ColumnElement[bool]:
    named: ColumnElement[bool] = column.icontains(sought, autoescape=True)
    return named
