from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mentorly.emails.email import Given
from mentorly.emails.replies import Replies
from mentorly.emails.reply import Outcome, Reply
from mentorly.emails.replying.about_replies import AboutReply, on_reply
from mentorly.mentoring.people import Person


class ReplyToConfirm(AboutReply):
    """You get this because your reply would do something that we only do when you press a button."""

    due = on_reply(Outcome.TO_CONFIRM)
    buttons = {"confirm": ()}

    def values(self, thing: Reply, reader: Person, now: datetime) -> Mapping[str, Any]:
        kind = self.register[thing.asking.kind] if thing.asking else None
        label = kind.wordings[reader.language].labels.get(thing.button, "") if kind else ""
        return {**super().values(thing, reader, now), "label": label}

    def sample_values(self, thing: Reply, reader: Person, now: datetime) -> Mapping[str, Any]:
        label = self.register["match_proposed"].wordings[reader.language].labels["accept"]
        return {**super().sample_values(thing, reader, now), "label": label}

    def answered(self, thing: Reply, by: Person, given: Given, now: datetime) -> None:
        Replies(thing.session, self.register, now).confirm(thing, by)
