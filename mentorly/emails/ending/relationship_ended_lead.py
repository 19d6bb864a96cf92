from datetime import datetime

from mentorly.emails.asking.telling_leads import OVER_IT
from mentorly.emails.due import Due
from mentorly.emails.ending.about_an_end import AboutAnEnd, sample_end
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.relationships import Relationship


class RelationshipEndedLead(AboutAnEnd):
    """You get this because you are the project lead of a mentee whose mentoring relationship has ended early."""

    due = Due(
        Relationship,
        reader=Participation.person_id,
        moment=Relationship.ended_at,
        joins=((Participation, OVER_IT),),
        while_=Relationship.ended_early,
    )

    def sample(self, reader: Person, now: datetime) -> Relationship:
        return sample_end(now)
