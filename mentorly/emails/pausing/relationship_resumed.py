from datetime import datetime

from mentorly.emails.due import Due
from mentorly.emails.pausing.about_a_pause import MEMBERS, AboutAPause, sample_pause
from mentorly.mentoring.pauses import Pause
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Member, Relationship


class RelationshipResumed(AboutAPause):
    """You get this because your mentoring relationship was paused and goes on."""

    due = Due(
        Pause,
        reader=Member.person_id,
        moment=Pause.ended_at,
        joins=MEMBERS,
        while_=Pause.is_over & Relationship.is_active,
    )

    def sample(self, reader: Person, now: datetime) -> Pause:
        return sample_pause(reader, now, days=21)
