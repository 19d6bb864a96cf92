from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from mentorly.emails.due import Due
from mentorly.emails.email import NOW, Email
from mentorly.mentoring.people import Person


class NotReached(Email):
    """You get this because you registered somebody whom our welcome cannot reach."""

    due = Due(
        Person,
        reader=Person.unreached_told_id,
        moment=Person.unreached_at,
        occasion=Person.unreached_at,
        while_=Person.is_unanswering,
    )
    lane = NOW
    fresh_for = timedelta(days=30)

    def values(self, thing: Person, reader: Person, now: datetime) -> Mapping[str, Any]:
        return {"person": thing.name, "address": thing.email, "number": thing.id}

    def sample(self, reader: Person, now: datetime) -> Person:
        return Person(id=100, name="Bob Tremblay", email="bbo.tremblay@example.org", unreached_at=now)
