from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mentorly.emails.due import Due
from mentorly.emails.reply import Outcome, Reply
from mentorly.emails.replying.about_replies import AboutReply, label_of
from mentorly.mentoring.people import Person


class ReplyChangedNothing(AboutReply):
    """You get this because you replied to one of our mails, and your reply could not change anything."""

    due = Due(
        Reply,
        reader=Reply.person_id,
        moment=Reply.told_at,
        occasion=Reply.told_at,
        while_=Reply.outcome.in_([Outcome.REFUSED, Outcome.DONE_BEFORE]),
    )

    def values(self, thing: Reply, reader: Person, now: datetime) -> Mapping[str, Any]:
        before = thing.answer if thing.outcome == Outcome.DONE_BEFORE else None
        return {
            **super().values(thing, reader, now),
            "sentence": thing.sentence,
            "label": label_of(self.register, before, reader) if before else "",
            "at": before.answered_at if before else None,
        }

    def sample_values(self, thing: Reply, reader: Person, now: datetime) -> Mapping[str, Any]:
        label = self.register["match_proposed"].wordings[reader.language].labels["accept"]
        return {**super().sample_values(thing, reader, now), "sentence": "", "label": label, "at": now}
