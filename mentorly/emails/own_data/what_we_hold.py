from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mentorly.emails.due import Due
from mentorly.emails.email import NOW, Email, Given
from mentorly.mentoring.audit import AuditEntry, Deed
from mentorly.mentoring.base import Refused
from mentorly.mentoring.data_requests import LINK_LIFE, DataRequest
from mentorly.mentoring.people import Person


class WhatWeHold(Email):
    """You get this because you, or somebody who runs your program, asked for what is kept about you."""

    due = Due(DataRequest, reader=DataRequest.person_id, moment=DataRequest.asked_at, while_=DataRequest.is_open)
    lane = NOW
    fresh_for = LINK_LIFE
    personal = True
    buttons = {"download": ()}
    by_hand = frozenset(buttons)

    def values(self, thing: DataRequest, reader: Person, now: datetime) -> Mapping[str, Any]:
        return {"is_own": thing.asked_by_id == reader.id, "until": thing.until}

    def sample(self, reader: Person, now: datetime) -> DataRequest:
        return DataRequest(person=reader, person_id=reader.id, asked_by_id=reader.id, asked_at=now)

    def settled(self, thing: DataRequest, now: datetime) -> Refused | None:
        return thing.closed(now)

    def answered(self, thing: DataRequest, by: Person, given: Given, now: datetime) -> None:
        thing.open(by, now)
        AuditEntry.write(by.session, Deed.DATA_TAKEN, thing, by, now, person=by)
