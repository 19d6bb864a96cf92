"""How long mails have been waiting, for who watches over the service."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mentorly.emails.envelope import Envelope, State
from mentorly.mentoring.base import Moment


def oldest_wait(session: Session, now: datetime) -> timedelta:
    """Return how long ago the oldest mail that still waits could first have gone; zero if none is late."""
    first = func.min(Envelope.send_at, type_=Moment())
    since = session.scalar(select(first).where(Envelope.state == State.WAITING, Envelope.send_at <= now))
    return now - since if since else timedelta()
