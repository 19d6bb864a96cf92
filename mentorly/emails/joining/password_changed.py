from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from mentorly.emails.due import Due
from mentorly.emails.email import NOW, Email
from mentorly.mentoring.people import Person


class PasswordChanged(Email):
    """You get this because the password of your account was changed."""

    due = Due(
        Person,
        reader=Person.id,
        moment=Person.password_changed_at,
        occasion=Person.password_changed_at,
    )
    lane = NOW
    fresh_for = timedelta(days=7)
    through_quiet = True

    def values(self, thing: Person, reader: Person, now: datetime) -> Mapping[str, Any]:
        return {"changed_at": thing.password_changed_at or now}

    def sample(self, reader: Person, now: datetime) -> Person:
        return reader
