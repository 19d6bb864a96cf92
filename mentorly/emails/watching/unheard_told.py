from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from mentorly.emails.due import Due
from mentorly.emails.email import MORNING, Email, Given
from mentorly.emails.matching.asking_mentor import sample_person, sample_program
from mentorly.emails.unanswered import is_silent
from mentorly.emails.understanding import Meaning
from mentorly.emails.watching.about_unheard import UNHEARD, sample_unheard, unheard_values
from mentorly.mentoring.audit import AuditEntry, Deed
from mentorly.mentoring.base import Refused
from mentorly.mentoring.people import Person
from mentorly.mentoring.unheard import Unheard, told_of


class UnheardTold(Email):
    """You get this because a mentor or project lead of a program that you run has not answered for long."""

    due = Due(
        Unheard,
        reader=Person.id,
        moment=Unheard.tell_at,
        joins=((Person, told_of(Unheard.contact_id, Unheard.person_id)),),
        while_=is_silent(),
    )
    lane = MORNING
    fresh_for = timedelta(days=14)
    loads = UNHEARD
    buttons = {"done": ()}
    replies = {Meaning.DONE: "done"}

    def values(self, thing: Unheard, reader: Person, now: datetime) -> Mapping[str, Any]:
        person = thing.person
        told = {"name": person.name, "email": person.email, "phone": person.phone}
        return {**unheard_values(thing), **told, "was_nudged": thing.nudged_at is not None}

    def sample(self, reader: Person, now: datetime) -> Unheard:
        row = sample_unheard(sample_person("Alice Gagnon", sample_program(), "mentor"), now - timedelta(days=7))
        row.nudged_at = now - timedelta(days=7)
        return row

    def settled(self, thing: Unheard, now: datetime) -> Refused | None:
        return Refused("{name} has answered since.", name=thing.person.name) if thing.over_at else None

    def answered(self, thing: Unheard, by: Person, given: Given, now: datetime) -> None:
        thing.settle(by, now)
        AuditEntry.write(by.session, Deed.UNHEARD_SETTLED, thing, by, now, person=thing.person)

    def undone(self, thing: Unheard, by: Person, given: Given, now: datetime) -> None:
        thing.reopen(by, now)
        AuditEntry.write(by.session, Deed.UNHEARD_REOPENED, thing, by, now, person=thing.person)
