from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import selectinload

from mentorly.emails.envelope import Envelope
from mentorly.emails.reply import Outcome, Reply
from mentorly.emails.replying.about_replies import AboutReply, on_reply
from mentorly.emails.reporting.about_a_draft import AboutADraft
from mentorly.emails.reporting.report_values import REPORT, sample_report
from mentorly.mentoring.base import Refused
from mentorly.mentoring.people import Person
from mentorly.mentoring.reports import ProgressReport


class ReportDraft(AboutADraft, AboutReply):
    """You get this because you wrote a progress report in a reply, which leaves when you say so."""

    due = on_reply(Outcome.DRAFTED)
    loads = (*AboutReply.loads, selectinload(Reply.report).options(*REPORT))

    def report(self, thing: Reply) -> ProgressReport:
        if thing.report is None:
            raise Refused("This is no longer here.")
        return thing.report

    def speaks_of(self, thing: Reply) -> Envelope | None:
        return None  # what is said to a draft is about it, and not about the mail that asked for a report

    def values(self, thing: Reply, reader: Person, now: datetime) -> Mapping[str, Any]:
        return {**AboutReply.values(self, thing, reader, now), **super().values(thing, reader, now)}

    def sample(self, reader: Person, now: datetime) -> Reply:
        reply = AboutReply.sample(self, reader, now)
        reply.outcome, reply.report = Outcome.DRAFTED, sample_report(reader, now)
        return reply

    def sample_values(self, thing: Reply, reader: Person, now: datetime) -> Mapping[str, Any]:
        prompt = self.register["report_prompt"]
        values = prompt.values(prompt.sample(reader, now), reader, now)
        subject = prompt.wordings[reader.language].subject(values, reader)
        return {"subject": subject, **super().sample_values(thing, reader, now)}
