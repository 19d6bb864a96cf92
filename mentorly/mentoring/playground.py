"""The playground's clock: real time plus one offset in the database (rules A12)."""

from datetime import datetime, timedelta

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, Session, mapped_column

from mentorly.mentoring.base import Base, Refused


class PlaygroundClock(Base):
    """One row at most: how far the playground is ahead of real time, in microseconds."""

    __tablename__ = "playground_clock"

    id: Mapped[int] = mapped_column(primary_key=True)
    offset: Mapped[int] = mapped_column(BigInteger)

    @classmethod
    def ahead(cls, session: Session) -> timedelta:
        """How far it is ahead of real time."""
        row = session.get(cls, 1, populate_existing=True)
        return timedelta(microseconds=row.offset if row else 0)

    @classmethod
    def move_to(cls, session: Session, moment: datetime, now: datetime) -> None:
        """Let the clock show a later moment. now: what it shows. Raises Refused: it never goes back."""
        if moment < now:
            raise Refused("The playground's clock never goes back.")
        row = session.get(cls, 1, populate_existing=True)
        if row is None:
            row = cls(id=1, offset=0)
            session.add(row)
        row.offset += (moment - now) // timedelta(microseconds=1)
        session.flush()
