"""Answers by a calendar: an invitation of ours is accepted, declined, or answered by another time (RFC 5546)."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mentorly.calendars.answers import CalendarAnswer
from mentorly.emails import answering
from mentorly.emails.answering import Expired
from mentorly.emails.awaited import GONE
from mentorly.emails.calendars_taken import (
    ACCEPT,
    ASK,
    COUNTER,
    DECLINE,
    IGNORE,
    REFRESH,
    REPEATED,
    STALE,
    TENTATIVE,
    TOO_LATE,
    Done,
    Place,
)
from mentorly.emails.email import Given, Register
from mentorly.emails.envelope import Envelope
from mentorly.emails.reply import A_DAY, Outcome
from mentorly.emails.sending_again import send_again
from mentorly.mentoring.acceptance import answer_meeting
from mentorly.mentoring.aliases import Alias
from mentorly.mentoring.attendances import Coming
from mentorly.mentoring.base import Refused
from mentorly.mentoring.countering import counter
from mentorly.mentoring.meetings import Attendance, Meeting
from mentorly.mentoring.people import Person

BY_CALENDAR = "calendar"
INVITATION = "invitation"
PRESSED = {
    ACCEPT: ("accept", Coming.YES),
    TENTATIVE: ("maybe", Coming.MAYBE),
    DECLINE: ("decline", Coming.NO),
}
MINUTE = timedelta(minutes=1)
# How often a day a calendar is sent the same invitation again: a program that asks and asks is not served for ever.
MOST_REFRESHED = 3


class CalendarAnswers:
    """Takes in what calendars answer. What an answer causes for others goes at once, as after a button."""

    def __init__(self, session: Session, register: Register, now: datetime) -> None:
        self.session = session
        self.register = register
        self.now = now

    def take(self, place: Place, answer: CalendarAnswer, received_at: datetime) -> Done:
        """Do what an answer says; it speaks for whose the address is. Raises Refused."""
        meeting = self._meeting(place, answer.uid)
        own = meeting.attendance(place.person) if meeting else None
        if meeting is None or own is None:
            raise Refused("You have no meeting with us that this answers.")
        said = self._own(answer, place.person).said
        match said:
            case "accept" | "decline" | "tentative" | "counter":
                return self._answer(own, said, answer, received_at)
            case "refresh":
                return self._refresh(own)
            case "delegate" | "ask":
                return Done(ASK, Outcome.UNCLEAR, self._invitation(own))
        return Done(IGNORE)

    def _meeting(self, place: Place, uid: str) -> Meeting | None:
        """The meeting of a UID, for this transaction alone; only one of whose the address is."""
        query = (
            select(Meeting)
            .join(Attendance, Attendance.meeting_id == Meeting.id)
            .where(Meeting.uid == uid, Attendance.person_id == place.person.id, Attendance.is_present)
            .with_for_update(of=Meeting)
            .execution_options(populate_existing=True)
        )
        if place.together is not None:
            query = query.where(Meeting.relationship_id == place.together.id)
        return self.session.scalar(query)

    @staticmethod
    def _own(answer: CalendarAnswer, person: Person) -> CalendarAnswer:
        """What it says of this person, if it names them beside others; else what it says of the first."""
        known = Alias.speak_for([one.address for one in answer.attendees], person)
        own = tuple(one for one in answer.attendees if one.address in known)
        return replace(answer, attendees=own) if own else answer

    def _answer(self, own: Attendance, said: str, answer: CalendarAnswer, received_at: datetime) -> Done:
        """Answer as a button does. A clock that is ahead of ours, and a number that we never gave, count for no more.

        Raises Refused for another time that cannot be.
        """
        meeting = own.meeting
        if not meeting.is_upcoming(self.now):
            return Done(TOO_LATE)
        stamp = min(answer.stamp or received_at, received_at)
        sequence = min(answer.sequence, own.sequence)
        was = {"coming": own.coming}
        if sequence == own.answer_sequence and stamp == own.answer_stamp:
            return Done(REPEATED)
        if said == COUNTER:
            button, (at, minutes) = "other_time", _other_time(answer)
            counts = counter(meeting, own.person, at, self.now, minutes=minutes, sequence=sequence, stamp=stamp)
            kept: dict[str, Any] = {"at": at.isoformat()}
        else:
            button, coming = PRESSED[said]
            counts = answer_meeting(meeting, own.person, coming, self.now, sequence=sequence, stamp=stamp)
            kept = {}
        if counts:
            self._note(own, Given(button, kept, was))
        return Done(said if counts else STALE)

    def _note(self, own: Attendance, given: Given) -> None:
        """Keep it as an answer to the invitation, so that its buttons know of it."""
        own.person.answered_at = own.person.answered_at or self.now
        envelope = self._invitation(own)
        if envelope is None:
            return
        try:
            opened = answering.opened_of(self.session, self.register, envelope, self.now)
        except Expired:
            return
        answering.note(self.session, opened, given, BY_CALENDAR, self.now)

    def _refresh(self, own: Attendance) -> Done:
        envelope = self._invitation(own)
        if envelope is None or not own.meeting.is_upcoming(self.now):
            return Done(TOO_LATE)
        if envelope.occasion != str(own.sequence):
            return Done(REFRESH)  # a change of it is on its way
        same = (Envelope.kind == envelope.kind, Envelope.thing_id == own.id, Envelope.reader_id == own.person_id)
        lately = select(func.count()).where(*same, Envelope.again > 0, Envelope.collected_at > self.now - A_DAY)
        if (self.session.scalar(lately) or 0) < MOST_REFRESHED:
            send_again(self.session, envelope, self.now)
        return Done(REFRESH)

    def _invitation(self, own: Attendance) -> Envelope | None:
        """The latest invitation to the meeting that left."""
        query = select(Envelope).where(Envelope.reader_id == own.person_id, Envelope.thing_id == own.id)
        query = query.where(Envelope.kind == INVITATION, Envelope.state.in_(GONE))
        return self.session.scalar(query.order_by(Envelope.id.desc()).limit(1))


def _other_time(answer: CalendarAnswer) -> tuple[datetime, int | None]:
    """The time that a counter-proposal names, and its length in minutes if it says one. Raises Refused."""
    start, end = answer.start, answer.end
    if not isinstance(start, datetime):
        raise Refused("A meeting needs a time of day: propose one in place of a whole day.")
    return start, (end - start) // MINUTE or None if isinstance(end, datetime) else None
