from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mentorly.emails import seen
from mentorly.emails.reply import Outcome, Reply
from mentorly.emails.replying.about_replies import AboutReply, on_reply
from mentorly.mentoring.people import Person


class WhatIsSeen(AboutReply):
    """You get this because you asked what your organization sees about you."""

    due = on_reply(Outcome.WHO_SEES)

    def values(self, thing: Reply, reader: Person, now: datetime) -> Mapping[str, Any]:
        return {**super().values(thing, reader, now), "seen": seen.by_leads(reader, now)}

    def sample_values(self, thing: Reply, reader: Person, now: datetime) -> Mapping[str, Any]:
        return {**super().sample_values(thing, reader, now), "seen": seen.sample(reader)}
