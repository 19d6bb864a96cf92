from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from mentorly.emails.due import Due
from mentorly.emails.email import Given
from mentorly.emails.reply import Outcome, Reply
from mentorly.emails.replying.about_replies import AboutReply, label_of
from mentorly.emails.replying.passing_on import BUTTONS, besides, decide, offered, sample_besides, which
from mentorly.mentoring.people import Person
from mentorly.mentoring.questions import Question


class ReplyChangedNothing(AboutReply):
    """You get this because you replied to one of our mails, and your reply could not change anything."""

    due = Due(
        Reply,
        reader=Reply.person_id,
        moment=Reply.told_at,
        occasion=Reply.told_at,
        while_=Reply.outcome.in_([Outcome.REFUSED, Outcome.DONE_BEFORE]),
    )
    buttons = BUTTONS

    def values(self, thing: Reply, reader: Person, now: datetime) -> Mapping[str, Any]:
        before = thing.answer if thing.outcome == Outcome.DONE_BEFORE else None
        return {
            **super().values(thing, reader, now),
            "sentence": thing.sentence,
            "label": label_of(self.register, before, reader) if before else "",
            "at": before.answered_at if before else None,
            **besides(thing.remark, reader, came_here=not thing.sender),
        }

    def sample_values(self, thing: Reply, reader: Person, now: datetime) -> Mapping[str, Any]:
        label = self.register["match_proposed"].wordings[reader.language].labels["accept"]
        shown = {"sentence": "", "label": label, "at": now, **sample_besides(reader)}
        return {**super().sample_values(thing, reader, now), **shown}

    def offered(self, thing: Reply, reader: Person) -> Sequence[str]:
        return offered(reader) if thing.remark else ()

    def questions(self, button: str, thing: Reply, reader: Person, now: datetime) -> Sequence[Question]:
        return which(button, reader)

    def answered(self, thing: Reply, by: Person, given: Given, now: datetime) -> None:
        decide(thing.remark, given, by, now)
