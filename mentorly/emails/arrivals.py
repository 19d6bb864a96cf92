"""What came in: what waits to be taken in, and what failed and waits for a person. Of no message more than rules B7."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from mentorly.emails.envelope import Envelope
from mentorly.emails.received import FAILED, WAITS, Received, Stage
from mentorly.emails.reception import BOUNCE

A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Arrivals:
    """How many received messages are not done with. waiting_since: since when the first of them waits."""

    waiting: int
    waiting_since: datetime | None
    failed: int

    def oldest(self, now: datetime) -> timedelta:
        """How long the first that waits has been waiting; zero if there is none."""
        return max(now - self.waiting_since, timedelta()) if self.waiting_since else timedelta()

    @classmethod
    def read(cls, session: Session) -> "Arrivals":
        """Count them, in one query, by the indexes of those alone."""
        first = select(Received.received_at).where(WAITS).order_by(Received.id).limit(1)
        waiting, failed = (select(func.count()).select_from(Received).where(those) for those in (WAITS, FAILED))
        parts = (query.scalar_subquery() for query in (waiting, first, failed))
        return cls(*session.execute(select(*parts)).one())


@dataclass(frozen=True)
class Taken:
    """How many messages of the last day were taken in.

    decided: by what was decided of each. bounced: those that told of a mail that came back, by the verdict.
    """

    decided: Mapping[str, int]
    bounced: Mapping[str, int]

    @classmethod
    def read(cls, session: Session, now: datetime) -> "Taken":
        """Count them, in one query, by the index of those whose bytes are kept: all of the last day are."""
        lately = Received.raw.is_not(None), Received.received_at > now - A_DAY, Received.stage == Stage.TAKEN
        keys = Received.decision, Envelope.bounce
        decided: Counter[str] = Counter()
        bounced: Counter[str] = Counter()
        query = select(*keys, func.count()).outerjoin(Received.envelope).where(*lately).group_by(*keys)
        for decision, verdict, number in session.execute(query):
            decided[decision] += number
            bounced[verdict] += number if decision == BOUNCE else 0
        return cls(decided, +bounced)


def failed() -> Select[Received]:
    """The messages that could not be taken in, newest first."""
    return select(Received).where(FAILED).order_by(Received.id.desc())
