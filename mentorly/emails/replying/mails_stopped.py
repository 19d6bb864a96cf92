from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from mentorly.emails.reply import Outcome, Reply
from mentorly.emails.replying.about_replies import AboutReply, on_reply
from mentorly.mentoring.people import Person
from mentorly.mentoring.suppressions import CALLED, EVERY, Family


class MailsStopped(AboutReply):
    """You get this because you asked us to stop."""

    due = on_reply(Outcome.STOP)

    def values(self, thing: Reply, reader: Person, now: datetime) -> Mapping[str, Any]:
        families = self.register.stopped_by(thing.envelope.kind if thing.envelope else "")
        return {**super().values(thing, reader, now), "stopped": _called(families, reader)}

    def sample_values(self, thing: Reply, reader: Person, now: datetime) -> Mapping[str, Any]:
        return {**super().sample_values(thing, reader, now), "stopped": _called(EVERY, reader)}


def _called(families: Collection[Family], reader: Person) -> list[str]:
    return [words[reader.language] for family, words in CALLED.items() if family in families]
