from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from mentorly.emails.due import Due
from mentorly.emails.email import NOW, Email, Given
from mentorly.emails.reporting.concern_values import CONCERN, concern_values, sample_concern
from mentorly.mentoring.base import Refused
from mentorly.mentoring.concerns import Concern
from mentorly.mentoring.people import Person


class ConcernKept(Email):
    """You get this because you told the administrators of your program about your relationship."""

    due = Due(Concern, reader=Concern.raised_by_id, moment=Concern.raised_at, while_=Concern.stands)
    lane = NOW
    fresh_for = timedelta(days=3)
    through_quiet = True
    personal = True
    loads = CONCERN
    buttons = {"withdraw": ()}

    def values(self, thing: Concern, reader: Person, now: datetime) -> Mapping[str, Any]:
        return concern_values(thing, reader)

    def sample(self, reader: Person, now: datetime) -> Concern:
        return sample_concern(reader, now, is_own=True)

    def settled(self, thing: Concern, now: datetime) -> Refused | None:
        return None if thing.is_open else Refused("Somebody has looked after this already, or you took it back.")

    def answered(self, thing: Concern, by: Person, given: Given, now: datetime) -> None:
        thing.withdraw(by, now)
