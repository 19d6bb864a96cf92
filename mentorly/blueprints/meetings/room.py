"""The room of the meetings: its blueprint, whose meetings they are, and how what was typed is read."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, request
from flask_babel import gettext as _

from mentorly.blueprints.forms import Asked, asked
from mentorly.blueprints.guard import me
from mentorly.blueprints.reading import language, listed, said, timezone
from mentorly.extensions import ring, session
from mentorly.mentoring import own_meetings
from mentorly.mentoring.base import Refused
from mentorly.mentoring.meetings import Meeting
from mentorly.mentoring.people import Person
from mentorly.mentoring.questions import Question, Text
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.sessions import SessionLog

Row = TypeVar("Row")
Checks = Mapping[str, Callable[[Any], object]]
LARGEST_NUMBER = 2**31 - 1

blueprint = Blueprint("meetings", __name__)


class Faulty(Exception):
    """Something typed is no answer. faults: what is wrong, by the name of the field; '' for the whole form."""

    def __init__(self, faults: Mapping[str, Refused]) -> None:
        super().__init__("Some answers need another look.")
        self.faults = faults


def answers(questions: Iterable[Question], checks: Checks | None = None) -> dict[str, Any]:
    """What was typed, by the names of the questions. checks: what the program says to an answer. Raises Faulty."""
    zone, given, faults = ZoneInfo(timezone()), {}, {}
    for question in questions:
        try:
            answer = question.check(request.form.get(question.name, ""), zone)
            if checks and question.name in checks and answer:
                checks[question.name](answer)
            given[question.name] = answer
        except Refused as refusal:
            faults[question.name] = refusal
    if faults:
        raise Faulty(faults)
    return given


def seen_by(question: Question, others: Sequence[Person]) -> Question:
    """The question with who sees its answer said beside it."""
    names = listed(person.name for person in others)
    line = str(_("You and %(names)s see this.", names=names)) if others else str(_("Only you see this."))
    hint = question.hint.get(language(), "")
    return replace(question, hint={language(): f"{hint} {line}".strip()})


def shown(
    questions: Iterable[Question], others: Sequence[Person], typed: Mapping[str, str], faults: Mapping[str, Refused]
) -> list[Asked]:
    """The questions as a form shows them; where people write in words, it says who sees them."""
    said_to = [seen_by(one, others) if isinstance(one, Text) else one for one in questions]
    return asked(said_to, typed, faults)


def local(moment: datetime | None) -> str:
    """A moment as a form shows it to be changed: on the reader's clock."""
    return moment.astimezone(ZoneInfo(timezone())).replace(tzinfo=None).isoformat("T", "minutes") if moment else ""


def own_relationship(number: int, *, to_change: bool = False) -> Relationship:
    """One of one's own relationships; a page that says "not here" if it is none."""
    return _here(own_meetings.relationship_of(me(), _small(number), to_change=to_change))


def own_meeting(number: int, *, to_change: bool = False) -> Meeting:
    """A meeting that one is in."""
    return _here(own_meetings.meeting_of(me(), _small(number), to_change=to_change))


def own_line(number: int, *, to_change: bool = False) -> SessionLog:
    """A line of the session log that one is in."""
    return _here(own_meetings.log_line_of(me(), _small(number), to_change=to_change))


def keep() -> None:
    """Commit, and ring, so that what it caused is mailed at once."""
    session().commit()
    ring()


def sentences(faults: Mapping[str, Refused]) -> dict[str, str]:
    """What is wrong, as it is said to the reader; nothing that was begun stays."""
    told = {name: said(refusal) for name, refusal in faults.items()}
    session().rollback()
    return told


def _here(row: Row | None) -> Row:
    if row is None:
        abort(404)
    return row


def _small(number: int) -> int:
    return number if number <= LARGEST_NUMBER else 0
