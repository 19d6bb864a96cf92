from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import exists, or_

from mentorly.emails.asking.asked_values import AGREED, others_in, sample_agreement, shown
from mentorly.emails.due import Due
from mentorly.emails.email import NOW, Email, Given
from mentorly.mentoring.agreeing import sign_current
from mentorly.mentoring.agreements import AgreementText, Signature
from mentorly.mentoring.asked import Asked
from mentorly.mentoring.base import Refused
from mentorly.mentoring.filling_in import SIGN
from mentorly.mentoring.people import Person
from mentorly.mentoring.questions import Question
from mentorly.mentoring.relationships import Relationship


class AgreementToSign(Email):
    """You get this because the agreement of your mentoring relationship was filled in, and waits for your signature."""

    due = Due(
        AgreementText,
        reader=Asked.person_id,
        moment=AgreementText.written_at,
        joins=(
            (Relationship, AgreementText.relationship_id == Relationship.id),
            (
                Asked,
                (Asked.relationship_id == AgreementText.relationship_id)
                & (Asked.name == AgreementText.name)
                & Asked.withdrawn_at.is_(None)
                & (Asked.text_id == AgreementText.text_id)
                & or_(AgreementText.written_by_id.is_(None), AgreementText.written_by_id != Asked.person_id),
            ),
        ),
        while_=AgreementText.is_current
        & Relationship.is_active
        & ~exists().where(Signature.agreement_id == AgreementText.id, Signature.person_id == Asked.person_id),
        unsent=AgreementText.completed_at.is_(None),
        awaited=AgreementText.is_current & Relationship.goes_on,
    )
    lane = NOW
    fresh_for = None
    loads = AGREED
    buttons = {"sign": (SIGN,)}
    keeps_said = False

    def values(self, thing: AgreementText, reader: Person, now: datetime) -> Mapping[str, Any]:
        return {
            "title": thing.text.instrument.title[reader.language],
            "others": [person.name for person in others_in(thing.relationship, reader)],
            "writer": thing.written_by.name if thing.written_by else "",
            "sections": shown(thing.sections(reader.language)),
            "program": thing.relationship.program.name,
            "agreement_id": thing.id,
        }

    def sample(self, reader: Person, now: datetime) -> AgreementText:
        return sample_agreement(reader, now)

    def questions(self, button: str, thing: AgreementText, reader: Person, now: datetime) -> Sequence[Question]:
        return [replace(SIGN, required=True)]

    def offered(self, thing: AgreementText, reader: Person) -> Sequence[str]:
        return ["sign"] if reader.quotes else []

    def settled(self, thing: AgreementText, now: datetime) -> Refused | None:
        if not thing.is_current:
            return Refused("This has been changed since this mail. Another mail shows what stands now.")
        return None

    def held(self, thing: AgreementText) -> Relationship:
        return thing.relationship

    def answered(self, thing: AgreementText, by: Person, given: Given, now: datetime) -> None:
        if not by.quotes:
            raise Refused("Your mails do not show this text. Please read it on its page, and sign it there.")
        sign_current(thing, by, given.said[SIGN.name], now)
