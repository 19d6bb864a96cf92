from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mentorly.emails.envelope import Envelope
from mentorly.emails.reply import Outcome, Reply
from mentorly.emails.replying.about_replies import AboutReply, again, on_reply
from mentorly.mentoring.people import Person


class ReplyUnclear(AboutReply):
    """You get this because you replied to a mail that asks you something, and we found no answer in your reply."""

    due = on_reply(Outcome.UNCLEAR)

    def speaks_of(self, thing: Reply) -> Envelope | None:
        """The mail that asks: the one replied to may only have spoken of it."""
        return thing.asking

    def values(self, thing: Reply, reader: Person, now: datetime) -> Mapping[str, Any]:
        shown = again(self.register[thing.asking.kind], reader) if thing.asking else {"buttons": (), "words": ()}
        return {"by_hand": False, **super().values(thing, reader, now), **shown, "is_kept": thing.remark is not None}

    def sample_values(self, thing: Reply, reader: Person, now: datetime) -> Mapping[str, Any]:
        shown = again(self.register["match_proposed"], reader)
        return {**super().sample_values(thing, reader, now), **shown, "is_kept": True}
