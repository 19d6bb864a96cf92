from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import selectinload

from mentorly.emails.email import Given
from mentorly.emails.reply import Outcome, Reply
from mentorly.emails.replying.about_replies import AboutReply, on_reply
from mentorly.mentoring.base import Refused
from mentorly.mentoring.calls import CallForHelp
from mentorly.mentoring.people import Person


class HelpOnItsWay(AboutReply):
    """You get this because you asked for help."""

    due = on_reply(Outcome.HELP)
    loads = (*AboutReply.loads, selectinload(Reply.call).selectinload(CallForHelp.contact))
    personal = True
    buttons = {"withdraw": ()}

    def values(self, thing: Reply, reader: Person, now: datetime) -> Mapping[str, Any]:
        contact = thing.call.contact if thing.call else None
        return {**super().values(thing, reader, now), "contact_name": contact.name if contact else ""}

    def sample_values(self, thing: Reply, reader: Person, now: datetime) -> Mapping[str, Any]:
        return {**super().sample_values(thing, reader, now), "contact_name": "Dave Okoye"}

    def answered(self, thing: Reply, by: Person, given: Given, now: datetime) -> None:
        if thing.call is None:
            raise Refused("This is no longer here.")
        thing.call.withdraw(by, now)
