"""Sharing: whoever wrote a sheet may let the others of the relationship read it, and take that back."""

from datetime import datetime

from mentorly.mentoring.asked import Asked
from mentorly.mentoring.base import Refused
from mentorly.mentoring.instruments import Kind
from mentorly.mentoring.people import Person


def share(asked: Asked, by: Person, now: datetime) -> None:
    """Let the others of the relationship read one's own sheet. Raises Refused."""
    if by.id != asked.person_id or asked.instrument.kind is not Kind.SHEET or asked.relationship is None:
        raise Refused("This cannot be shared.")
    if asked.finished_at is None:
        raise Refused("Finish it first: an unfinished sheet cannot be shared.")
    asked.relationship.check_open(now)
    if asked.shared_at is None:
        asked.shared_at = now
        asked.revision += 1


def unshare(asked: Asked, by: Person, now: datetime) -> None:
    """Keep one's own sheet to oneself again. Raises Refused."""
    del now
    if by.id != asked.person_id:
        raise Refused("This cannot be shared.")
    asked.shared_at = None
    asked.revision += 1


def may_be_read_by(asked: Asked, person: Person) -> bool:
    """Whether a person may read the answers: the author, and the others of the relationship if it was shared."""
    if person.id == asked.person_id:
        return True
    together = asked.relationship
    is_shown = asked.shared_at is not None and asked.finished_at is not None and asked.withdrawn_at is None
    return is_shown and together is not None and together.member(person) is not None
