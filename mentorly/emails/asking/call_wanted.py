from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mentorly.emails.asking.asked_values import ASKED, sample_asked
from mentorly.emails.asking.telling_leads import leads_about
from mentorly.emails.due import Due
from mentorly.emails.email import NOW, Email
from mentorly.emails.matching.asking_mentor import sample_person
from mentorly.mentoring.asked import Asked
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.relationships import Relationship


class CallWanted(Email):
    """You get this because somebody in your organization's program asks you to call them."""

    due = Due(
        Asked,
        reader=Participation.person_id,
        moment=Asked.call_at,
        occasion=Asked.call_at,
        joins=((Relationship, Asked.relationship_id == Relationship.id), leads_about(Asked.person_id)),
        while_=Asked.call_at.is_not(None),
    )
    lane = NOW
    fresh_for = None
    loads = ASKED

    def values(self, thing: Asked, reader: Person, now: datetime) -> Mapping[str, Any]:
        return {
            "name": thing.person.name,
            "email": thing.person.email,
            "phone": thing.person.phone,
            "program": thing.program.name,
        }

    def sample(self, reader: Person, now: datetime) -> Asked:
        made = sample_asked(reader, now, "midway_mentee")
        made.person = sample_person("Bob Tremblay", made.program, "mentee")
        return made
