"""Bringing forward: what was collected for the week goes earlier once its reader no longer gathers mails for one."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from mentorly.emails.email import LANES, WEEKLY
from mentorly.emails.envelope import Envelope, State
from mentorly.mentoring.people import Person


def bring_forward(session: Session, reader: Person, now: datetime) -> None:
    """Let what waits for a reader's week be looked at on their next working morning; the claim knows when it goes.

    What a mail server has put off keeps its time, and what would go before that morning too.
    """
    if reader.weekly:
        return
    morning = reader.rhythm.next_morning(now)
    waits = Envelope.reader_id == reader.id, Envelope.state == State.WAITING, Envelope.lane == LANES.index(WEEKLY)
    untried = Envelope.tries == 0, Envelope.doubts == 0, Envelope.ready_at > morning
    earlier = update(Envelope).where(*waits, *untried).values(ready_at=morning)
    session.execute(earlier.execution_options(synchronize_session=False))
