from datetime import datetime

from mentorly.emails.asking.answering_asked import AboutAsked
from mentorly.emails.due import Due
from mentorly.mentoring.asked import Asked
from mentorly.mentoring.people import Person


class InstrumentAsked(AboutAsked):
    """You get this because your program asks something of you that opens now."""

    due = Due(
        Asked,
        reader=Asked.person_id,
        moment=Asked.opens_at,
        while_=Asked.is_open,
        unsent=Asked.asked_at.is_(None),
        awaited=Asked.is_open,
    )
    fresh_for = None

    def sent(self, thing: Asked, reader: Person, now: datetime) -> None:
        thing.was_asked(now)
