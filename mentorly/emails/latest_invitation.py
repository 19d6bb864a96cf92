"""Which mail a person answers who writes to their own address in a relationship, which is that of many mails."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from mentorly.emails.awaited import GONE
from mentorly.emails.email import Email, Register
from mentorly.emails.envelope import Envelope
from mentorly.mentoring.meetings import Attendance, Meeting
from mentorly.mentoring.relationships import Member

MOST_NAMED = 20


def latest_invitation(
    session: Session, register: Register, member: Member, answers_to: Sequence[str]
) -> Envelope | None:
    """The mail that came from the address which a message names, the nearest first; if it names none, the latest."""
    kinds = [kind.name for kind in register.values() if type(kind).organizer is not Email.organizer]
    query = (
        select(Envelope)
        .join(Attendance, Attendance.id == Envelope.thing_id)
        .join(Meeting, Meeting.id == Attendance.meeting_id)
        .where(Envelope.reader_id == member.person_id, Envelope.kind.in_(kinds), Envelope.state.in_(GONE))
        .where(Meeting.relationship_id == member.relationship_id)
        .order_by(Envelope.id.desc())
    )
    marks = [one.strip("<>").partition("@")[0] for one in answers_to[:MOST_NAMED]]
    named = {one.mark: one for one in session.scalars(query.where(Envelope.mark.in_(marks)))} if marks else {}
    return next((named[mark] for mark in marks if mark in named), None) or session.scalar(query.limit(1))
