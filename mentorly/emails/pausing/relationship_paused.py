from collections.abc import Sequence
from datetime import datetime

from mentorly.emails.due import Due
from mentorly.emails.email import Given
from mentorly.emails.pausing.about_a_pause import MEMBERS, AboutAPause, sample_pause
from mentorly.mentoring.base import Refused
from mentorly.mentoring.pauses import Pause, may_pause, resume
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Member, Relationship


class RelationshipPaused(AboutAPause):
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

    def settled(self, thing: Pause, now: datetime) -> Refused | None:
        if thing.relationship.ended_at is not None:
            return Refused("This relationship has ended, so it cannot go on.")
        return Refused("This relationship goes on already.") if thing.is_over else None

    def held(self, thing: Pause) -> Relationship:
        return thing.relationship

    def answered(self, thing: Pause, by: Person, given: Given, now: datetime) -> None:
        resume(thing.relationship, by, now)
