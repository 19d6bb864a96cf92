from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from mentorly.emails.asking.telling_leads import OVER_IT
from mentorly.emails.due import Due
from mentorly.emails.email import MORNING, Email
from mentorly.emails.matching.match_values import sample_match
from mentorly.emails.watching.about_a_silence import TOGETHER, silence_values
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.relationships import Relationship


class QuietTold(Email):
    """You get this because two people of your organization's program have not met for long and may need help."""

    due = Due(
        Relationship,
        reader=Participation.person_id,
        moment=Relationship.tell_leads_at,
        occasion=Relationship.quiet_since,
        joins=((Participation, OVER_IT),),
        while_=Relationship.goes_on,
    )
    lane = MORNING
    fresh_for = timedelta(days=14)
    expects = True
    loads = TOGETHER

    def values(self, thing: Relationship, reader: Person, now: datetime) -> Mapping[str, Any]:
        return silence_values(thing, reader, now)

    def sample(self, reader: Person, now: datetime) -> Relationship:
        together = sample_match(now).relationship
        for number, member in enumerate(together.members, 1):
            member.person_id = reader.id + number
        together.quiet_since = now - timedelta(days=49)
        return together
