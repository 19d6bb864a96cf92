from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mentorly.emails.due import Due
from mentorly.emails.email import NOW, Email
from mentorly.emails.matching.asking_mentor import sample_person
from mentorly.emails.reporting.report_values import SENT, about, sample_report
from mentorly.mentoring.looking_after import told_administrators
from mentorly.mentoring.people import Person
from mentorly.mentoring.reports import ProgressReport, ReportRecipient


class ReportNotDelivered(Email):
    """You get this because a progress report could not be delivered to a project lead."""

    due = Due(
        ReportRecipient,
        reader=Person.id,
        moment=ReportRecipient.refused_at,
        joins=(
            (ProgressReport, ReportRecipient.report_id == ProgressReport.id),
            (Person, told_administrators(ReportRecipient.contact_id, ProgressReport.relationship_id)),
        ),
        while_=ReportRecipient.refused_at.is_not(None),
    )
    lane = NOW
    fresh_for = None
    loads = SENT
    personal = True

    def values(self, thing: ReportRecipient, reader: Person, now: datetime) -> Mapping[str, Any]:
        lead = thing.person
        told = about(thing.report, reader)
        organization = lead.organization.name if lead.organization else ""
        known = {name: told[name] for name in ("author", "mentees", "program")}
        return {**known, "lead": lead.name, "organization": organization, "lead_id": lead.id}

    def sample(self, reader: Person, now: datetime) -> ReportRecipient:
        report = sample_report(reader, now, is_own=False)
        lead = sample_person("Carol Roy", report.relationship.program, "lead")
        return ReportRecipient(id=1, report=report, person=lead, due_at=now, refused_at=now)
