from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from mentorly.emails.due import NOW as AT_THIS_MOMENT
from mentorly.emails.due import Due
from mentorly.emails.email import NOW, Email, Given
from mentorly.emails.matching.asking_mentor import (
    ACCEPT_OR_RESERVE,
    PROPOSED,
    answer,
    can_take_back,
    proposed_values,
    sample_proposal,
    take_back,
)
from mentorly.mentoring.people import Person
from mentorly.mentoring.proposals import Proposal
from mentorly.mentoring.reservations import RESERVATION, RESERVATION_WORDS


class MatchProposed(Email):
    """You get this because you are a mentor and somebody proposed a mentee to you."""

    due = Due(
        Proposal,
        reader=Proposal.mentor_id,
        moment=Proposal.proposed_at,
        while_=Proposal.is_open,
        unsent=Proposal.asked_at.is_(None),
        awaited=Proposal.answer_by > AT_THIS_MOMENT,
    )
    lane = NOW
    fresh_for = None
    told_if_lost = True
    loads = PROPOSED
    thread = "proposal"
    buttons = {"accept": (), "reserve": (RESERVATION, RESERVATION_WORDS)}
    replies = ACCEPT_OR_RESERVE

    def values(self, thing: Proposal, reader: Person, now: datetime) -> Mapping[str, Any]:
        return proposed_values(thing) | {"answer_by": now + timedelta(days=thing.program.answer_days)}

    def sample(self, reader: Person, now: datetime) -> Proposal:
        return sample_proposal(reader, now)

    def sent(self, thing: Proposal, reader: Person, now: datetime) -> None:
        thing.asked(now)

    def not_sent(self, thing: Proposal, reader: Person, now: datetime) -> None:
        thing.not_deliverable(now)

    def answered(self, thing: Proposal, by: Person, given: Given, now: datetime) -> None:
        answer(thing, by, given, now)

    def can_undo(self, thing: Proposal, button: str) -> bool:
        return can_take_back(thing, button)

    def undone(self, thing: Proposal, by: Person, given: Given, now: datetime) -> None:
        take_back(thing, by, given, now)
