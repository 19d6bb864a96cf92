from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import selectinload

from mentorly.emails.due import Due
from mentorly.emails.email import NOW, Email, Given
from mentorly.emails.understanding import Meaning
from mentorly.mentoring.audit import AuditEntry, Deed
from mentorly.mentoring.base import Refused
from mentorly.mentoring.calls import CallForHelp
from mentorly.mentoring.people import Person


class HelpWanted(Email):
    """You get this because calls for help from this program reach you."""

    due = Due(
        CallForHelp,
        reader=Person.id,
        moment=CallForHelp.called_at,
        joins=((Person, CallForHelp.reaches()),),
        while_=CallForHelp.is_open,
    )
    lane = NOW
    fresh_for = None
    personal = True
    loads = (selectinload(CallForHelp.caller), selectinload(CallForHelp.program))
    buttons = {"done": ()}
    replies = {Meaning.DONE: "done"}

    def values(self, thing: CallForHelp, reader: Person, now: datetime) -> Mapping[str, Any]:
        return {
            "caller": thing.caller.name,
            "email": thing.caller.email,
            "program": thing.program.name if thing.program else "",
            "words": thing.words,
        }

    def sample(self, reader: Person, now: datetime) -> CallForHelp:
        return CallForHelp(id=1, words="", called_at=now)

    def sample_values(self, thing: CallForHelp, reader: Person, now: datetime) -> Mapping[str, Any]:
        words = {"en": "I cannot reach my mentor.", "fr": "Je n'arrive pas à joindre mon mentor."}[reader.language]
        return {"caller": "Bob Tremblay", "email": "bob.tremblay@example.org", "program": "Pilot", "words": words}

    def settled(self, thing: CallForHelp, now: datetime) -> Refused | None:
        return Refused("{name} needs no help any more.", name=thing.caller.name) if thing.withdrawn_at else None

    def answered(self, thing: CallForHelp, by: Person, given: Given, now: datetime) -> None:
        thing.settle(by, now)
        AuditEntry.write(by.session, Deed.CALL_SETTLED, thing, by, now, person=thing.caller)

    def undone(self, thing: CallForHelp, by: Person, given: Given, now: datetime) -> None:
        thing.reopen(by, now)
        AuditEntry.write(by.session, Deed.CALL_REOPENED, thing, by, now, person=thing.caller)
