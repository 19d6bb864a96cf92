from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mentorly.emails.due import Due
from mentorly.emails.email import NOW, Email, Given
from mentorly.emails.reporting.concern_values import CONCERN, WORDS, concern_values, sample_concern
from mentorly.emails.understanding import Meaning
from mentorly.mentoring.audit import AuditEntry, Deed
from mentorly.mentoring.base import Refused
from mentorly.mentoring.concerns import Concern
from mentorly.mentoring.looking_after import told_administrators
from mentorly.mentoring.people import Person


class ConcernRaised(Email):
    """You get this because concerns about relationships of this program reach you."""

    due = Due(
        Concern,
        reader=Person.id,
        moment=Concern.raised_at,
        joins=((Person, told_administrators(Concern.contact_id, Concern.relationship_id)),),
        while_=Concern.is_open,
    )
    lane = NOW
    fresh_for = None
    personal = True
    loads = CONCERN
    buttons = {"done": ()}
    replies = {Meaning.DONE: "done"}

    def values(self, thing: Concern, reader: Person, now: datetime) -> Mapping[str, Any]:
        words = thing.words_for(reader)
        return {**concern_values(thing, reader), "words": words if reader.quotes else "", "has_words": bool(words)}

    def sample(self, reader: Person, now: datetime) -> Concern:
        return sample_concern(reader, now, is_own=False)

    def sample_values(self, thing: Concern, reader: Person, now: datetime) -> Mapping[str, Any]:
        words = WORDS[reader.language] if reader.quotes else ""
        return {**concern_values(thing, reader), "words": words, "has_words": True}

    def settled(self, thing: Concern, now: datetime) -> Refused | None:
        return Refused("This concern has been taken back.") if thing.withdrawn_at else None

    def answered(self, thing: Concern, by: Person, given: Given, now: datetime) -> None:
        thing.close(by, now)
        _keep(Deed.CONCERN_CLOSED, thing, by, now)

    def undone(self, thing: Concern, by: Person, given: Given, now: datetime) -> None:
        thing.reopen(by, now)
        _keep(Deed.CONCERN_REOPENED, thing, by, now)


def _keep(deed: Deed, thing: Concern, by: Person, now: datetime) -> None:
    AuditEntry.write(by.session, deed, thing, by, now, person=thing.raised_by, program=thing.relationship.program)
