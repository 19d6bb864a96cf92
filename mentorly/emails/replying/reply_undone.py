from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mentorly.emails.reply import Outcome, Reply
from mentorly.emails.replying.about_replies import AboutReply, label_of, on_reply
from mentorly.mentoring.people import Person


class ReplyUndone(AboutReply):
    """You get this because you took an answer back by a reply."""

    due = on_reply(Outcome.UNDONE)

    def values(self, thing: Reply, reader: Person, now: datetime) -> Mapping[str, Any]:
        label = label_of(self.register, thing.answer, reader) if thing.answer else ""
        return {**super().values(thing, reader, now), "label": label}

    def sample_values(self, thing: Reply, reader: Person, now: datetime) -> Mapping[str, Any]:
        label = self.register["match_proposed"].wordings[reader.language].labels["accept"]
        return {**super().sample_values(thing, reader, now), "label": label}
