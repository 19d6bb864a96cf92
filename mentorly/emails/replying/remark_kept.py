from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from mentorly.emails.email import Given
from mentorly.emails.reply import Outcome, Reply
from mentorly.emails.replying.about_replies import AboutReply, on_reply
from mentorly.emails.replying.passing_on import BUTTONS, decide, offered, passing_values, which
from mentorly.mentoring.people import Person
from mentorly.mentoring.questions import Question


class RemarkKept(AboutReply):
    """You get this because you wrote something to an address of ours that asked you nothing."""

    due = on_reply(Outcome.REMARK)
    buttons = BUTTONS

    def values(self, thing: Reply, reader: Person, now: datetime) -> Mapping[str, Any]:
        shown = passing_values(thing.remark, reader, came_here=not thing.sender) if thing.remark else {}
        kind = self.register.get(thing.envelope.kind) if thing.envelope else None
        return {**super().values(thing, reader, now), **shown, "by_hand": bool(kind and kind.by_hand)}

    def sample_values(self, thing: Reply, reader: Person, now: datetime) -> Mapping[str, Any]:
        words = {"en": "Could we meet in the evening?", "fr": "Pourrions-nous nous voir en soirée?"}[reader.language]
        shown = {"has_mentor": False, "has_mentee": True, "words": words if reader.quotes else "", "by_hand": False}
        return {**super().sample_values(thing, reader, now), **shown}

    def offered(self, thing: Reply, reader: Person) -> Sequence[str]:
        return offered(reader)

    def questions(self, button: str, thing: Reply, reader: Person, now: datetime) -> Sequence[Question]:
        return which(button, reader)

    def answered(self, thing: Reply, by: Person, given: Given, now: datetime) -> None:
        decide(thing.remark, given, by, now)
