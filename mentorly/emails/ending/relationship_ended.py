from datetime import datetime

from mentorly.emails.due import Due
from mentorly.emails.ending.about_an_end import AboutAnEnd, sample_end
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Member, Relationship


class RelationshipEnded(AboutAnEnd):
    """You get this because your mentoring relationship has ended earlier than planned."""

    due = Due(
        Relationship,
        reader=Member.person_id,
        moment=Relationship.ended_at,
        joins=((Member, (Member.relationship_id == Relationship.id) & Member.is_present),),
        while_=Relationship.ended_early,
    )

    def sample(self, reader: Person, now: datetime) -> Relationship:
        return sample_end(now, mentee=reader)
