from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from mentorly.emails.asking.asked_values import AGREED, others_in, sample_agreement, sample_asked
from mentorly.emails.asking.signed_copies import signed_copy
from mentorly.emails.attachment import Attachment
from mentorly.emails.due import Due
from mentorly.emails.email import NOW, Email
from mentorly.mentoring.agreements import AgreementText, Signature
from mentorly.mentoring.people import Person


class AgreementSigned(Email):
    """You get this because the agreement of your mentoring relationship is signed by all of you."""

    due = Due(
        AgreementText,
        reader=Signature.person_id,
        moment=AgreementText.completed_at,
        joins=((Signature, Signature.agreement_id == AgreementText.id),),
    )
    lane = NOW
    fresh_for = None
    loads = AGREED

    def values(self, thing: AgreementText, reader: Person, now: datetime) -> Mapping[str, Any]:
        return {
            "title": thing.text.instrument.title[reader.language],
            "others": [person.name for person in others_in(thing.relationship, reader)],
            "agreement_id": thing.id,
        }

    def attachments(self, thing: AgreementText, reader: Person, now: datetime) -> Sequence[Attachment]:
        own = thing.signature(reader)
        return [signed_copy(own, thing.signatures, thing.relationship.program.name)] if own else []

    def sample(self, reader: Person, now: datetime) -> AgreementText:
        made = sample_agreement(reader, now)
        asked = sample_asked(reader, now, made.name)
        made.signatures = [
            Signature.made(asked, made, made.sections(reader.language), person, person.name, now, reader.language)
            for person in (made.written_by, reader)
            if person
        ]
        return made
