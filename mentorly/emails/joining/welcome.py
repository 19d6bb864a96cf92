from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from mentorly.emails.due import Due
from mentorly.emails.email import NOW, Email, Given, Going
from mentorly.mentoring.passwords import TEMPORARY_PASSWORD_LIFE, offer_temporary_passwords, set_first_password
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.questions import Password


class Welcome(Email):
    """You get this because a project lead or an administrator registered you."""

    due = Due(
        Person,
        reader=Person.id,
        moment=Person.registered_at,
        occasion=Person.email,
        unsent=Person.welcomed_at.is_(None) & Person.unreached_at.is_(None) & ~Person.is_outside,
    )
    lane = NOW
    fresh_for = None
    told_if_lost = True
    noted = "welcomed_at"
    buttons = {
        "password": (Password("password", {"en": "Your own password", "fr": "Votre mot de passe"}, required=True),)
    }
    greets = True
    button_life = TEMPORARY_PASSWORD_LIFE

    def values(self, thing: Person, reader: Person, now: datetime) -> Mapping[str, Any]:
        return {"until": now + TEMPORARY_PASSWORD_LIFE}

    def sample(self, reader: Person, now: datetime) -> Person:
        return reader

    def sample_values(self, thing: Person, reader: Person, now: datetime) -> Mapping[str, Any]:
        return {
            "roles": ["mentee"],
            "programs": ["Pilot"],
            "until": now + timedelta(days=14),
            "temporary_password": "the-temporary-one",
        }

    def sending(self, going: Sequence[Going], now: datetime) -> Sequence[Mapping[str, Any]]:
        session = going[0].thing.session
        told = Participation.told_of(session, [one.thing.id for one in going])
        offered = {one.thing.id: one.password for one in going if not one.thing.password_hash}
        offer_temporary_passwords(session, offered, now)
        return [
            {
                "roles": sorted({role for role, _ in told[one.thing.id]}),
                "programs": sorted({program for _, program in told[one.thing.id]}),
                "temporary_password": offered.get(one.thing.id, ""),
            }
            for one in going
        ]

    def answered(self, thing: Person, by: Person, given: Given, now: datetime) -> None:
        set_first_password(thing, given.said["password"], by, now)
