from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mentorly.emails.due import Due
from mentorly.emails.email import NOW, Email
from mentorly.emails.reporting.report_values import SENT, about, sample_report, sample_values
from mentorly.mentoring.people import Person
from mentorly.mentoring.reports import ReportRecipient


class ProgressReportMail(Email):
    """You get this because a mentor sends the project leads of a mentee's organization a progress report."""

    due = Due(
        ReportRecipient,
        reader=ReportRecipient.person_id,
        moment=ReportRecipient.due_at,
        unsent=ReportRecipient.told_at.is_(None),
    )
    lane = NOW
    fresh_for = None
    noted = "told_at"
    loads = SENT
    personal = True

    def values(self, thing: ReportRecipient, reader: Person, now: datetime) -> Mapping[str, Any]:
        return {**about(thing.report, reader), "words": thing.report.words_for(reader)}

    def not_sent(self, thing: ReportRecipient, reader: Person, now: datetime) -> None:
        thing.not_delivered(now)

    def sample(self, reader: Person, now: datetime) -> ReportRecipient:
        return ReportRecipient(id=1, report=sample_report(reader, now, is_own=False), person=reader, due_at=now)

    def sample_values(self, thing: ReportRecipient, reader: Person, now: datetime) -> Mapping[str, Any]:
        return sample_values(thing.report, reader)
