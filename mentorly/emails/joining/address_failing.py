from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from mentorly.emails.due import Due
from mentorly.emails.email import MORNING, Email
from mentorly.emails.joining.unreached_values import UNREACHED, sample_unreached, unreached_values
from mentorly.mentoring.people import Person
from mentorly.mentoring.unreached import Unreached


class AddressFailing(Email):
    """You get this because you run the service, and mails to somebody come back."""

    due = Due(
        Unreached,
        reader=Unreached.administrator_id,
        moment=Unreached.lasting_at,
        occasion=Unreached.lasting_at,
        while_=Unreached.stands,
    )
    lane = MORNING
    fresh_for = timedelta(days=30)
    loads = UNREACHED

    def values(self, thing: Unreached, reader: Person, now: datetime) -> Mapping[str, Any]:
        return unreached_values(thing)

    def sample(self, reader: Person, now: datetime) -> Unreached:
        return sample_unreached(now)
