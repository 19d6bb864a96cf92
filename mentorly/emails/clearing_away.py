"""Clearing away: received messages are private and go early; what tells a second copy from the first goes later."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from mentorly.emails.received import Received, Stage

# How long what was received is kept after it was taken, and after it failed (rules B7).
TAKEN, FAILED = timedelta(days=7), timedelta(days=30)
# How long a second copy is known: longer than any mail server or mailbox holds one back.
KNOWN = timedelta(days=90)
BATCH = 500


class ClearingAway:
    """Deletes the bytes of received messages once nobody needs them, and their rows after 90 days."""

    def __init__(self, session: Session, now: datetime) -> None:
        self.session = session
        self.now = now

    def bytes(self, size: int = BATCH) -> Iterator[int]:
        """Delete the bytes of messages by the batch; yields how many each was, for the caller to commit."""
        over = or_(
            (Received.stage == Stage.TAKEN) & (Received.taken_at < self.now - TAKEN),
            (Received.stage == Stage.FAILED) & (Received.taken_at < self.now - FAILED),
        )
        kept = Received.raw.is_not(None) & (Received.received_at < self.now - TAKEN)
        query = select(Received.id).where(kept, over).order_by(Received.received_at).limit(size)
        while numbers := self.session.scalars(query).all():
            self.session.execute(update(Received).where(Received.id.in_(numbers)).values(raw=None))
            yield len(numbers)

    def rows(self, size: int = BATCH) -> Iterator[int]:
        """Delete the rows of messages by the batch; yields how many each was, for the caller to commit."""
        cleared = Received.raw.is_(None) & (Received.received_at < self.now - KNOWN)
        query = select(Received.id).where(cleared).order_by(Received.received_at).limit(size)
        while numbers := self.session.scalars(query).all():
            self.session.execute(delete(Received).where(Received.id.in_(numbers)))
            yield len(numbers)
