"""What a change of an instrument asks: everything at once for a whole program, however many people are in it."""

import re
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, false, func, insert, literal, or_, select, update
from sqlalchemy.orm import selectinload

from mentorly.mentoring.asked import Asked
from mentorly.mentoring.asking import ask_everybody
from mentorly.mentoring.instruments import Instrument, Opening, Role
from mentorly.mentoring.openings import occasions, opens_at
from mentorly.mentoring.people import Participation
from mentorly.mentoring.program_instruments import InstrumentText
from mentorly.mentoring.programs import Program
from mentorly.mentoring.relationships import Member, Relationship

VERSION = re.compile(r" v\d+$")
IN_ACTIVE: ColumnElement[bool] = exists().where(Relationship.id == Asked.relationship_id, Relationship.is_active)
IS_MEMBER: ColumnElement[bool] = exists().where(
    Member.relationship_id == Asked.relationship_id, Member.person_id == Asked.person_id, Member.is_present
)
IS_LEAD: ColumnElement[bool] = exists().where(
    Participation.program_id == Asked.program_id,
    Participation.person_id == Asked.person_id,
    Participation.role == "lead",
    Participation.left_at.is_(None),
)


def ask_anew(program: Program, before: Instrument | None, text: InstrumentText, now: datetime) -> int:
    """Let a program ask an instrument in its new version; returns how many are asked something now or later by it.

    What is unfinished moves to the new version and keeps the reminder that is planned; what has not opened follows the
    new dates; who is not asked any more is not. What is signed is asked again of those who have signed other words.
    Whoever is in an active relationship and has not been asked is. before: the version that was used until now.
    """
    instrument = text.instrument
    _move(program, text)
    if before is not None and _timing(before) != _timing(instrument):
        _follow_dates(program, text, now)
    _withdraw_what_is_not_asked(program, text, now)
    again = _ask_again(program, text, now) if before is None or needs_signing(before, instrument) else 0
    return again + ask_everybody(program, text, now)


def needs_signing(before: Instrument, after: Instrument) -> bool:
    """Whether who has signed the one has not signed the words of the other."""
    return after.is_signed and _signed_words(before) != _signed_words(after)


def signers(program: Program, name: str) -> int:
    """How many people in active relationships have signed what they were asked."""
    query = select(func.count(Asked.person_id.distinct())).where(_of(program, name), _is_finished(), IN_ACTIVE)
    return program.session.scalar(query) or 0


def stop_asking_everybody(program: Program, name: str, now: datetime) -> None:
    """Ask nobody any more: what is unfinished is withdrawn, what was answered stays."""
    program.session.execute(update(Asked).where(_of(program, name), Asked.is_open).values(withdrawn_at=now))
    _forget_unfinished(program)


def take_up_again(program: Program, name: str) -> None:
    """Ask again what was withdrawn when a program stopped using it: of those who are still there."""
    still = or_(and_(IN_ACTIVE, IS_MEMBER), and_(Asked.relationship_id.is_(None), IS_LEAD))
    program.session.execute(
        update(Asked)
        .where(_of(program, name), Asked.finished_at.is_(None), Asked.withdrawn_at.is_not(None), still)
        .values(withdrawn_at=None)
    )


def _of(program: Program, name: str) -> ColumnElement[bool]:
    return and_(Asked.program_id == program.id, Asked.name == name)


def _is_finished() -> ColumnElement[bool]:
    return and_(Asked.finished_at.is_not(None), Asked.withdrawn_at.is_(None))


def _timing(instrument: Instrument) -> object:
    return instrument.opens, instrument.days, instrument.months


def _signed_words(instrument: Instrument) -> object:
    return (
        instrument.title,
        instrument.text,
        [(one.name, one.label, one.required) for one in instrument.answerable],
    )


def _move(program: Program, text: InstrumentText) -> None:
    """Let what is unfinished be answered to this version."""
    instrument, session = text.instrument, program.session
    open_ = and_(_of(program, text.name), Asked.is_open)
    reminds = tuple(map(str, instrument.reminds))
    session.execute(
        update(Asked).where(open_).values(text_id=text.id, reminds=reminds, tells=instrument.tells),
    )
    session.execute(update(Asked).where(open_, Asked.reminded >= len(reminds)).values(remind_at=None))


def _follow_dates(program: Program, text: InstrumentText, now: datetime) -> None:
    """Let what has not opened open when this version says."""
    session, instrument = program.session, text.instrument
    unopened = select(Asked.id, Asked.relationship_id, Asked.person_id, Asked.occasion, Asked.opens_at).where(
        _of(program, text.name),
        Asked.is_open,
        Asked.asked_at.is_(None),
        or_(Asked.opens_at > now, Asked.opens_at.is_(None)),
    )
    together = {
        one.id: one
        for one in session.scalars(
            select(Relationship)
            .where(Relationship.program_id == program.id, Relationship.is_active)
            .options(selectinload(Relationship.members))
        )
    }
    moved = []
    for number, relationship, person, occasion, before in session.execute(unopened):
        if relationship in together and not occasion.startswith(Opening.FIRST_MEETING):
            at = opens_at(together[relationship], instrument, VERSION.sub("", occasion), person)
            at = max(at, now) if at else None
            if at != before:
                moved.append({"id": number, "opens_at": at})
    if moved:
        session.execute(update(Asked), moved)


def _withdraw_what_is_not_asked(program: Program, text: InstrumentText, now: datetime) -> None:
    """Withdraw from whom this version does not ask, and on what occasions it does not, unless they began already."""
    instrument, session = text.instrument, program.session
    found = session.scalars(select(Asked.occasion).where(_of(program, text.name), Asked.is_open).distinct())
    asked_on = set(occasions(instrument))
    gone = [one for one in found if VERSION.sub("", one) not in asked_on and not one.startswith(Opening.OWN)]
    open_ = and_(_of(program, text.name), Asked.is_open)
    begun = or_(Asked.asked_at.is_not(None), Asked.draft_at.is_not(None))
    session.execute(update(Asked).where(open_, ~begun, Asked.occasion.in_(gone)).values(withdrawn_at=now))
    if Role.ANYBODY not in instrument.asks:
        session.execute(update(Asked).where(open_, _has_no_role_of(instrument)).values(withdrawn_at=now))
    _forget_unfinished(program)


def _has_no_role_of(instrument: Instrument) -> ColumnElement[bool]:
    """Whether somebody is asked in none of the roles that an instrument asks."""
    asks_mentees, asks_mentors = Role.MENTEE in instrument.asks, Role.MENTOR in instrument.asks
    has_role = or_(
        Member.is_mentee if asks_mentees else false(),
        Member.is_mentor if asks_mentors else false(),
    )
    has_one = exists().where(
        Member.relationship_id == Asked.relationship_id, Member.person_id == Asked.person_id, has_role
    )
    leads = Asked.relationship_id.is_(None)
    return and_(~leads, ~has_one) if Role.LEAD in instrument.asks else or_(leads, ~has_one)


def _ask_again(program: Program, text: InstrumentText, now: datetime) -> int:
    """Ask for another signature those who have signed other words; returns how many. What they signed stands."""
    instrument, session, count = text.instrument, program.session, 0
    for occasion in occasions(instrument) if instrument.is_signed else ():
        signed = and_(
            _of(program, text.name),
            _is_finished(),
            or_(Asked.occasion == occasion, Asked.occasion.startswith(f"{occasion} v", autoescape=True)),
            Asked.text_id != text.id,
            IN_ACTIVE,
            IS_MEMBER,
        )
        fresh = {
            "occasion": f"{occasion} v{text.number}",
            "text_id": text.id,
            "opens_at": now,
            "reminds": tuple(map(str, instrument.reminds)),
            "tells": instrument.tells,
        }
        columns = [Asked.program_id, Asked.relationship_id, Asked.person_id, Asked.name]
        values = [literal(value, getattr(Asked, key).type) for key, value in fresh.items()]
        names = [*(column.key for column in columns), *fresh]
        made = session.execute(insert(Asked).from_select(names, select(*columns, *values).where(signed)))
        count += made.rowcount  # type: ignore[attr-defined]
        session.execute(update(Asked).where(signed).values(withdrawn_at=now))
    return count


def _forget_unfinished(program: Program) -> None:
    """Let no project lead hear that something is unfinished where nothing is any more."""
    left = exists().where(
        Asked.relationship_id == Member.relationship_id,
        Asked.person_id == Member.person_id,
        Asked.tells,
        Asked.is_open,
        Asked.asked_at.is_not(None),
        Asked.remind_at.is_(None),
    )
    own = select(Relationship.id).where(Relationship.program_id == program.id)
    program.session.execute(
        update(Member)
        .where(Member.unfinished_at.is_not(None), Member.relationship_id.in_(own), ~left)
        .values(unfinished_at=None)
    )
