"""How many meetings there are in relationships: held as the session log says, and coming. Counts alone, no words."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mentorly.mentoring.meetings import Meeting
from mentorly.mentoring.sessions import SessionLog


class Meetings(NamedTuple):
    """held: the lines of the session log that stand. planned: meetings that have a time and are not over."""

    held: int = 0
    planned: int = 0


def meetings_in(session: Session, relationships: Iterable[int], now: datetime) -> dict[int, Meetings]:
    """The meetings of each of some relationships, by their numbers; asked at once, however many there are."""
    numbers = list(relationships)
    held = (
        select(SessionLog.relationship_id, func.count())
        .where(SessionLog.relationship_id.in_(numbers), SessionLog.stands)
        .group_by(SessionLog.relationship_id)
    )
    planned = (
        select(Meeting.relationship_id, func.count())
        .where(Meeting.relationship_id.in_(numbers), Meeting.is_planned, Meeting.ends_at > now)
        .group_by(Meeting.relationship_id)
    )
    by_number: list[dict[int, int]] = [dict(iter(session.execute(counted))) for counted in (held, planned)]
    return {number: Meetings(*(counts.get(number, 0) for counts in by_number)) for number in numbers}
