"""The times and the lengths that a meeting of a relationship can have."""

from datetime import datetime

from mentorly.mentoring.base import Refused
from mentorly.mentoring.relationships import Relationship

LENGTHS = range(10, 481)


def check_length(minutes: int) -> None:
    """Refuse a length that no meeting has."""
    if minutes not in LENGTHS:
        raise Refused("A meeting lasts between {least} and {most} minutes.", least=LENGTHS[0], most=LENGTHS[-1])


def check_time(together: Relationship, at: datetime, now: datetime) -> None:
    """Refuse a time that is past, or after the end of the relationship."""
    if at <= now:
        raise Refused("A meeting has to be in the future.")
    if not together.lasts_until(at):
        raise Refused("This relationship ends on {day}: a meeting has to be before that.", day=together.ends_on)


def check_wish(
    together: Relationship, now: datetime, *, at: datetime | None = None, minutes: int | None = None
) -> None:
    """Refuse a time or a length that no meeting of a relationship can have; None asks for neither. Raises Refused.

    For doors that ask for several, and say what is wrong with each.
    """
    if at is not None:
        check_time(together, at, now)
    if minutes is not None:
        check_length(minutes)
