from collections.abc import Sequence
from datetime import datetime

from mentorly.emails.due import Due
from mentorly.emails.email import Given
from mentorly.emails.pausing.about_a_pause import MEMBERS, AskingToResume, sample_pause
from mentorly.mentoring.pauses import Pause, may_pause, resume
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Member, Relationship


class RelationshipPaused(AskingToResume):
    """You get this because your mentoring relationship is paused."""

    due = Due(
        Pause,
        reader=Member.person_id,
        moment=Pause.began_at,
        joins=MEMBERS,
        while_=Pause.is_open & Relationship.is_active,
    )
    buttons = {"resume": ()}

    def sample(self, reader: Person, now: datetime) -> Pause:
        return sample_pause(reader, now)

    def offered(self, thing: Pause, reader: Person) -> Sequence[str]:
        return ["resume"] if may_pause(reader, thing.relationship) else []

    def answered(self, thing: Pause, by: Person, given: Given, now: datetime) -> None:
        resume(thing.relationship, by, now)
