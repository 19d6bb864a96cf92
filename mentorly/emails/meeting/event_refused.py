from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mentorly.emails import spoken
from mentorly.emails.due import Due
from mentorly.emails.reply import Outcome, Reply
from mentorly.emails.replying.about_replies import AboutReply
from mentorly.mentoring.base import Refused
from mentorly.mentoring.people import Person


class EventRefused(AboutReply):
    """You get this because your calendar told us something that we cannot do."""

    due = Due(
        Reply,
        reader=Reply.person_id,
        moment=Reply.told_at,
        occasion=Reply.told_at,
        while_=Reply.outcome == Outcome.EVENT_REFUSED,
    )

    def values(self, thing: Reply, reader: Person, now: datetime) -> Mapping[str, Any]:
        return {"sentence": thing.sentence}

    def sample_values(self, thing: Reply, reader: Person, now: datetime) -> Mapping[str, Any]:
        refusal = Refused("An event of a whole day is no meeting: give it a time of day.")
        return {"sentence": spoken.said(refusal, reader.language, reader.timezone)}
