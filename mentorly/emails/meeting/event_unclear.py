from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from mentorly.emails.calendar_mail import CalendarMail
from mentorly.emails.clearing_away import TAKEN
from mentorly.emails.due import Due
from mentorly.emails.email import Given
from mentorly.emails.reply import Outcome, Reply
from mentorly.emails.replying.about_replies import AboutReply
from mentorly.emails.spoken import listed
from mentorly.emails.understanding import Meaning
from mentorly.mentoring.base import Refused
from mentorly.mentoring.homes import relationships_of
from mentorly.mentoring.particulars import LANGUAGES
from mentorly.mentoring.people import Person
from mentorly.mentoring.questions import Choice, Question
from mentorly.mentoring.relationships import Relationship

WHICH = {"en": "Who is it a meeting with?", "fr": "Avec qui est cette rencontre?"}
WITH = {"en": "{names}, in {program}", "fr": "{names}, dans {program}"}


class EventUnclear(AboutReply):
    """You get this because an event reached an address of yours with us, and we cannot tell what it is to be."""

    due = Due(
        Reply,
        reader=Reply.person_id,
        moment=Reply.told_at,
        occasion=Reply.told_at,
        while_=Reply.outcome == Outcome.EVENT_UNCLEAR,
    )
    buttons = {"plan": ()}
    button_life = TAKEN
    replies = {Meaning.YES: "plan"}

    def values(self, thing: Reply, reader: Person, now: datetime) -> Mapping[str, Any]:
        event = CalendarMail(thing.session, self.register, now).event_of(thing)
        start = event.start if event else None
        return {"at": start if isinstance(start, datetime) else None, "has_any": bool(_active(reader))}

    def sample_values(self, thing: Reply, reader: Person, now: datetime) -> Mapping[str, Any]:
        return {"at": now, "has_any": True}

    def offered(self, thing: Reply, reader: Person) -> Sequence[str]:
        return list(self.buttons) if _active(reader) else []

    def questions(self, button: str, thing: Reply, reader: Person, now: datetime) -> Sequence[Question]:
        together = _active(reader)
        if len(together) < 2:
            return ()
        options = {str(one.id): {language: _said(one, reader, language) for language in LANGUAGES} for one in together}
        return (Choice(button, WHICH, required=True, options=options),)

    def settled(self, thing: Reply, now: datetime) -> Refused | None:
        if thing.outcome == Outcome.EVENT_UNCLEAR:
            return None
        return Refused("This has been taken in already.")

    def answered(self, thing: Reply, by: Person, given: Given, now: datetime) -> None:
        chosen = given.said.get("plan")
        together = next((one for one in _active(by) if chosen is None or str(one.id) == chosen), None)
        if together is None:
            raise Refused("You are in no relationship now that this could be a meeting of.")
        CalendarMail(thing.session, self.register, now).choose(thing, together)


def _active(person: Person) -> list[Relationship]:
    return [one for one in relationships_of(person) if one.is_active]


def _said(together: Relationship, reader: Person, language: str) -> str:
    names = [member.person.name for member in together.present if member.person_id != reader.id]
    return WITH[language].format(names=listed(names, language), program=together.program.name)
