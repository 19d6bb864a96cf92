from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mentorly.emails.due import Due
from mentorly.emails.email import NOW, Email, Given
from mentorly.emails.erasing import erase
from mentorly.mentoring.audit import AuditEntry, Deed
from mentorly.mentoring.base import Refused
from mentorly.mentoring.erasure_requests import ERASURE_LINK_LIFE, ErasureRequest
from mentorly.mentoring.people import Person


class ErasureAsked(Email):
    """You get this because you asked on your profile to have erased what we hold about you."""

    due = Due(
        ErasureRequest,
        reader=ErasureRequest.person_id,
        moment=ErasureRequest.asked_at,
        while_=ErasureRequest.is_open,
    )
    lane = NOW
    fresh_for = ERASURE_LINK_LIFE
    through_quiet = True
    personal = True
    buttons = {"erase": ()}
    by_hand = frozenset(buttons)
    button_life = ERASURE_LINK_LIFE

    def values(self, thing: ErasureRequest, reader: Person, now: datetime) -> Mapping[str, Any]:
        return {"until": thing.asked_at + ERASURE_LINK_LIFE}

    def sample(self, reader: Person, now: datetime) -> ErasureRequest:
        return ErasureRequest(person=reader, asked_at=now)

    def settled(self, thing: ErasureRequest, now: datetime) -> Refused | None:
        return None if thing.is_open else Refused("You have asked once more since then: use the button of that mail.")

    def answered(self, thing: ErasureRequest, by: Person, given: Given, now: datetime) -> None:
        thing.use(now)
        erase(by, by, now)
        AuditEntry.write(by.session, Deed.PERSON_ERASED, by, by, now)
