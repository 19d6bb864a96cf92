"""The figures that are never suppressed, counted by the database: states, dates, meetings, tasks.

Each takes a Scope and gives numbers by the name of the row. They ask as many questions however many rows there are.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Float, Subquery, and_, case, func, literal_column, or_, select, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from mentorly.mentoring.objectives import Objective
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.programs import Program, months_later
from mentorly.mentoring.relationships import Member, Relationship
from mentorly.mentoring.sessions import SessionLog
from mentorly.mentoring.tasks import Task

MONTHS = 24
SOON, ENOUGH = 14, 3
WEEK, FORTNIGHT, MONTH = 7, 14, 28
MENTEE: ColumnElement[str] = literal_column("'mentee'")
Counts = Counter[str]
ROOM_TO_COUNT = text("SET LOCAL work_mem = '64MB'")


class days_between(FunctionElement[float]):  # noqa: N801 - it stands in SQL, where functions are lower case
    """How many days lie between two moments, the later one first."""

    type = Float()
    inherit_cache = True


@compiles(days_between)
def _days_between(element: days_between, compiler: SQLCompiler, **options: Any) -> str:
    later, earlier = (compiler.process(clause, **options) for clause in element.clauses)
    return f"(EXTRACT(EPOCH FROM ({later} - {earlier})) / 86400.0)"


@compiles(days_between, "sqlite")
def _days_between_sqlite(element: days_between, compiler: SQLCompiler, **options: Any) -> str:
    later, earlier = (compiler.process(clause, **options) for clause in element.clauses)
    return f"(julianday({later}) - julianday({earlier}))"


@dataclass(frozen=True)
class Scope:
    """Whose figures: a program as a whole, or the people of one organization in it. now: as of when."""

    program: Program
    organization_id: int | None
    now: datetime

    @property
    def session(self) -> Session:
        """Where its rows are."""
        return self.program.session

    @property
    def zone(self) -> ZoneInfo:
        """The program's own."""
        return ZoneInfo(self.program.timezone)

    def has(self, organization: Any) -> ColumnElement[bool]:
        """Whether a column names the organization."""
        named: ColumnElement[bool] = organization == self.organization_id
        return named

    def relationships(self) -> Subquery:
        """The relationships with a mentee of the organization; a match that was undone is none."""
        member = select(Member.id).where(
            Member.relationship_id == Relationship.id, Member.left_at.is_(None), Member.matched_as == MENTEE
        )
        if self.organization_id is not None:
            member = member.join(Person, Member.person_id == Person.id).where(self.has(Person.organization_id))
        columns = (Relationship.id, Relationship.began_at, Relationship.ended_at, Relationship.ended_early)
        query = select(*columns, Relationship.ends_on).where(Relationship.program_id == self.program.id)
        return query.where(member.exists()).subquery()

    def owners(self) -> Subquery:
        """The relationships to which sessions and tasks may belong: one that was undone before it was told has none."""
        if self.organization_id is not None:
            return self.relationships()
        return select(Relationship.id).where(Relationship.program_id == self.program.id).subquery()


def make_room(session: Session) -> None:
    """Let PostgreSQL count in memory until the transaction ends: 100,000 groups do not fit into its usual 4 MB."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(ROOM_TO_COUNT)


def people_and_times(scope: Scope) -> tuple[Counts, Counts]:
    """People by role and state, and mentees by how long they waited for their first relationship; one question."""
    as_mentee = Participation.role == MENTEE
    is_mentee = Member.matched_as == MENTEE
    is_now = and_(Relationship.ended_at.is_(None), Member.left_at.is_(None))
    kept = (
        select(Member.person_id, is_mentee.label("is_mentee"), func.min(Member.joined_at).label("at"))
        .add_columns(func.count(case((is_now, 1))).label("now"))
        .join(Relationship, Member.relationship_id == Relationship.id)
        .where(Relationship.program_id == scope.program.id)
        .group_by(Member.person_id, is_mentee)
    )
    if scope.organization_id is not None:
        kept = kept.join(Person, Member.person_id == Person.id).where(scope.has(Person.organization_id))
    own = kept.subquery()
    state = case(
        (Participation.left_at.is_not(None), "left"), (own.c.now > 0, "matched"), (own.c.at.is_not(None), "done"),
        else_="waiting",
    )  # fmt: skip
    waited = days_between(own.c.at, Participation.joined_at)
    time_ = case(
        (own.c.at.is_(None), "waiting"), (waited <= WEEK, "week"), (waited <= FORTNIGHT, "fortnight"),
        (waited <= MONTH, "month"), else_="longer",
    )  # fmt: skip
    query = (
        select(Participation.role, state, time_, func.count())
        .outerjoin(own, and_(own.c.person_id == Participation.person_id, own.c.is_mentee == as_mentee))
        .where(Participation.program_id == scope.program.id, Participation.role.in_(("mentor", "mentee")))
        .group_by(Participation.role, state, time_)
    )
    if scope.organization_id is not None:
        query = query.join(Person, Participation.person_id == Person.id).where(scope.has(Person.organization_id))
    states: Counts = Counter()
    times: Counts = Counter()
    for role, known, when, number in scope.session.execute(query):
        states[f"{role}_{known}"] += number
        times[when] += number if role == "mentee" else 0
    return states, times


def months(scope: Scope) -> list[date]:
    """The first days of the months of the program until now, at most the last 24, oldest first."""
    program = scope.program
    last = min(scope.now.astimezone(scope.zone).date(), program.ends_on).replace(day=1)
    first = program.starts_on.replace(day=1)
    until = (last.year - first.year) * 12 + last.month - first.month
    return [months_later(first, number) for number in range(max(0, until - MONTHS + 1), until + 1)]


def meetings(scope: Scope) -> dict[date, tuple[int, int]]:
    """Sessions held and planned for, by month."""
    known = months(scope)
    if not known:
        return {}
    begins = [_midnight(day, scope.zone) for day in (*known, months_later(known[-1], 1))]
    own = scope.relationships()
    month = case(*((SessionLog.began_at >= begins[at], at) for at in reversed(range(len(known)))))
    owners = scope.owners()
    held = (
        select(month, func.count())
        .join(owners, SessionLog.relationship_id == owners.c.id)
        .where(SessionLog.stands, SessionLog.began_at >= begins[0], SessionLog.began_at < begins[-1])
        .group_by(month)
    )
    found: dict[int, int] = dict(iter(scope.session.execute(held)))
    lasting = scope.session.execute(select(*(_lasting(own, *ends) for ends in pairwise(begins))))
    rate = scope.program.meetings / _length(scope.program)
    return {
        day: (found.get(at, 0), round(number * rate))
        for at, (day, number) in enumerate(zip(known, lasting.one(), strict=True))
    }


def _lasting(own: Subquery, low: datetime, high: datetime) -> ColumnElement[int]:
    """How many relationships lasted into the time between two moments."""
    lasts = or_(own.c.ended_at > low, and_(own.c.ended_at.is_(None), own.c.ends_on >= low.date()))
    return func.count(case((and_(own.c.began_at < high, lasts), 1)))


def _length(program: Program) -> int:
    first, last = program.starts_on, program.ends_on
    return max(1, (last.year - first.year) * 12 + last.month - first.month)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def relationships_and_matches(scope: Scope) -> tuple[Counts, Counts, Counts]:
    """Relationships by state, by when they first met, and by whether they were suitable; one question for all."""
    own = scope.relationships()
    owners = scope.owners()
    kept = select(SessionLog.relationship_id, func.count().label("held"), func.min(SessionLog.began_at).label("first"))
    kept = kept.join(owners, SessionLog.relationship_id == owners.c.id).where(SessionLog.stands)
    logs = kept.group_by(SessionLog.relationship_id).subquery()
    state = case((own.c.ended_at.is_(None), "active"), (own.c.ended_early, "early"), else_="completed")
    waited = days_between(func.coalesce(logs.c.first, scope.now), own.c.began_at)
    met = case(
        (and_(logs.c.first.is_not(None), waited <= SOON), "soon"), (logs.c.first.is_not(None), "later"),
        (waited < SOON, "time"), else_="none",
    )  # fmt: skip
    is_completed = and_(own.c.ended_at.is_not(None), ~own.c.ended_early)
    suits = case(
        (or_(func.coalesce(logs.c.held, 0) >= ENOUGH, is_completed), "suitable"),
        (own.c.ended_early, "unsuitable"), else_="early",
    )  # fmt: skip
    query = select(state, met, suits, func.count()).outerjoin_from(own, logs, logs.c.relationship_id == own.c.id)
    found: tuple[Counts, Counts, Counts] = (Counter(), Counter(), Counter())
    for *names, number in scope.session.execute(query.group_by(state, met, suits)):
        for counts, name in zip(found, names, strict=True):
            counts[name] += number
    return found


def tasks(scope: Scope) -> Counts:
    """Tasks complete and incomplete, counted as for each relationship (counts.tasks_in)."""
    own = scope.owners()
    query = (
        select(func.count(case((Task.is_complete, 1))), func.count(case((and_(Task.is_open, Objective.is_open), 1))))
        .select_from(Task)
        .join(Objective, Task.objective_id == Objective.id)
        .join(own, Objective.relationship_id == own.c.id)
    )
    complete, incomplete = scope.session.execute(query).one()
    return Counter(complete=complete, incomplete=incomplete)


def repeat(scope: Scope) -> Counts:
    """Mentors of the whole program who had been mentor, or mentee, in a relationship that ended or began before."""
    here = and_(Relationship.program_id == scope.program.id, Member.matched_as == "mentor")
    own = func.max(case((here, Relationship.began_at)))
    as_mentor = func.min(case((Member.matched_as == "mentor", Relationship.ended_at)))
    as_mentee = func.min(case((Member.matched_as == MENTEE, Relationship.began_at)))
    each = (
        select(own.label("own"), as_mentor.label("as_mentor"), as_mentee.label("as_mentee"))
        .select_from(Member)
        .join(Relationship, Member.relationship_id == Relationship.id)
        .group_by(Member.person_id)
        .having(own.is_not(None))
        .subquery()
    )
    again, grown = (func.count(case((before < each.c.own, 1))) for before in (each.c.as_mentor, each.c.as_mentee))
    numbers = scope.session.execute(select(again, grown, func.count()).select_from(each)).one()
    return Counter(dict(zip(("again", "grown", "all"), numbers, strict=True)))
