"""Pacing: no more mails a second than a relay allows, for all workers together."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from mentorly.emails.collecting import insert_of
from mentorly.mentoring.base import Base

# Longer than this a worker does not stand and wait; the mail waits instead, and others may go.
PATIENCE = timedelta(seconds=2)
ALL = ""


class Pace(Base):
    """When the next mail may go: to a recipient's domain, or ('') at all."""

    __tablename__ = "pace"

    name: Mapped[str] = mapped_column(primary_key=True)
    next_at: Mapped[datetime]


@dataclass
class Pacing:
    """Lets mails go at a pace. per_second, per_domain: mails a second, at all and to one domain; 0: as they come."""

    per_second: float = 0.0
    per_domain: float = 0.0
    put_off: Counter[str] = field(default_factory=Counter)

    @property
    def is_set(self) -> bool:
        """Whether there is anything to keep to."""
        return self.per_second > 0 or self.per_domain > 0

    def turn(self, session: Session, recipient: str, now: datetime) -> tuple[datetime, bool]:
        """Take a turn for a mail to this recipient: when it may go, and whether that is worth waiting for. Commits.

        Where it is not, no turn is taken, and the moment is a guess at when there will be one.
        """
        turn = now
        for name, rate in ((recipient.rpartition("@")[2].lower(), self.per_domain), (ALL, self.per_second)):
            if rate > 0:
                own, taken = self._take(session, name, rate, now)
                if not taken:
                    session.rollback()
                    self.put_off[name] += 1
                    return own + timedelta(seconds=self.put_off[name] / rate), False
                turn = max(turn, own)
        session.commit()
        return turn, True

    @staticmethod
    def _take(session: Session, name: str, rate: float, now: datetime) -> tuple[datetime, bool]:
        insert = insert_of(session, Pace).values(name=name, next_at=now).on_conflict_do_nothing()
        session.execute(insert)
        step = timedelta(seconds=1 / rate)
        next_at = session.scalars(select(Pace.next_at).where(Pace.name == name).with_for_update()).one()
        # A clock that was put back holds nobody up for as long as it was wrong.
        turn = next_at if now < next_at < now + PATIENCE + max(10 * step, PATIENCE) else now
        if turn > now + PATIENCE:
            return turn, False
        session.execute(update(Pace).where(Pace.name == name).values(next_at=turn + step))
        return turn, True
