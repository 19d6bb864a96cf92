"""What somebody says to a planned meeting: whether they come."""

from datetime import datetime

from mentorly.mentoring.attendances import Coming
from mentorly.mentoring.meetings import Meeting
from mentorly.mentoring.people import Person


def answer_meeting(
    meeting: Meeting,
    by: Person,
    coming: Coming,
    now: datetime,
    *,
    sequence: int | None = None,
    stamp: datetime | None = None,
) -> bool:
    """Keep whether an attendee comes; returns whether that counts. Raises Refused.

    sequence: of an answer by a calendar, which change it answers; stamp: when the answer was given, if it was not
    now. One by a calendar that is older than what is known changes nothing, and one to an earlier time is kept
    beside (RFC 5546 2.1.5).
    """
    own = meeting.own(by)
    meeting.check_planned(now)
    known = sequence is None or sequence >= own.sequence
    if not own.is_latest(sequence, stamp, now):
        return False
    if not known:
        own.said_to_earlier = coming
        return False
    was, own.coming, own.said_to_earlier, own.answered_at = own.coming, coming, "", now
    own.declined_at = (own.declined_at if was == Coming.NO else now) if coming == Coming.NO else None
    meeting.revision += 1
    return True


def take_answer_back(meeting: Meeting, by: Person, coming: Coming, now: datetime) -> None:
    """Put back what somebody said before their last answer, or would rather have. Raises Refused."""
    own = meeting.own(by)
    meeting.check_planned(now)
    if meeting.counter_by is by:
        meeting.drop_counter()
    own.coming, own.answered_at, own.answer_stamp = coming, now, now
    own.declined_at = now if coming == Coming.NO else None
    meeting.revision += 1
