from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from mentorly.emails.due import Due
from mentorly.emails.email import MORNING, Given
from mentorly.emails.pausing.about_a_pause import MEMBERS, AskingToResume, sample_pause
from mentorly.emails.reporting.asking_reports import WORDS
from mentorly.emails.understanding import Meaning
from mentorly.mentoring.concerns import Concern, Kind
from mentorly.mentoring.pauses import Pause, may_pause, resume
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Member, Relationship


class PauseLasts(AskingToResume):
    """You get this because your mentoring relationship has been paused for long, and nobody has resumed it."""

    due = Due(
        Pause,
        reader=Member.person_id,
        moment=Pause.ask_at,
        joins=MEMBERS,
        while_=Pause.is_open & Relationship.is_active,
    )
    lane = MORNING
    fresh_for = timedelta(days=14)
    keeps_said = False
    buttons = {"resume": (), "end": (WORDS,)}
    replies = {Meaning.YES: "resume"}

    def values(self, thing: Pause, reader: Person, now: datetime) -> Mapping[str, Any]:
        together = thing.relationship
        others = [member.person.name for member in together.present if member.person_id != reader.id]
        values = super().values(thing, reader, now)
        return {**values, "others": others, "began_on": together.day(thing.began_at)}

    def sample(self, reader: Person, now: datetime) -> Pause:
        pause = sample_pause(reader, now)
        pause.began_at = now - timedelta(days=90)
        return pause

    def offered(self, thing: Pause, reader: Person) -> Sequence[str]:
        return ["resume", "end"] if may_pause(reader, thing.relationship) else ["end"]

    def answered(self, thing: Pause, by: Person, given: Given, now: datetime) -> None:
        if given.button == "resume":
            resume(thing.relationship, by, now)
        else:
            Concern.raise_one(thing.relationship, Kind.ENDING, given.said["words"], by, now)
