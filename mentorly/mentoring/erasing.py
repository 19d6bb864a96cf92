"""Erasing what is known of a person: their words go, their row stays without a trace of who it was (rules C12)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, update
from sqlalchemy.orm import Session

from mentorly.mentoring.asked import Asked
from mentorly.mentoring.base import HOLD, Refused
from mentorly.mentoring.calls import CallForHelp
from mentorly.mentoring.concerns import Concern
from mentorly.mentoring.meetings import Attendance, Meeting
from mentorly.mentoring.objectives import Objective
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.planning import depart
from mentorly.mentoring.programs import Program
from mentorly.mentoring.proposals import Proposal
from mentorly.mentoring.relationships import Member, Relationship
from mentorly.mentoring.reports import ReportRecipient
from mentorly.mentoring.suppressions import Suppression
from mentorly.mentoring.tasks import Task
from mentorly.mentoring.typed import TYPED
from mentorly.mentoring.unheard import Unheard

# RFC 2606: no mail ever arrives in this domain.
NOWHERE = "erased-{number}@erased.invalid"
ZONE = "America/Toronto"


class Consequences(NamedTuple):
    """What erasing somebody would do.

    relationships: active ones that they are in. meetings: to come. proposals: that wait for an answer. led: names of
    the organizations of which they are the only project lead, each with its program's.
    """

    relationships: int
    meetings: int
    proposals: int
    led: Sequence[tuple[str, str]]


def check_erasable(person: Person, by: Person | None) -> None:
    """Refuse to erase a person. by: None is the terminal."""
    if by is not None and by.id != person.id and not by.is_administrator:
        raise Refused("Only an administrator, or the person themself, erases what is held about a person.")
    if person.erased_at is not None:
        raise Refused("What was held about this person has been erased already.")
    if person.is_administrator:
        others = select(Person.id).where(Person.is_administrator, Person.id != person.id)
        if person.session.scalar(others.limit(1)) is None:
            raise Refused("The last administrator cannot be erased. Make somebody else an administrator first.")


def check_confirmed(person: Person, typed: str) -> None:
    """Refuse to erase a person whose address was not typed."""
    if typed.strip().lower() != person.email:
        raise Refused("This is not their address, so nothing was erased. Type {email} to confirm.", email=person.email)


def consequences_for(person: Person, now: datetime) -> Consequences:
    """What erasing a person would do now."""
    session = person.session
    meetings = select(Meeting.id).join(Attendance).where(Attendance.person_id == person.id, Attendance.is_present)
    return Consequences(
        _count(session, _active(person)),
        _count(session, meetings.where(Meeting.is_planned, Meeting.starts_at > now)),
        _count(session, _waiting(person)),
        _led_alone(person),
    )


def erase(person: Person, by: Person | None, now: datetime) -> None:
    """Erase what is known of a person: the mails to and from them excepted. by: None is the terminal. Raises Refused.

    What they are in ends or goes on without them, and who is told of that hears it as of any other end.
    """
    _hold(person)
    check_erasable(person, by)
    _leave(person, now)
    _hand_over(person)
    person.session.flush()
    for words in TYPED:
        words.erase(person.session, person.id)
    Suppression.keep_mark(person, now)
    _blot_out(person, now)
    person.session.flush()
    person.session.expire_all()


def _hold(person: Person) -> None:
    """Hold what waits for the person and then the person, as who accepts a match does.

    Of administrators all are held, or two who go at once would leave none.
    """
    session = person.session
    which = Person.is_administrator if person.is_administrator else Person.id == person.id
    for held in (
        select(Proposal.id).where(Proposal.id.in_(_waiting(person))).order_by(Proposal.id).with_for_update(),
        select(Person.id).where(which).order_by(Person.id).with_for_update(**HOLD),
    ):
        session.execute(held).all()
    session.refresh(person)


def _leave(person: Person, now: datetime) -> None:
    session = person.session
    held = select(Relationship).where(Relationship.id.in_(_active(person))).order_by(Relationship.id)
    for together in session.scalars(held.with_for_update(**HOLD)).all():
        depart(together, person, now)
    session.flush()
    _set(session, Proposal, Proposal.id.in_(_waiting(person)), withdrawn_at=now, revision=Proposal.revision + 1)
    _set(session, Asked, and_(Asked.person_id == person.id, Asked.is_open), withdrawn_at=now)
    _set(session, Asked, Asked.person_id == person.id, remind_at=None, call_at=None, shared_at=None)
    others = select(Objective.id).where(Objective.mentee_id != person.id)
    _set(session, Task, and_(Task.owner_id == person.id, Task.is_open, Task.objective_id.in_(others)), removed_at=now)
    present = and_(Participation.person_id == person.id, Participation.left_at.is_(None))
    _set(session, Participation, present, left_at=now)
    _set(session, CallForHelp, and_(CallForHelp.caller_id == person.id, CallForHelp.is_open), withdrawn_at=now)
    own = and_(Concern.raised_by_id == person.id, Concern.is_open)
    _set(session, Concern, own, closed_at=now, revision=Concern.revision + 1)


def _hand_over(person: Person) -> None:
    """What waits for the person goes to the administrators."""
    session, number = person.session, person.id
    _set(session, Program, Program.contact_id == number, contact_id=None)
    _set(session, CallForHelp, and_(CallForHelp.contact_id == number, CallForHelp.is_open), contact_id=None)
    _set(session, Concern, and_(Concern.contact_id == number, Concern.is_open), contact_id=None)
    looked_after = and_(Concern.looked_after_by_id == number, Concern.is_open)
    _set(session, Concern, looked_after, looked_after_by_id=None, looked_after_at=None)
    _set(session, Unheard, Unheard.contact_id == number, contact_id=None)
    _set(session, ReportRecipient, ReportRecipient.contact_id == number, contact_id=None)
    heir = select(func.min(Person.id)).where(Person.is_administrator, Person.id != number).scalar_subquery()
    stands = Proposal.accepted_at.is_(None) & Proposal.withdrawn_at.is_(None)
    _set(session, Proposal, and_(Proposal.told_to_id == number, stands), told_to_id=heir)


def _blot_out(person: Person, now: datetime) -> None:
    """Leave of a person a number, an organization, a language, and when they were registered."""
    person.email, person.kept_name = NOWHERE.format(number=person.id), ""
    person.phone = person.manager_email = person.password_hash = person.temporary_hash = ""
    person.timezone = ZONE
    person.quiet_from = person.quiet_until = person.quotes = person.temporary_until = None
    person.unreached_at = person.password_changed_at = person.signed_in_at = person.answered_at = None
    person.weekly = person.is_administrator = False
    person.generation += 1
    person.feed_generation += 1
    person.sessions += 1
    person.welcomed_at = person.welcomed_at or now
    person.erased_at = now


def _active(person: Person) -> Select[int]:
    inside = select(Member.relationship_id).where(Member.person_id == person.id, Member.is_present)
    return select(Relationship.id).where(Relationship.id.in_(inside), Relationship.is_active)


def _waiting(person: Person) -> Select[int]:
    own = or_(Proposal.mentor_id == person.id, Proposal.mentee_id == person.id)
    return select(Proposal.id).where(own, Proposal.is_open)


def _led_alone(person: Person) -> list[tuple[str, str]]:
    session, alone = person.session, []
    for part in person.participations:
        if part.role != "lead" or part.left_at is not None or part.organization is None:
            continue
        others = select(Participation.id).where(
            Participation.program_id == part.program_id, Participation.role == "lead", Participation.left_at.is_(None),
            Participation.organization_id == part.organization_id, Participation.person_id != person.id,
        )  # fmt: skip
        if session.scalar(others.limit(1)) is None:
            alone.append((part.organization.name, part.program.name))
    return alone


def _count(session: Session, query: Select[int]) -> int:
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


def _set(session: Session, model: Any, which: ColumnElement[bool], **values: Any) -> None:
    session.execute(update(model).where(which).values(**values).execution_options(synchronize_session=False))
