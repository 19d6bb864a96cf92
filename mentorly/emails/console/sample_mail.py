from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from mentorly.emails.due import Due
from mentorly.emails.email import NOW, Email
from mentorly.emails.envelope import SampleRequest
from mentorly.mentoring.people import Person


class SampleMail(Email):
    """You get this because you asked for a test mail in the console."""

    due = Due(SampleRequest, reader=SampleRequest.person_id, moment=SampleRequest.asked_at)
    lane = NOW
    fresh_for = timedelta(hours=1)
    through_quiet = True

    def values(self, thing: SampleRequest, reader: Person, now: datetime) -> Mapping[str, Any]:
        shown = self.register[thing.kind]
        reads = Person(
            id=reader.id, name=reader.name, email=reader.email, language=thing.language, timezone=reader.timezone,
            organization=None, generation=0, quotes=reader.quotes,
        )  # fmt: skip
        return {**shown.sample_values(shown.sample(reads, now), reads, now), "shown": shown, "reads": reads}

    def sample(self, reader: Person, now: datetime) -> SampleRequest:
        return SampleRequest(kind=self.name, language=reader.language, person=reader, asked_at=now)

    def sample_values(self, thing: SampleRequest, reader: Person, now: datetime) -> Mapping[str, Any]:
        return {}

    def stands_for(self, values: Mapping[str, Any], reader: Person) -> tuple[Email, Person]:
        return (values["shown"], values["reads"]) if "shown" in values else (self, reader)
