"""What the mails have in common that ask whether a meeting took place."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from mentorly.emails.email import MORNING, Email, Given
from mentorly.emails.meeting.meeting_values import MEETING, meeting_values, sample_attendance
from mentorly.emails.understanding import Meaning
from mentorly.mentoring.base import Refused
from mentorly.mentoring.meeting_questions import Length, Topics
from mentorly.mentoring.meetings import Meeting
from mentorly.mentoring.outcomes import say_not_held, take_not_held_back
from mentorly.mentoring.people import Person
from mentorly.mentoring.sessions import SessionLog

MINUTES = Length(
    "minutes",
    {"en": "How long it took", "fr": "Combien de temps elle a duré"},
    {
        "en": "Such as 45 minutes or 1h30. Left empty, it took as long as planned.",
        "fr": "Par exemple 45 minutes ou 1h30. Sans réponse, c'est la durée prévue.",
    },
)
TOPICS = Topics(
    "topics",
    {"en": "What it was about", "fr": "De quoi il a été question"},
    {"en": "Everybody who was there sees this.", "fr": "Toutes les personnes présentes le voient."},
)


class AskingIfHeld(Email):
    """A mail about a meeting whose time has passed."""

    lane = MORNING
    fresh_for = timedelta(days=14)
    thread = "a meeting"
    loads = MEETING
    buttons = {"held": (MINUTES, TOPICS), "not_held": ()}
    replies = {Meaning.YES: "held", Meaning.DONE: "held", Meaning.NO: "not_held"}
    read_as = ("held",)

    def values(self, thing: Meeting, reader: Person, now: datetime) -> Mapping[str, Any]:
        return meeting_values(thing, reader)

    def sample(self, reader: Person, now: datetime) -> Meeting:
        meeting = sample_attendance(reader, now).meeting
        meeting.starts_at = now - timedelta(days=1)
        meeting.ends_at = meeting.starts_at + timedelta(minutes=meeting.minutes)
        return meeting

    def settled(self, thing: Meeting, now: datetime) -> Refused | None:
        if thing.held is None and thing.is_planned:
            return None
        return Refused("Somebody has said already whether this meeting took place.")

    def answered(self, thing: Meeting, by: Person, given: Given, now: datetime) -> None:
        if given.button == "held":
            SessionLog.of_meeting(thing, by, given.said["minutes"], given.said["topics"], now)
        else:
            say_not_held(thing, by, now)

    def undone(self, thing: Meeting, by: Person, given: Given, now: datetime) -> None:
        if given.button == "held":
            SessionLog.take_out(thing, by, now)
        else:
            take_not_held_back(thing, by, now)
