from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from mentorly.emails.due import Due
from mentorly.emails.email import MORNING, Email, Given
from mentorly.emails.unanswered import is_silent
from mentorly.emails.understanding import Meaning
from mentorly.emails.watching.about_unheard import UNHEARD, sample_unheard, unheard_values
from mentorly.mentoring.base import Refused
from mentorly.mentoring.people import Person
from mentorly.mentoring.unheard import Unheard


class UnheardNudge(Email):
    """You get this because several mails of your mentoring program have been waiting for your answer for some time."""

    due = Due(Unheard, reader=Unheard.person_id, moment=Unheard.nudge_at, while_=is_silent())
    lane = MORNING
    fresh_for = timedelta(days=5)
    stoppable = True
    loads = UNHEARD
    buttons = {"here": ()}
    replies = {Meaning.YES: "here"}

    def values(self, thing: Unheard, reader: Person, now: datetime) -> Mapping[str, Any]:
        return unheard_values(thing)

    def sample(self, reader: Person, now: datetime) -> Unheard:
        return sample_unheard(reader, now)

    def sent(self, thing: Unheard, reader: Person, now: datetime) -> None:
        thing.nudged(now)

    def settled(self, thing: Unheard, now: datetime) -> Refused | None:
        return Refused("Thank you: we have heard from you since.") if thing.over_at else None

    def answered(self, thing: Unheard, by: Person, given: Given, now: datetime) -> None:
        thing.answer(by, now)
