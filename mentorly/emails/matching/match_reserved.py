from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from mentorly.emails.due import Due
from mentorly.emails.email import NOW, Email, Given
from mentorly.emails.matching.asking_mentor import sample_proposal
from mentorly.emails.matching.proposing_again import next_values, propose_next, sample_next, take_next_back, whom_next
from mentorly.emails.understanding import Meaning
from mentorly.mentoring.base import Refused
from mentorly.mentoring.people import Person
from mentorly.mentoring.proposals import Proposal
from mentorly.mentoring.questions import Question
from mentorly.mentoring.reservations import RESERVATION


class MatchReserved(Email):
    """You get this because you proposed a match and the mentor has a reservation; nobody else is told the reason."""

    due = Due(
        Proposal,
        reader=Proposal.told_to_id,
        moment=Proposal.reserved_at,
        occasion=Proposal.reserved_at,
        while_=Proposal.is_reserved,
    )
    lane = NOW
    fresh_for = timedelta(days=30)
    buttons = {"propose": ()}
    replies = {Meaning.YES: "propose"}
    read_as = ("propose",)

    def values(self, thing: Proposal, reader: Person, now: datetime) -> Mapping[str, Any]:
        reason = RESERVATION.options.get(thing.reservation, {}).get(reader.language, "")
        return next_values(thing, reader, now) | {
            "reason": reason,
            "words": thing.reservation_words,
            "proposal_id": thing.id,
        }

    def sample(self, reader: Person, now: datetime) -> Proposal:
        return sample_proposal(reader, now)

    def sample_values(self, thing: Proposal, reader: Person, now: datetime) -> Mapping[str, Any]:
        return sample_next(reader) | {
            "proposal_id": 1,
            "reason": RESERVATION.options["relationship"][reader.language],
            "words": "We were on the same team until last spring.",
        }

    def questions(self, button: str, thing: Proposal, reader: Person, now: datetime) -> Sequence[Question]:
        return whom_next(thing, reader, now)

    def settled(self, thing: Proposal, now: datetime) -> Refused | None:
        return thing.passed_by(now)

    def answered(self, thing: Proposal, by: Person, given: Given, now: datetime) -> None:
        propose_next(thing, by, given, now)

    def undone(self, thing: Proposal, by: Person, given: Given, now: datetime) -> None:
        take_next_back(thing, by, given, now)
