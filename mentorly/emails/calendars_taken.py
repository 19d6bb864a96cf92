"""What is known of a calendar that came in, and what becomes of it."""

from dataclasses import dataclass
from typing import NamedTuple

from mentorly.emails.envelope import Envelope
from mentorly.emails.reply import Outcome
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Member, Relationship

ACCEPT, DECLINE, TENTATIVE, COUNTER, REFRESH = "accept", "decline", "tentative", "counter", "refresh"
UPDATE, CANCEL = "update", "cancel"
ASK, IGNORE, REFUSE = "ask", "ignore", "refuse"
STALE, REPEATED, NOTHING_NEW, TOO_LATE = "stale", "repeated", "nothing new", "too late"


@dataclass(frozen=True)
class Place:
    """Where a calendar came to: a person's own address in a relationship (member), or that of a mail to them."""

    to: Member | Envelope

    @property
    def person(self) -> Person:
        """Whose address it is."""
        return self.to.person if isinstance(self.to, Member) else self.to.reader

    @property
    def together(self) -> Relationship | None:
        """The relationship of the address."""
        return self.to.relationship if isinstance(self.to, Member) else None


class Done(NamedTuple):
    """What became of a calendar, in a word. outcome: what its owner is written about; about: the mail that asks."""

    decision: str
    outcome: Outcome | None = None
    about: Envelope | None = None
