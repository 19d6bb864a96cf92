from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mentorly.emails.reply import Outcome, Reply
from mentorly.emails.replying.about_replies import AboutReply, on_reply
from mentorly.mentoring.people import Person
from mentorly.mentoring.suppressions import CALLED


class MailsStopped(AboutReply):
    """You get this because you asked us to stop."""

    due = on_reply(Outcome.STOP)

    def values(self, thing: Reply, reader: Person, now: datetime) -> Mapping[str, Any]:
        return {**super().values(thing, reader, now), "stopped": _called(reader)}

    def sample_values(self, thing: Reply, reader: Person, now: datetime) -> Mapping[str, Any]:
        return {**super().sample_values(thing, reader, now), "stopped": _called(reader)}


def _called(reader: Person) -> list[str]:
    return [words[reader.language] for words in CALLED.values()]
