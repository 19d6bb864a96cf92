"""The planned end: a relationship is over once its last day is, unless it is paused (rules C10)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from mentorly.mentoring.base import HOLD
from mentorly.mentoring.course_changes import close_asking
from mentorly.mentoring.programs import Program
from mentorly.mentoring.relationships import Member, Relationship

BATCH = 200


def run_out(session: Session, now: datetime, size: int = BATCH) -> Iterator[int]:
    """End what is past its last day, by the batch; yields how many each had, for the caller to commit.

    Nothing can be planned after that day, so there is nothing to call off.
    """
    latest = now.date() + timedelta(days=1)
    over = select(Relationship).where(Relationship.ends_on < latest, Relationship.goes_on)
    zones = select(Program.id, Program.timezone).where(Program.id.in_(over.with_only_columns(Relationship.program_id)))
    for number, zone in session.execute(zones).all():
        today = now.astimezone(ZoneInfo(zone)).date()
        mine = over.where(Relationship.program_id == number, Relationship.ends_on < today).order_by(Relationship.id)
        people = selectinload(Relationship.members).selectinload(Member.person)
        while rows := session.scalars(mine.options(people).limit(size).with_for_update(skip_locked=True, **HOLD)).all():
            for together in rows:
                together.run_out()
                close_asking(together, now)
            session.flush()
            yield len(rows)
