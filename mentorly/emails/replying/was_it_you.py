from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mentorly.emails.calendar_mail import CalendarMail
from mentorly.emails.due import Due
from mentorly.emails.email import Given
from mentorly.emails.replies import Replies
from mentorly.emails.reply import IN_DOUBT, Reply
from mentorly.emails.replying.about_replies import AboutReply
from mentorly.emails.understanding import Meaning
from mentorly.mentoring.people import Person


class WasItYou(AboutReply):
    """You get this because a reply to a mail that we sent you may not be yours."""

    due = Due(
        Reply,
        reader=Reply.person_id,
        moment=Reply.told_at,
        occasion=Reply.told_at,
        while_=Reply.outcome.in_(sorted(IN_DOUBT)),
    )
    buttons = {"confirm": ()}
    replies = {Meaning.YES: "confirm"}
    of_consequence = frozenset({"confirm"})

    def values(self, thing: Reply, reader: Person, now: datetime) -> Mapping[str, Any]:
        return {
            **super().values(thing, reader, now),
            "address": masked(thing.sender),
            "by_calendar": thing.by_calendar,
        }

    def sample_values(self, thing: Reply, reader: Person, now: datetime) -> Mapping[str, Any]:
        return {**super().sample_values(thing, reader, now), "address": "a…@example.com", "by_calendar": False}

    def answered(self, thing: Reply, by: Person, given: Given, now: datetime) -> None:
        door = CalendarMail if thing.by_calendar else Replies
        door(thing.session, self.register, now).confirm(thing, by)


def masked(address: str) -> str:
    """An address as its owner recognizes it and nobody else can use it: a…@example.com."""
    local_part, at, domain = address.rpartition("@")
    return f"{local_part[:1]}…{at}{domain}" if address else ""
