from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from mentorly.emails.due import Due
from mentorly.emails.email import NOW, Email
from mentorly.emails.joining.unreached_values import UNREACHED, sample_unreached, unreached_values
from mentorly.mentoring.people import Person
from mentorly.mentoring.unreached import Unreached


class NotReached(Email):
    """You get this because you look after somebody whom a mail that matters did not reach."""

    due = Due(
        Unreached,
        reader=Unreached.told_id,
        moment=Unreached.lost_at,
        occasion=Unreached.lost_at,
        while_=Unreached.stands,
    )
    lane = NOW
    fresh_for = timedelta(days=30)
    loads = UNREACHED

    def values(self, thing: Unreached, reader: Person, now: datetime) -> Mapping[str, Any]:
        return unreached_values(thing)

    def sample(self, reader: Person, now: datetime) -> Unreached:
        return sample_unreached(now)
