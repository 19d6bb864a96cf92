"""Unsubscribing: a token stops the optional mails of its mail's family, and lets them come again (RFC 8058)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from mentorly.emails.answering import Expired, NotOurs
from mentorly.emails.email import Register
from mentorly.emails.envelope import Envelope
from mentorly.emails.writing import SAMPLE, UNSUBSCRIBE, Desk
from mentorly.mentoring.people import Person
from mentorly.mentoring.suppressions import Family, Suppression
from mentorly.tokens import Tokens


@dataclass(frozen=True)
class Unsubscription:
    """What a token stops: the mails of a family to a reader."""

    reader: Person
    family: Family

    @property
    def is_stopped(self) -> bool:
        """Whether they are stopped already."""
        return self.family in Suppression.stopped(self.reader)

    def stop(self, now: datetime) -> None:
        """Stop them; stopped once more they stay stopped."""
        Suppression.stop(self.reader, [self.family], self.reader, now)

    def resume(self, now: datetime) -> None:
        """Let them come again."""
        Suppression.resume(self.reader, [self.family], self.reader, now)


def open_unsubscription(session: Session, register: Register, desk: Desk, token: str) -> Unsubscription:
    """Find what the token in a mail stops, for as long as the mail is on record. Raises NotOurs or Expired."""
    if token == SAMPLE:
        raise Expired("This is a test mail: its links stop nothing.")
    number = Tokens.number(token)
    envelope = session.get(Envelope, number) if number is not None else None
    if envelope is None or not desk.tokens.proves(token, UNSUBSCRIBE, envelope.reader.generation):
        raise NotOurs("This link is not one of ours, or it is not whole. You can choose your mails in your profile.")
    kind = register.get(envelope.kind)
    if kind is None or not kind.stoppable:
        raise Expired("Mails of this kind are no longer sent, or everybody who takes part needs them.")
    return Unsubscription(envelope.reader, kind.family)
