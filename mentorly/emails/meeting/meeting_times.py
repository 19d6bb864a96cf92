from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import selectinload

from mentorly.emails import spoken
from mentorly.emails.due import Due
from mentorly.emails.email import NOW, Email, Given
from mentorly.emails.meeting.answering_meetings import OTHER_TIME
from mentorly.emails.meeting.meeting_values import MEETING, meeting_values, name_of, sample_attendance
from mentorly.emails.understanding import Meaning
from mentorly.mentoring.appointments import Stage
from mentorly.mentoring.base import Refused
from mentorly.mentoring.choosing import pick_time, propose_other_times, put_proposal_back
from mentorly.mentoring.meeting_questions import TimeChoice
from mentorly.mentoring.meetings import Attendance, Meeting, ProposedTime
from mentorly.mentoring.particulars import LANGUAGES
from mentorly.mentoring.people import Person
from mentorly.mentoring.questions import Question
from mentorly.mentoring.relationships import Relationship

LABEL = {"en": "The time that suits you", "fr": "Le moment qui vous convient"}


class MeetingTimes(Email):
    """You get this because somebody proposes a mentoring meeting to you, and you can choose when."""

    due = Due(
        Meeting,
        reader=Attendance.person_id,
        moment=Meeting.proposed_at,
        occasion=Meeting.proposed_at,
        joins=(
            (
                Attendance,
                (Attendance.meeting_id == Meeting.id)
                & Attendance.is_present
                & (Attendance.person_id != Meeting.proposed_by_id),
            ),
            (Relationship, Meeting.relationship_id == Relationship.id),
        ),
        while_=Meeting.is_proposed & Relationship.is_active,
        awaited=Meeting.is_proposed & Relationship.goes_on,
    )
    lane = NOW
    fresh_for = timedelta(days=14)
    told_if_lost = True
    thread = "a meeting"
    loads = (*MEETING, selectinload(Meeting.proposed_times))
    buttons = {"choose": (TimeChoice("at", LABEL, required=True),), "other_time": (OTHER_TIME,)}
    replies = {Meaning.YES: "choose", Meaning.NO: "other_time"}
    read_as = ("choose", "other_time")

    def values(self, thing: Meeting, reader: Person, now: datetime) -> Mapping[str, Any]:
        return {
            **meeting_values(thing, reader),
            "by": name_of(thing.proposed_by, reader),
            "times": [{"number": time.number, "at": time.starts_at} for time in thing.proposed_times],
        }

    def sample(self, reader: Person, now: datetime) -> Meeting:
        meeting = sample_attendance(reader, now).meeting
        meeting.stage, meeting.starts_at, meeting.ends_at = Stage.PROPOSED, None, None
        days = (timedelta(days=number, hours=number - 8) for number in (8, 9, 11))
        meeting.proposed_times = [ProposedTime(number=n, starts_at=now + time) for n, time in enumerate(days, 1)]
        return meeting

    def questions(self, button: str, thing: Meeting, reader: Person, now: datetime) -> Sequence[Question]:
        if button != "choose":
            return self.buttons[button]
        options = {time.starts_at.isoformat(): _said(time.starts_at, reader) for time in thing.proposed_times}
        return [TimeChoice("at", LABEL, required=True, options=options)]

    def settled(self, thing: Meeting, now: datetime) -> Refused | None:
        return None if thing.is_proposed else Refused("The time of this meeting is not asked about any more.")

    def before(self, thing: Meeting, now: datetime) -> dict[str, Any]:
        return {
            "by": thing.proposed_by_id,
            "at": thing.proposed_at.isoformat(),
            "times": [time.starts_at.isoformat() for time in thing.proposed_times],
        }

    def answered(self, thing: Meeting, by: Person, given: Given, now: datetime) -> None:
        if given.button == "other_time":
            propose_other_times(thing, by, [given.said["at"]], now)
        else:
            times = {time.starts_at.isoformat(): time.number for time in thing.proposed_times}
            pick_time(thing, by, times[given.said["at"]], now)

    def can_undo(self, thing: Meeting, button: str) -> bool:
        return all(one.heard_sequence is None for one in thing.present)

    def undone(self, thing: Meeting, by: Person, given: Given, now: datetime) -> None:
        proposer = thing.relationship.session.get_one(Person, given.before["by"])
        times = [datetime.fromisoformat(time) for time in given.before["times"]]
        put_proposal_back(thing, by, proposer, datetime.fromisoformat(given.before["at"]), times, now)


def _said(moment: datetime, reader: Person) -> dict[str, str]:
    return {language: spoken.at_time(moment, language, reader.timezone) for language in LANGUAGES}
