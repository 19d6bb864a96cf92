"""What a viewer sees in lists: the answers of privacy.py as queries. A list is read one leaf at a time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Self, TypeVar

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased, contains_eager, selectinload
from sqlalchemy.sql import false

from mentorly.mentoring.calls import CallForHelp
from mentorly.mentoring.organizations import Organization
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.programs import Program
from mentorly.mentoring.proposals import Proposal
from mentorly.mentoring.relationships import Member, Relationship
from mentorly.mentoring.unreached import Unreached

ROWS = 50
Row = TypeVar("Row")


@dataclass(frozen=True)
class Leaf(Generic[Row]):
    """One page of a list. number: from 1. total: how many rows there are in all. size: how many rows a page holds."""

    rows: Sequence[Row]
    number: int
    total: int
    size: int = ROWS

    @classmethod
    def read(cls, session: Session, query: Select[Row], number: int, size: int = ROWS) -> Self:
        """Read one page of an ordered query; a number beyond the last page is the last page."""
        total = session.scalar(select(func.count()).select_from(query.order_by(None).options().subquery())) or 0
        number = _within(number, total, size)
        return cls(session.scalars(query.limit(size).offset((number - 1) * size)).unique().all(), number, total, size)

    @classmethod
    def cut(cls, rows: Sequence[Row], number: int, size: int = ROWS) -> Self:
        """Cut one page out of rows that are known."""
        number = _within(number, len(rows), size)
        return cls(rows[(number - 1) * size : number * size], number, len(rows), size)

    @property
    def pages(self) -> int:
        """How many pages there are; at least one."""
        return _pages(self.total, self.size)


def found(session: Session, query: Select[Row]) -> Row | None:
    """The one row of a query, or None."""
    return session.scalars(query).unique().one_or_none()


def _pages(total: int, size: int) -> int:
    return max(1, -(-total // size))


def _within(number: int, total: int, size: int) -> int:
    return min(max(1, number), _pages(total, size))


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
        query = query.where(_is_called(Person, sought))
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
        query = query.where(_is_called(Person, sought))
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


def calls() -> Select[CallForHelp]:
    """The calls for help, those that wait first, then the newest; for administrators alone (rules C6)."""
    shown = (CallForHelp.caller, CallForHelp.program, CallForHelp.contact, CallForHelp.settled_by)
    return (
        select(CallForHelp)
        .options(*map(selectinload, shown))
        .order_by(~CallForHelp.is_open, CallForHelp.called_at.desc(), CallForHelp.id.desc())
    )


def stranded(viewer: Person, now: datetime) -> Select[Proposal]:
    """Proposals that came back to the viewer, reserved or lapsed, and whose mentee is still without another."""
    later = aliased(Proposal)
    followed = exists().where(
        later.program_id == Proposal.program_id, later.mentee_id == Proposal.mentee_id, later.id > Proposal.id
    )
    return (
        select(Proposal)
        .where(Proposal.told_to_id == viewer.id, or_(Proposal.is_reserved, Proposal.has_lapsed(now)))
        .where(~followed, ~_is_matched(Proposal.program_id, Proposal.mentee_id))
        .options(selectinload(Proposal.program), selectinload(Proposal.mentor), selectinload(Proposal.mentee))
        .order_by(Proposal.id.desc())
    )


@dataclass(frozen=True)
class Glance:
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


def glances(session: Session, viewer: Person, programs: Iterable[Program], now: datetime) -> list[Glance]:
    """Each of some programs in numbers."""
    shown = {program.id: program for program in programs}
    roles, free = _people_by_role(session, viewer, shown), _free_mentees(session, viewer, shown)
    open_ = proposals(viewer).where(Proposal.is_open, ~Proposal.has_lapsed(now), Proposal.program_id.in_(shown))
    waiting = _by_program(session, open_, Proposal.program_id)
    active = relationships(viewer).where(Relationship.is_active, Relationship.program_id.in_(shown))
    together = _by_program(session, active, Relationship.program_id)
    return [
        Glance(
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
        .where(Participation.program_id.in_(programs), Participation.left_at.is_(None), _own_people(viewer))
        .group_by(Participation.program_id, Participation.role)
    )
    return {(program, role): count for program, role, count in session.execute(counted)}


def _free_mentees(session: Session, viewer: Person, programs: Iterable[int]) -> dict[int, int]:
    counted = (
        select(Participation.program_id, func.count())
        .join(Participation.person)
        .where(Participation.program_id.in_(programs), Participation.left_at.is_(None), _own_people(viewer))
        .where(Participation.role == "mentee", ~_is_matched(Participation.program_id, Participation.person_id))
        .group_by(Participation.program_id)
    )
    return dict(iter(session.execute(counted)))


def _by_program(session: Session, query: Select[Any], column: InstrumentedAttribute[int]) -> dict[int, int]:
    counted = query.order_by(None).with_only_columns(column, func.count()).group_by(column)
    return dict(iter(session.execute(counted)))


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


def _own_people(viewer: Person) -> ColumnElement[bool]:
    return true() if viewer.is_administrator else _leads(viewer, Participation.program_id, Person.organization_id)


def _has_member(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    member = select(Member.id).join(Person, Member.person_id == Person.id)
    return member.where(Member.relationship_id == Relationship.id, Member.is_present, condition).exists()


def _is_matched(program: Any, mentee: Any) -> ColumnElement[bool]:
    """The SQL twin of proposals.is_matched."""
    together, member = aliased(Relationship), aliased(Member)
    return (
        select(member.id)
        .join(together, member.relationship_id == together.id)
        .where(together.program_id == program, member.person_id == mentee)
        .where(together.is_active, member.is_matched_mentee)
        .exists()
    )


def _is_called(person: Any, sought: str) -> ColumnElement[bool]:
    return or_(_called(person.name, sought), _called(person.email, sought))


def _called(column: Any, sought: str) -> ColumnElement[bool]:
    named: ColumnElement[bool] = column.icontains(sought, autoescape=True)
    return named


def everybody(sought: str = "") -> Select[Person]:
    """Everybody, by organization and name; for the playground alone, which keeps nothing from anybody."""
    query = (
        select(Person)
        .outerjoin(Person.organization)
        .where(Person.erased_at.is_(None))
        .options(selectinload(Person.organization), selectinload(Person.participations))
        .order_by(Organization.name.is_not(None), Organization.name, Organization.id, Person.name, Person.id)
    )
    return query.where(_is_called(Person, sought)) if sought else query


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
