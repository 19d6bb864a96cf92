from datetime import datetime

from sqlalchemy import exists

from mentorly.emails.asking.answering_asked import AboutAsked
from mentorly.emails.due import Due
from mentorly.mentoring.asked import Asked
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Relationship

# What an ended relationship still asks is reminded of, and told again in no digest.
OF_PAUSED = exists().where(Relationship.id == Asked.relationship_id, Relationship.is_paused)
OF_ENDED = exists().where(Relationship.id == Asked.relationship_id, Relationship.ended_at.is_not(None))


class InstrumentAsked(AboutAsked):
    """You get this because your program asks something of you that opens now."""

    due = Due(
        Asked,
        reader=Asked.person_id,
        moment=Asked.opens_at,
        while_=Asked.is_open & ~OF_PAUSED,
        unsent=Asked.asked_at.is_(None),
        awaited=Asked.is_open & ~OF_ENDED,
    )
    fresh_for = None

    def sent(self, thing: Asked, reader: Person, now: datetime) -> None:
        thing.was_asked(now)
