"""What is asked follows the course of its relationship: what has not opened moves with its dates, and ends with it."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import selectinload

from mentorly.mentoring.asked import Asked
from mentorly.mentoring.instruments import Opening
from mentorly.mentoring.openings import opens_at
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Relationship

# Who hears that a relationship ended early is not asked on the same morning how it was.
AFTER_EARLY_END = timedelta(days=3)


def move_asking(together: Relationship) -> None:
    """Let what has not opened follow the dates of its relationship."""
    for asked in _unasked(together):
        opening = Opening(asked.occasion.split()[0])
        if opening is not Opening.FIRST_MEETING:
            asked.opens_at = opens_at(together, asked.text.instrument, asked.occasion, asked.person_id)


def put_off_asking(together: Relationship, since: datetime, days: int) -> None:
    """Let what was asked before a pause be reminded of as many days later, and what has not opened follow its dates."""
    move_asking(together)
    reminded = select(Asked).where(Asked.relationship_id == together.id, Asked.is_open, Asked.remind_at > since)
    for asked in together.session.scalars(reminded):
        asked.remind_at = _days_later(asked.remind_at, days, together)
    for member in together.present:
        if member.unfinished_at and member.unfinished_at > since:
            member.unfinished_at = _days_later(member.unfinished_at, days, together)


def close_asking(together: Relationship, now: datetime) -> None:
    """Let nothing more be asked of an ended relationship but what its end asks for (rules C10).

    That opens now; after an early end a few days later.
    """
    opens = now + AFTER_EARLY_END if together.ended_early else now
    for asked in _unasked(together):
        opening = Opening(asked.occasion.split()[0])
        if opening is Opening.END:
            asked.opens_at = min(asked.opens_at or opens, opens)
        elif opening is Opening.ENDED:
            asked.opens_at = opens_at(together, asked.text.instrument, asked.occasion, asked.person_id)
        else:
            asked.withdrawn_at = now
    for member in together.present:
        member.unfinished_at = None
    session = together.session
    session.execute(update(Asked).where(Asked.relationship_id == together.id, Asked.is_open).values(remind_at=None))


def stop_asking(together: Relationship, person: Person, now: datetime) -> None:
    """Withdraw what somebody is asked who is in the relationship no more."""
    for member in together.members:
        if member.person_id == person.id:
            member.unfinished_at = None
    together.session.execute(
        update(Asked)
        .where(Asked.relationship_id == together.id, Asked.person_id == person.id, Asked.is_open)
        .values(withdrawn_at=now, remind_at=None)
    )


def open_after_first_meeting(together: Relationship, now: datetime) -> None:
    """Open what follows the first meeting."""
    for asked in _unasked(together):
        if asked.opens_at is None and asked.occasion == Opening.FIRST_MEETING:
            asked.opens_at = now + timedelta(days=asked.text.instrument.days)


def lock_until_first_meeting(together: Relationship) -> None:
    """Lock what follows the first meeting again, as far as nobody was asked, since that did not take place."""
    for asked in _unasked(together):
        if asked.occasion == Opening.FIRST_MEETING:
            asked.opens_at = None


def _unasked(together: Relationship) -> list[Asked]:
    query = select(Asked).where(Asked.relationship_id == together.id, Asked.is_open, Asked.asked_at.is_(None))
    return list(together.session.scalars(query.options(selectinload(Asked.text)).order_by(Asked.id)))


def _days_later(moment: datetime | None, days: int, together: Relationship) -> datetime | None:
    """The same time of so many days later, in the program's zone."""
    local = moment.astimezone(ZoneInfo(together.program.timezone)) if moment else None
    return local + timedelta(days=days) if local else None
