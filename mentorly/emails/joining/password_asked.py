from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mentorly.emails.due import Due
from mentorly.emails.email import NOW, Email, Given
from mentorly.mentoring.passwords import PASSWORD_LINK_LIFE, PasswordRequest
from mentorly.mentoring.people import Person
from mentorly.mentoring.questions import Password


class PasswordAsked(Email):
    """You get this because somebody asked for a new password for your address."""

    due = Due(
        PasswordRequest,
        reader=PasswordRequest.person_id,
        moment=PasswordRequest.asked_at,
        while_=PasswordRequest.is_open,
    )
    lane = NOW
    fresh_for = PASSWORD_LINK_LIFE
    through_quiet = True
    buttons = {
        "password": (
            Password("password", {"en": "Your new password", "fr": "Votre nouveau mot de passe"}, required=True),
        )
    }
    button_life = PASSWORD_LINK_LIFE

    def values(self, thing: PasswordRequest, reader: Person, now: datetime) -> Mapping[str, Any]:
        return {"until": thing.asked_at + PASSWORD_LINK_LIFE}

    def sample(self, reader: Person, now: datetime) -> PasswordRequest:
        return PasswordRequest(person=reader, asked_at=now)

    def answered(self, thing: PasswordRequest, by: Person, given: Given, now: datetime) -> None:
        thing.set_password(given.said["password"], now)
