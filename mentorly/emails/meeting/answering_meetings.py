"""What the mails have in common that ask somebody whether they come to a meeting."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from mentorly.emails.due import NOW as AT_THIS_MOMENT
from mentorly.emails.due import Due
from mentorly.emails.email import NOW, Email, Given
from mentorly.emails.meeting.meeting_values import ATTENDANCE, BEGINS, meeting_values, name_of
from mentorly.emails.understanding import Meaning
from mentorly.mentoring.acceptance import answer_meeting, take_answer_back
from mentorly.mentoring.attendances import Coming
from mentorly.mentoring.base import Refused
from mentorly.mentoring.countering import counter
from mentorly.mentoring.meeting_questions import DayAndTime
from mentorly.mentoring.meetings import Attendance, Meeting
from mentorly.mentoring.people import Person
from mentorly.mentoring.questions import Text
from mentorly.mentoring.relationships import Relationship

ANSWERS = {"accept": Coming.YES, "maybe": Coming.MAYBE, "decline": Coming.NO}
OTHER_TIME = DayAndTime(
    "at", {"en": "Day and time that suit you better", "fr": "Date et heure qui vous conviennent mieux"}, required=True
)
BETTER = DayAndTime("at", OTHER_TIME.label, {"en": "If there is one.", "fr": "S'il y en a un."})
REASON = Text(
    "reason",
    {"en": "Why, if you wish to say it", "fr": "Pourquoi, si vous voulez le dire"},
    {"en": "Those who are in the meeting see it.", "fr": "Les personnes de la rencontre le voient."},
)


def on_change(told: Any) -> Due:
    """Due to those in a planned meeting who are told of it in a certain way, when it is planned or changed."""
    return Due(
        Attendance,
        reader=Attendance.person_id,
        moment=Attendance.due_at,
        occasion=Attendance.sequence,
        joins=(
            (Meeting, Attendance.meeting_id == Meeting.id),
            (Relationship, Meeting.relationship_id == Relationship.id),
        ),
        while_=Attendance.is_present
        & told
        & Meeting.is_planned
        & (Meeting.starts_at > AT_THIS_MOMENT)
        & Relationship.is_active,
        unsent=Attendance.told_at.is_(None),
        awaited=Attendance.is_unsaid & Relationship.goes_on,
    )


class AskingWhoComes(Email):
    """A mail to somebody in a meeting about a change of it, which they answer."""

    lane = NOW
    begins = BEGINS
    fresh_for = None
    told_if_lost = True
    thread = "meeting"
    loads = ATTENDANCE
    replies = {Meaning.YES: "accept", Meaning.NO: "decline"}

    def held(self, thing: Attendance) -> Meeting:
        return thing.meeting

    def values(self, thing: Attendance, reader: Person, now: datetime) -> Mapping[str, Any]:
        meeting = thing.meeting
        by = meeting.changed_by if thing.is_told_of_a_change else meeting.proposed_by
        return {
            **meeting_values(meeting, reader),
            "is_change": thing.is_told_of_a_change,
            "comes": thing.coming == Coming.YES,
            "by": "" if thing.coming == Coming.YES else name_of(by, reader),
        }

    def settled(self, thing: Attendance, now: datetime) -> Refused | None:
        if thing.is_present and thing.meeting.is_upcoming(now):
            return None
        return Refused("This meeting is over, or was called off.")

    def sent(self, thing: Attendance, reader: Person, now: datetime) -> None:
        thing.heard(now)

    def before(self, thing: Attendance, now: datetime) -> dict[str, Any]:
        return {"coming": thing.coming}

    def answered(self, thing: Attendance, by: Person, given: Given, now: datetime) -> None:
        if given.said.get("at"):
            counter(thing.meeting, by, given.said["at"], now, stamp=given.at)
        else:
            answer_meeting(thing.meeting, by, ANSWERS[given.button], now, stamp=given.at)

    def undone(self, thing: Attendance, by: Person, given: Given, now: datetime) -> None:
        take_answer_back(thing.meeting, by, Coming(given.before["coming"]), now)

    def offered(self, thing: Attendance, reader: Person) -> Sequence[str]:
        return [name for name in self.buttons if name != "accept" or thing.coming != Coming.YES]
