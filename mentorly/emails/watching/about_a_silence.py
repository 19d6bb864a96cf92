"""What the mails about a silence have in common: a meeting is planned from them, or a concern raised."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute, selectinload

from mentorly.emails.due import Due
from mentorly.emails.email import MORNING, Email, Given
from mentorly.emails.matching.match_values import sample_match
from mentorly.emails.reporting.asking_reports import KIND, WORDS
from mentorly.mentoring.base import Refused
from mentorly.mentoring.concerns import Concern, Kind
from mentorly.mentoring.meeting_questions import DayAndTime
from mentorly.mentoring.people import Person
from mentorly.mentoring.planning import propose
from mentorly.mentoring.questions import Question
from mentorly.mentoring.relationships import Member, Relationship

WHEN = DayAndTime("at", {"en": "Day and time", "fr": "Date et heure"}, required=True)
TOGETHER = (selectinload(Relationship.program), selectinload(Relationship.members).selectinload(Member.person))


def silent(moment: InstrumentedAttribute[datetime | None], who: ColumnElement[bool] | Any) -> Due:
    """Due to some members, when a step of the silence is over; once for each silence (rules A6)."""
    return Due(
        Relationship,
        reader=Member.person_id,
        moment=moment,
        occasion=Relationship.quiet_since,
        joins=((Member, (Member.relationship_id == Relationship.id) & Member.is_present & who),),
        while_=Relationship.goes_on,
    )


def silence_values(together: Relationship, reader: Person, now: datetime) -> dict[str, Any]:
    """Whose silence it is, and for how many days it has lasted."""
    since = together.quiet_since or together.began_at
    return {
        "relationship_id": together.id,
        "others": [member.person.name for member in together.present if member.person_id != reader.id],
        "program": together.program.name,
        "days": (now - since).days,
    }


class AboutASilence(Email):
    """A nudge to who is in a relationship."""

    lane = MORNING
    fresh_for = timedelta(days=5)
    stoppable = True
    loads = TOGETHER
    thread = "a silence"
    keeps_said = False
    buttons: ClassVar[Mapping[str, Sequence[Question]]] = {"plan": (WHEN,), "concern": (KIND, WORDS)}

    def values(self, thing: Relationship, reader: Person, now: datetime) -> Mapping[str, Any]:
        return silence_values(thing, reader, now)

    def sample(self, reader: Person, now: datetime) -> Relationship:
        return sample_silence(reader, now)

    def settled(self, thing: Relationship, now: datetime) -> Refused | None:
        return Refused("This relationship has ended, so no meeting can be planned.") if thing.ended_at else None

    def answered(self, thing: Relationship, by: Person, given: Given, now: datetime) -> None:
        if given.button == "plan":
            propose(thing, by, [given.said["at"]], now)
        else:
            Concern.raise_one(thing, Kind(given.said["kind"]), given.said["words"], by, now)


def sample_silence(reader: Person, now: datetime, *, is_mentor: bool = False, days: int = 35) -> Relationship:
    """An invented relationship in no session, which has been silent for some days."""
    match = sample_match(now, mentor=reader) if is_mentor else sample_match(now, mentee=reader)
    together = match.relationship
    for member in together.members:
        member.person_id = reader.id if member.person is reader else reader.id + 1
    together.quiet_since = now - timedelta(days=days)
    return together
