from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import selectinload

from mentorly.emails.due import Due
from mentorly.emails.email import NOW, Email, Given
from mentorly.mentoring.people import TEMPORARY_PASSWORD_LIFE, Participation, Person
from mentorly.mentoring.programs import Program
from mentorly.mentoring.questions import Password


class Welcome(Email):
    """You get this because a project lead or an administrator registered you."""

    due = Due(
        Person,
        reader=Person.id,
        moment=Person.registered_at,
        occasion=Person.email,
        unsent=Person.welcomed_at.is_(None) & Person.unreached_at.is_(None),
    )
    lane = NOW
    fresh_for = None
    noted = "welcomed_at"
    loads = (
        selectinload(Person.participations)
        .load_only(Participation.role, Participation.left_at, Participation.program_id)
        .selectinload(Participation.program)
        .load_only(Program.name),
    )
    buttons = {
        "password": (Password("password", {"en": "Your own password", "fr": "Votre mot de passe"}, required=True),)
    }
    button_life = TEMPORARY_PASSWORD_LIFE

    def values(self, thing: Person, reader: Person, now: datetime) -> Mapping[str, Any]:
        return {
            "roles": sorted({part.role for part in thing.participations if part.left_at is None}),
            "programs": sorted({part.program.name for part in thing.participations if part.left_at is None}),
            "until": now + TEMPORARY_PASSWORD_LIFE,
        }

    def sample(self, reader: Person, now: datetime) -> Person:
        return reader

    def sample_values(self, thing: Person, reader: Person, now: datetime) -> Mapping[str, Any]:
        return {
            "roles": ["mentee"],
            "programs": ["Pilot"],
            "until": now + timedelta(days=14),
            "temporary_password": "the-temporary-one",
        }

    def sending(self, thing: Person, reader: Person, password: str, now: datetime) -> Mapping[str, Any]:
        if thing.password_hash:
            return {"temporary_password": ""}
        thing.offer_temporary_password(password, now)
        return {"temporary_password": password}

    def not_sent(self, thing: Person, reader: Person, now: datetime) -> None:
        thing.not_reached(now)

    def answered(self, thing: Person, by: Person, given: Given, now: datetime) -> None:
        thing.set_first_password(given.said["password"], by, now)
