"""Whether a meeting took place, as somebody says who was in it."""

from datetime import datetime

from mentorly.mentoring.appointments import Stage
from mentorly.mentoring.base import Refused
from mentorly.mentoring.meetings import Meeting
from mentorly.mentoring.people import Person


def check_held(meeting: Meeting, by: Person, now: datetime) -> None:
    """Refuse to hear from this person whether it took place."""
    meeting.own(by)
    meeting.relationship.check_open(now)
    if meeting.stage != Stage.PLANNED or meeting.starts_at is None:
        raise Refused("This meeting was not planned, so it cannot have taken place. Log it as a session instead.")
    if meeting.starts_at > now:
        raise Refused("This meeting has not begun yet.")


def say_not_held(meeting: Meeting, by: Person, now: datetime) -> None:
    """Keep that it did not take place. Raises Refused."""
    check_held(meeting, by, now)
    _check_not_logged(meeting)
    meeting.held = False
    meeting.revision += 1


def take_not_held_back(meeting: Meeting, by: Person, now: datetime) -> None:
    """Take back that it did not take place. Raises Refused."""
    check_held(meeting, by, now)
    _check_not_logged(meeting)
    meeting.held = None
    meeting.revision += 1


def _check_not_logged(meeting: Meeting) -> None:
    if meeting.held:
        raise Refused("This meeting is in the session log already: correct it there.")
