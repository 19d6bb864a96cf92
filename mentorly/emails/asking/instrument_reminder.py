from collections.abc import Sequence
from datetime import datetime, timedelta

from mentorly.emails.asking.answering_asked import AboutAsked
from mentorly.emails.asking.instrument_asked import OF_PAUSED
from mentorly.emails.due import Due
from mentorly.mentoring.asked import Asked
from mentorly.mentoring.base import Base
from mentorly.mentoring.people import Person


class InstrumentReminder(AboutAsked):
    """You get this because something that your program asked of you is not finished."""

    due = Due(
        Asked,
        reader=Asked.person_id,
        moment=Asked.remind_at,
        occasion=Asked.remind_at,
        while_=Asked.is_open & ~OF_PAUSED,
    )
    fresh_for = timedelta(days=7)

    def sent(self, thing: Asked, reader: Person, now: datetime) -> None:
        thing.was_reminded(now)

    def touches(self, thing: Asked) -> Sequence[Base]:
        return [thing.member] if thing.member else []
