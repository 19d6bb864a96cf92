"""Mailboxes: how far a hosted mailbox was fetched, by the numbers that IMAP gives to messages (RFC 9051 2.3.1.1)."""

from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import BigInteger, CursorResult, String, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from mentorly.emails.collecting import insert_of
from mentorly.mentoring.base import Base

# Longer than one batch takes.
LEASE = timedelta(minutes=10)


class Mailbox(Base):
    """One folder of a mailbox.

    place: what it is known by. uidvalidity: with another one all its numbers mean other messages. uid: up to which
    message it is done with. claimed_until: how long somebody fetches from it. fetched_at: when that went well. fault:
    the name of what went wrong last, '' if nothing did; failing_since: since when it goes wrong.
    """

    __tablename__ = "mailbox"

    place: Mapped[str] = mapped_column(primary_key=True)
    uidvalidity: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    uid: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    claimed_until: Mapped[datetime | None]
    fetched_at: Mapped[datetime | None]
    fault: Mapped[str] = mapped_column(String, default="", server_default="")
    failing_since: Mapped[datetime | None]

    @classmethod
    def claim(cls, session: Session, place: str, now: datetime) -> "Mailbox | None":
        """Have a mailbox for oneself for a while; None while somebody else has it."""
        session.execute(insert_of(session, cls).values(place=place).on_conflict_do_nothing())
        free = or_(cls.claimed_until.is_(None), cls.claimed_until < now)
        claiming = update(cls).where(cls.place == place, free).values(claimed_until=now + LEASE)
        done = cast("CursorResult[Any]", session.execute(claiming, execution_options={"synchronize_session": False}))
        return session.get(cls, place, populate_existing=True) if done.rowcount else None

    def begin(self, uidvalidity: int) -> int:
        """The number after which messages are new; all are, when the numbers were given anew."""
        if self.uidvalidity != uidvalidity:
            self.uidvalidity, self.uid = uidvalidity, 0
        return self.uid

    def done_to(self, uid: int, now: datetime) -> None:
        """Keep that the messages up to this one are kept and moved; go on for a while."""
        self.uid, self.claimed_until = max(self.uid, uid), now + LEASE

    def leave(self, fault: str, now: datetime) -> None:
        """Keep how it went, and let others have it."""
        self.claimed_until, self.fault = None, fault
        self.fetched_at = self.fetched_at if fault else now
        self.failing_since = (self.failing_since or now) if fault else None

    @classmethod
    def failing(cls, session: Session, place: str) -> "Mailbox | None":
        """The mailbox, if the last fetching from it went wrong."""
        return session.scalar(select(cls).where(cls.place == place, cls.fault != ""))
