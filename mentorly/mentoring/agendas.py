"""The agenda of a meeting: what it is going to be about."""

from datetime import datetime

from mentorly.mentoring.appointments import Stage
from mentorly.mentoring.base import Refused
from mentorly.mentoring.meetings import WORDS_LENGTH, Meeting
from mentorly.mentoring.people import Person


def write_agenda(meeting: Meeting, by: Person, words: str, now: datetime) -> None:
    """Keep what it is going to be about; its lines are the points. Raises Refused."""
    meeting.own(by)
    if meeting.stage == Stage.OFF or meeting.is_over(now):
        raise Refused("This meeting is over or off, so it needs no agenda.")
    if len(words) > WORDS_LENGTH:
        raise Refused("An agenda has at most {most} characters.", most=WORDS_LENGTH)
    meeting.agenda = words.strip()
    meeting.revision += 1


def add_to_agenda(meeting: Meeting, by: Person, words: str, now: datetime) -> None:
    """Add lines to what it is going to be about; what is there already stays. Raises Refused."""
    known = meeting.agenda.splitlines()
    new = [line.strip() for line in words.splitlines() if line.strip() and line.strip() not in known]
    write_agenda(meeting, by, "\n".join([*known, *new]), now)


def cut_agenda(meeting: Meeting, by: Person, lines: int, now: datetime) -> None:
    """Leave so many of its first lines. Raises Refused."""
    write_agenda(meeting, by, "\n".join(meeting.agenda.splitlines()[:lines]), now)
