"""What the mails have in common whose button opens an instrument."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from mentorly.emails.asking.asked_values import ASKED, asked_values, sample_asked
from mentorly.emails.email import MORNING, Email, Given
from mentorly.mentoring.asked import Asked
from mentorly.mentoring.base import Refused
from mentorly.mentoring.filling_in import questions_of, take_answer
from mentorly.mentoring.people import Person
from mentorly.mentoring.questions import Choice, Question
from mentorly.mentoring.relationships import Relationship


class AboutAsked(Email):
    """A mail that asks to fill in an instrument."""

    lane = MORNING
    thread = "an instrument"
    loads = ASKED
    buttons = {"fill_in": ()}
    read_as = ("fill_in",)
    keeps_said = False

    def values(self, thing: Asked, reader: Person, now: datetime) -> Mapping[str, Any]:
        return asked_values(thing, reader)

    def sample(self, reader: Person, now: datetime) -> Asked:
        return sample_asked(reader, now)

    def questions(self, button: str, thing: Asked, reader: Person, now: datetime) -> Sequence[Question]:
        return questions_of(thing)

    def reads(
        self, questions: Sequence[Question], thing: Asked, line: str, below: str, zone: ZoneInfo, now: datetime
    ) -> tuple[dict[str, str], str]:
        return thing.instrument.read("\n".join(filter(None, (line, below))), zone, now)

    def told_back(self, thing: Asked, reader: Person) -> Sequence[tuple[str, str]]:
        typed, language = thing.typed, reader.language
        return [
            (one.label[language], _as_read(one, typed[one.name], language))
            for one in thing.instrument.answerable
            if one.name in typed
        ]

    def settled(self, thing: Asked, now: datetime) -> Refused | None:
        if thing.withdrawn_at is not None:
            return Refused("This is not asked any more, so there is nothing to answer.")
        if thing.finished_at is not None:
            return Refused("You have finished this already. Thank you.")
        return None

    def held(self, thing: Asked) -> Asked | Relationship:
        return thing.relationship or thing if thing.is_shared_work else thing

    def answered(self, thing: Asked, by: Person, given: Given, now: datetime) -> None:
        take_answer(thing, by, given.said, now)

    def can_undo(self, thing: Asked, button: str) -> bool:
        return thing.finished_at is not None and not thing.instrument.is_signed

    def undone(self, thing: Asked, by: Person, given: Given, now: datetime) -> None:
        thing.reopen(by, now)


def _as_read(question: Question, typed: str, language: str) -> str:
    return question.options[typed][language] if isinstance(question, Choice) else typed
