"""What the mails about somebody who does not answer have in common: how many mails wait, and nothing of it."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import selectinload

from mentorly.emails.matching.asking_mentor import sample_program
from mentorly.mentoring.people import Person
from mentorly.mentoring.unheard import Unheard

UNHEARD = (selectinload(Unheard.person), selectinload(Unheard.program))


def unheard_values(thing: Unheard) -> dict[str, Any]:
    """Since when how many mails of which program wait."""
    return {"program": thing.program.name, "mails": thing.mails, "since": thing.since, "is_lead": thing.role == "lead"}


def sample_unheard(person: Person, now: datetime) -> Unheard:
    """An invented one in no session."""
    return Unheard(
        id=1, person=person, person_id=person.id, program=sample_program(), role="mentor", mails=3,
        since=now - timedelta(days=18), nudge_at=now, tell_at=now,
    )  # fmt: skip
