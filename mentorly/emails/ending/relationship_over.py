from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from mentorly.clock import DAY
from mentorly.emails.due import Due
from mentorly.emails.email import MORNING
from mentorly.emails.ending.about_an_end import AboutAnEnd, sample_end
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Member, Relationship


class RelationshipOver(AboutAnEnd):
    """You get this because the last day of your mentoring relationship has passed."""

    due = Due(
        Relationship,
        reader=Member.person_id,
        moment=Relationship.ends_on,
        after=1 * DAY,
        occasion=Relationship.ends_on,
        joins=((Member, (Member.relationship_id == Relationship.id) & Member.is_present),),
        while_=Relationship.took_its_course,
    )
    lane = MORNING
    fresh_for = timedelta(days=14)

    def values(self, thing: Relationship, reader: Person, now: datetime) -> Mapping[str, Any]:
        return {**super().values(thing, reader, now), "last_on": thing.ends_on, "is_pair": len(thing.present) == 2}

    def sample(self, reader: Person, now: datetime) -> Relationship:
        together = sample_end(now, mentee=reader)
        together.ends_on = together.day(now) - timedelta(days=1)
        together.run_out()
        return together
