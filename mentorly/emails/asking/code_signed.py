from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import selectinload

from mentorly.emails.asking.asked_values import sample_asked
from mentorly.emails.asking.signed_copies import signed_copy
from mentorly.emails.attachment import Attachment
from mentorly.emails.due import Due
from mentorly.emails.email import NOW, Email
from mentorly.mentoring.agreements import Signature, sections
from mentorly.mentoring.asked import Asked
from mentorly.mentoring.people import Person


class CodeSigned(Email):
    """You get this because you signed something of your program, and a copy is yours."""

    due = Due(
        Signature,
        reader=Signature.person_id,
        moment=Signature.signed_at,
        while_=Signature.agreement_id.is_(None),
    )
    lane = NOW
    fresh_for = None
    loads = (
        selectinload(Signature.text),
        selectinload(Signature.person),
        selectinload(Signature.asked).selectinload(Asked.program),
    )

    def values(self, thing: Signature, reader: Person, now: datetime) -> Mapping[str, Any]:
        return {"title": thing.title, "at": thing.signed_at, "program": thing.asked.program.name}

    def attachments(self, thing: Signature, reader: Person, now: datetime) -> Sequence[Attachment]:
        return [signed_copy(thing, [thing], thing.asked.program.name)]

    def sample(self, reader: Person, now: datetime) -> Signature:
        asked = sample_asked(reader, now, "code_of_ethics")
        return Signature.made(asked, None, sections(asked.instrument, {}, reader.language), reader, reader.name, now)
