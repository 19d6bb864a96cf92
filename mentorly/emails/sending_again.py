"""Sending a mail once more: a new envelope, with `again` one higher (rules A5)."""

import secrets
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mentorly.emails.envelope import Envelope, State


def new_mark() -> str:
    """A mark for an envelope that is not made by the database."""
    return secrets.token_hex(16)


def send_again(session: Session, envelope: Envelope, now: datetime) -> Envelope:
    """Let a mail that left go once more; whoever may ask for it."""
    same = (
        Envelope.kind == envelope.kind,
        Envelope.thing_id == envelope.thing_id,
        Envelope.reader_id == envelope.reader_id,
        Envelope.occasion == envelope.occasion,
    )
    last = session.scalar(select(func.max(Envelope.again)).where(*same)) or 0
    made = Envelope(
        kind=envelope.kind,
        thing_id=envelope.thing_id,
        reader_id=envelope.reader_id,
        occasion=envelope.occasion,
        again=last + 1,
        moment=envelope.moment,
        lane=0,
        mark=new_mark(),
        state=State.WAITING,
        send_at=now,
        ready_at=now,
        collected_at=now,
    )
    session.add(made)
    session.flush()
    return made
