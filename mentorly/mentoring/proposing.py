"""Proposing: a mentor and a mentee are proposed to each other, one pair or many at once."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mentorly.mentoring.base import Refused
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.programs import Program
from mentorly.mentoring.proposals import Proposal, hold, is_matched
from mentorly.mentoring.relationships import Member, Relationship


def propose_match(
    session: Session, program: Program, mentor: Person, mentee: Person, now: datetime, *, by: Person | None
) -> Proposal:
    """Propose a match; the mentor is asked by mail. by: None is the terminal. Raises Refused."""
    hold(mentee)
    offered = Participation.of(mentor, program, "mentor")
    wanted = Participation.of(mentee, program, "mentee")
    _check_pair(program, mentor, mentee, offered, wanted)
    _check_proposer(program, mentor, mentee, by)
    _make_free(session, program, mentee, now)
    proposal = Proposal(
        program=program,
        mentor=mentor,
        mentee=mentee,
        proposed_by=by,
        told_to=_who_is_told(session, program, mentor, mentee, by),
        proposed_at=now,
        over_capacity=places_taken(session, program, now).get(mentor.id, 0) >= (offered.places if offered else 0),
        reservation="",
        reservation_words="",
        revision=0,
    )
    session.add(proposal)
    session.flush()
    return proposal


def propose_matches(
    session: Session, program: Program, pairs: Sequence[tuple[Person, Person]], now: datetime, *, by: Person
) -> list[Proposal]:
    """Propose several matches, each a mentor and a mentee, within everybody's places (rules C9). Raises Refused."""
    if not pairs:
        raise Refused("Nothing is checked, so nothing was proposed.")
    made = [propose_match(session, program, mentor, mentee, now, by=by) for mentor, mentee in pairs]
    for proposal in made:
        if proposal.over_capacity:
            raise Refused(
                "{name} has no place left, so nothing was proposed. Here is the best assignment now.",
                name=proposal.mentor.name,
            )
    return made


def _check_pair(
    program: Program, mentor: Person, mentee: Person, offered: Participation | None, wanted: Participation | None
) -> None:
    if mentor.id == mentee.id:
        raise Refused("Nobody can be their own mentor.")
    if offered is None:
        raise Refused("{name} is no mentor of {program}.", name=mentor.name, program=program.name)
    if wanted is None:
        raise Refused("{name} is no mentee of {program}.", name=mentee.name, program=program.name)


def _check_proposer(program: Program, mentor: Person, mentee: Person, by: Person | None) -> None:
    if by is None or by.is_administrator:
        return
    led = by.led_organizations(program)
    if not led:
        raise Refused("Only an administrator or a project lead proposes a match.")
    if mentee.organization_id not in led or mentor.organization_id != mentee.organization_id:
        raise Refused("Only an administrator proposes a match across organizations.")


def _make_free(session: Session, program: Program, mentee: Person, now: datetime) -> None:
    if is_matched(session, program, mentee):
        raise Refused("{name} has a mentor in {program} already.", name=mentee.name, program=program.name)
    earlier = select(Proposal).where(
        Proposal.program_id == program.id, Proposal.mentee_id == mentee.id, Proposal.is_open
    )
    for proposal in session.scalars(earlier):
        if not proposal.has_lapsed(now):
            raise Refused("{name} has been proposed to a mentor who has not answered yet.", name=mentee.name)
        proposal.withdrawn_at = now
        proposal.revision += 1


def _who_is_told(
    session: Session, program: Program, mentor: Person, mentee: Person, by: Person | None
) -> Person | None:
    """Who hears of a reservation or a lapse: who proposed, else who can act; never the two (rules C4)."""
    if by is not None and by.id not in {mentor.id, mentee.id}:
        return by
    pair = (mentor, mentee)
    return _an_administrator(session, but=pair) or _a_lead_of(session, program, mentee, but=pair)


def places_taken(session: Session, program: Program, now: datetime) -> dict[int, int]:
    """How many places each mentor of a program has given away, by person: active relationships and open proposals."""
    mentor_of = (
        select(Member.relationship_id, Member.person_id)
        .where(Member.matched_as == "mentor", Member.is_present)
        .subquery()
    )
    held = (
        select(mentor_of.c.person_id, func.count())
        .join(Member, Member.relationship_id == mentor_of.c.relationship_id)
        .join(Relationship, Relationship.id == Member.relationship_id)
        .where(
            Relationship.program_id == program.id,
            Relationship.is_active,
            Member.matched_as == "mentee",
            Member.is_present,
        )
        .group_by(mentor_of.c.person_id)
    )
    asked = (
        select(Proposal.mentor_id, func.count())
        .where(Proposal.program_id == program.id, Proposal.is_open, ~Proposal.has_lapsed(now))
        .group_by(Proposal.mentor_id)
    )
    taken: dict[int, int] = {}
    for query in (held, asked):
        for person_id, number in session.execute(query):
            taken[person_id] = taken.get(person_id, 0) + number
    return taken


def _an_administrator(session: Session, but: Sequence[Person] = ()) -> Person | None:
    """The administrator who has been there longest, but for some: who hears what nobody else can be told."""
    others = Person.id.not_in([person.id for person in but])
    return session.scalar(select(Person).where(Person.is_administrator, others).order_by(Person.id).limit(1))


def _a_lead_of(session: Session, program: Program, mentee: Person, but: Sequence[Person] = ()) -> Person | None:
    """The project lead of a mentee's organization who has been there longest, but for some."""
    return session.scalar(
        select(Person)
        .join(Participation, Participation.person_id == Person.id)
        .where(Participation.program_id == program.id, Participation.role == "lead", Participation.left_at.is_(None))
        .where(Participation.organization_id == mentee.organization_id, Person.id.not_in([person.id for person in but]))
        .order_by(Participation.id)
        .limit(1)
    )
