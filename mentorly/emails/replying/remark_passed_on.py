from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import selectinload

from mentorly.emails.due import Due
from mentorly.emails.email import NOW, Email
from mentorly.mentoring.people import Person
from mentorly.mentoring.remarks import Remark


class RemarkPassedOn(Email):
    """You get this because somebody you are matched with wrote to you by way of our mails."""

    due = Due(Remark, reader=Remark.receiver_id, moment=Remark.passed_on_at, while_=Remark.words != "")
    lane = NOW
    fresh_for = timedelta(days=3)
    loads = (selectinload(Remark.author),)

    def values(self, thing: Remark, reader: Person, now: datetime) -> Mapping[str, Any]:
        return {"author": thing.author.name, "email": thing.author.email, "words": thing.words}

    def sample(self, reader: Person, now: datetime) -> Remark:
        return Remark(id=1, words="", kept_at=now, forget_at=now, passed_on_at=now)

    def sample_values(self, thing: Remark, reader: Person, now: datetime) -> Mapping[str, Any]:
        words = {"en": "Could we meet in the evening?", "fr": "Pourrions-nous nous voir en soirée?"}[reader.language]
        return {"author": "Bob Tremblay", "email": "bob.tremblay@example.org", "words": words}
